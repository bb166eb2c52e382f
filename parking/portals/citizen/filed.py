"""Which lots are on file, as anyone may read it? No person's name, phone or paper is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from parking.city import queries as cities
from parking.city.rules import CityView
from parking.filings import queries as filings
from parking.filings.queries import CertificateView
from parking.filings.rules import CertificateState
from parking.kernel.vocabulary import LotKind, LotType
from parking.lots import queries as lots
from parking.lots.queries import LotCard
from parking.portals._http.services import services

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_BODY = "organisation"


@dataclass(frozen=True, slots=True)
class FiledLot:
    """One line of the open list. `holder` is None where a person holds the certificate.

    It holds from `from_on` to `last_on`, both included. Coordinates WGS-84.
    """

    number: str
    state: CertificateState
    lot_id: str
    name: str
    name_en: str | None
    kind: LotKind
    type: LotType
    district_code: str | None
    address: str | None
    lat: float
    lon: float
    spaces: int
    holder: str | None
    from_on: date
    last_on: date


def city_today(session: Session) -> tuple[CityView, date]:
    """The city as it is today, and its date."""
    today = cities.today(session, services().clock.now())
    return cities.city_view(session, today), today


def filed_lots(
    session: Session,
    city: CityView,
    on: date,
    *,
    text: str | None = None,
    district: str | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> list[FiledLot]:
    """The lots on file on a day, by certificate number; `after` is the last number shown."""
    found = filings.valid_certificates(
        session, city, on, text=readable(text), district=district, after=readable(after), limit=limit
    )
    return lines_of(session, found, on)


def lines_of(session: Session, found: Sequence[CertificateView], on: date) -> list[FiledLot]:
    """Certificates as lines of the open list, with their lots as they stand on a day."""
    cards = {card.id: card for card in lots.lot_cards(session, on, [each.lot_id for each in found])}
    return [_line(each, cards[each.lot_id]) for each in found]


def public_holder(certificate: CertificateView) -> str | None:
    """Who holds a certificate, as the public may know it: None for a person."""
    return certificate.organisation_name if certificate.organisation_kind == _BODY else None


def readable(text: str | None) -> str | None:
    """What was typed, without signs that nobody can see; None where nothing is left."""
    return "".join(sign for sign in text or "" if sign.isprintable()).strip() or None


def _line(certificate: CertificateView, card: LotCard) -> FiledLot:
    return FiledLot(
        number=certificate.number,
        state=certificate.state,
        lot_id=card.id,
        name=card.name,
        name_en=card.name_en,
        kind=LotKind(card.kind),
        type=LotType(card.type),
        district_code=card.district_code,
        address=card.address,
        lat=card.lat,
        lon=card.lon,
        spaces=sum(group.capacity for group in card.spaces),
        holder=public_holder(certificate),
        from_on=certificate.from_on,
        last_on=certificate.last_on,
    )
