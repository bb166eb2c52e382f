"""Which certificates stand, and what do they say?"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select, tuple_
from sqlalchemy.orm import Session

from parking.accounts.models import Organisation
from parking.city.rules import CityView
from parking.filings.errors import CertificateNotFound, QueuePlaceUnreadable
from parking.filings.models import Certificate, Notice
from parking.filings.queries.views import CertificateView
from parking.filings.rules import STANDING, CertificateState, certificate_standing, renewable_from
from parking.lots.models import Lot

_STANDING = sorted(STANDING)
_MOST = 1000
_BODY = "organisation"
_IN_FORCE = (CertificateState.VALID, CertificateState.EXPIRING)


def certificate(session: Session, number_or_code: str, city: CityView, on: date) -> CertificateView:
    """The certificate of a number, or of a verification code, as it stands on a day.

    Full-width letters and blanks do not matter. Raises CertificateNotFound.
    """
    told = "".join(unicodedata.normalize("NFKC", number_or_code).split())[:100]
    either = (Certificate.number == told) | (Certificate.code == told.lower())
    found = session.execute(_asked().where(either)).first()
    if found is None:
        raise CertificateNotFound
    return _view(found, city, on)


def certificate_of_lot(session: Session, lot_id: str, city: CityView, on: date) -> CertificateView | None:
    """The certificate of a lot that is neither revoked nor closed."""
    standing = (Certificate.lot_id == lot_id) & Certificate.state.in_(_STANDING)
    found = session.execute(_asked().where(standing)).first()
    return _view(found, city, on) if found else None


def valid_certificates(
    session: Session,
    city: CityView,
    on: date,
    *,
    text: str | None = None,
    district: str | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> list[CertificateView]:
    """The open list: certificates in force on a day, by number; `after` is the last number shown.

    `text` is part of a number, of a lot's or a body's name; nobody's own name finds anything.
    """
    asked = _asked().where(
        Certificate.state.in_(_IN_FORCE), Certificate.from_on <= on, Certificate.until_on > on
    )
    if district is not None:
        asked = asked.join(Lot, Lot.id == Certificate.lot_id).where(Lot.district_code == district)
    if text and (part := text.strip()):
        asked = asked.where(_lot_named(part) | (_held_by(part) & (Organisation.kind == _BODY)))
    if after is not None:
        asked = asked.where(Certificate.number > after)
    return [_view(row, city, on) for row in session.execute(asked.order_by(Certificate.number).limit(limit))]


def certificates(
    session: Session,
    city: CityView,
    on: date,
    *,
    state: CertificateState | None = None,
    districts: Collection[str] = (),
    text: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[CertificateView]:
    """All certificates or those that stand so on a day, the first to end before the others.

    `districts` limits to these codes (none: the whole city); `after` is the `place_after` of the last one.
    Raises QueuePlaceUnreadable.
    """
    asked = _asked()
    if state is not None:
        asked = asked.where(_stands(state, city, on))
    if districts:
        asked = asked.join(Lot, Lot.id == Certificate.lot_id).where(Lot.district_code.in_(sorted(districts)))
    if text and (part := text.strip()):
        asked = asked.where(_lot_named(part) | _held_by(part))
    if after is not None:
        until, _, number = after.partition("~")
        try:
            asked = asked.where(
                tuple_(Certificate.until_on, Certificate.number) > (date.fromisoformat(until), number)
            )
        except ValueError as why:
            raise QueuePlaceUnreadable from why
    ordered = asked.order_by(Certificate.until_on, Certificate.number).limit(max(1, min(limit, _MOST)))
    return [_view(row, city, on) for row in session.execute(ordered)]


def place_after(view: CertificateView) -> str:
    """Where a list goes on after a certificate."""
    return f"{view.until_on.isoformat()}~{view.number}"


def _stands(state: CertificateState, city: CityView, on: date) -> ColumnElement[bool]:
    """As `rules.certificate_standing` says it, for an index."""
    if state not in STANDING:
        return Certificate.state == f"{state}"
    soon_on = on + (on - renewable_from(on, city))
    ends = Certificate.until_on
    within = {
        CertificateState.EXPIRED: ends <= on,
        CertificateState.EXPIRING: (ends > on) & (ends <= soon_on),
        CertificateState.VALID: ends > soon_on,
    }[state]
    return Certificate.state.in_(_STANDING) & within


def _lot_named(part: str) -> ColumnElement[bool]:
    return Certificate.number.icontains(part, autoescape=True) | Certificate.lot_name.icontains(
        part, autoescape=True
    )


def _held_by(part: str) -> ColumnElement[bool]:
    return Certificate.organisation_name.icontains(part, autoescape=True)


def _asked() -> Select[Certificate, dict[str, Any], str]:
    told = select(Certificate, Notice.content, Organisation.kind)
    return told.join(Notice, Notice.number == Certificate.notice_number).join(
        Organisation, Organisation.id == Certificate.organisation_id
    )


def _view(found: Row[Certificate, dict[str, Any], str], city: CityView, on: date) -> CertificateView:
    row, content, holder = found
    return CertificateView(
        number=row.number,
        code=row.code,
        state=certificate_standing(CertificateState(row.state), row.until_on, city, on),
        lot_id=row.lot_id,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation_name,
        lot_name=row.lot_name,
        from_on=row.from_on,
        until_on=row.until_on,
        notice_number=row.notice_number,
        content=dict(content),
        revoked_at=row.revoked_at,
        revocation=row.revocation,
        closed_at=row.closed_at,
        version=row.version,
        organisation_kind=holder,
    )
