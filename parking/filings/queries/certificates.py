"""Which certificates stand, and what do they say?"""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from parking.city.rules import CityView
from parking.filings.errors import CertificateNotFound
from parking.filings.models import Certificate, Notice
from parking.filings.queries.views import CertificateView
from parking.filings.rules import STANDING, CertificateState, certificate_standing
from parking.lots.models import Lot

_STANDING = sorted(STANDING)
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
    return _view(found[0], found[1], city, on)


def certificate_of_lot(session: Session, lot_id: str, city: CityView, on: date) -> CertificateView | None:
    """The certificate of a lot that is neither revoked nor closed."""
    standing = (Certificate.lot_id == lot_id) & Certificate.state.in_(_STANDING)
    found = session.execute(_asked().where(standing)).first()
    return _view(found[0], found[1], city, on) if found else None


def certificates_of(
    session: Session, organisation_id: str, city: CityView, on: date
) -> list[CertificateView]:
    """An organisation's certificates, the ended ones too, by number."""
    asked = _asked().where(Certificate.organisation_id == organisation_id).order_by(Certificate.number)
    return [_view(row[0], row[1], city, on) for row in session.execute(asked)]


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

    `text` is part of a number, a lot's or an organisation's name.
    """
    asked = _asked().where(
        Certificate.state.in_(_IN_FORCE), Certificate.from_on <= on, Certificate.until_on > on
    )
    if district is not None:
        asked = asked.join(Lot, Lot.id == Certificate.lot_id).where(Lot.district_code == district)
    if text and (part := text.strip()):
        asked = asked.where(
            Certificate.number.icontains(part, autoescape=True)
            | Certificate.lot_name.icontains(part, autoescape=True)
            | Certificate.organisation_name.icontains(part, autoescape=True)
        )
    if after is not None:
        asked = asked.where(Certificate.number > after)
    return [
        _view(row[0], row[1], city, on)
        for row in session.execute(asked.order_by(Certificate.number).limit(limit))
    ]


def _asked() -> Select[Certificate, dict[str, Any]]:
    return select(Certificate, Notice.content).join(Notice, Notice.number == Certificate.notice_number)


def _view(row: Certificate, content: dict[str, Any], city: CityView, on: date) -> CertificateView:
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
    )
