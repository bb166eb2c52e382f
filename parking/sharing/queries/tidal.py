"""Which bays are lawful at stated times only, and when do those times end?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.kernel.views import view_of
from parking.kernel.vocabulary import SpaceClass
from parking.lots.rules import HoursReader
from parking.sharing.errors.tidal import TidalUnknown
from parking.sharing.models.tidal import TidalArrangement
from parking.sharing.rules.tidal import TidalBays, Tide, tide


@dataclass(frozen=True, slots=True)
class TidalView:
    """An arrangement with its consent, as officers read it; `made_by` and `ended_by` are actors as text."""

    bays: TidalBays
    police_body: str
    consent_number: str
    consent_on: date
    paper_sha256: str
    paper_media_type: str
    paper_name: str
    replaces_id: str | None
    made_at: datetime
    made_by: str
    ended_at: datetime | None
    ended_by: str | None
    ended_for: str | None


def tidal_bays(
    session: Session, lot_ids: Collection[str] | None, on: date
) -> dict[str, tuple[TidalBays, ...]]:
    """What has not ended on a city date, by lot (all where None), in the order of the ids."""
    asked = select(TidalArrangement).where(
        or_(TidalArrangement.ended_on.is_(None), TidalArrangement.ended_on > on)
    )
    if lot_ids is not None:
        asked = asked.where(TidalArrangement.lot_id.in_(list(lot_ids)))
    found: dict[str, list[TidalBays]] = defaultdict(list)
    for row in session.scalars(asked.order_by(TidalArrangement.id)):
        found[row.lot_id].append(bays_of(row))
    return {lot_id: tuple(rows) for lot_id, rows in found.items()}


def tidal_views(session: Session, lot_id: str | None = None) -> list[TidalView]:
    """Every arrangement, of one lot or of all, the newest first; those that ended are among them."""
    asked = select(TidalArrangement)
    if lot_id is not None:
        asked = asked.where(TidalArrangement.lot_id == lot_id)
    newest = asked.order_by(TidalArrangement.from_on.desc(), TidalArrangement.made_at.desc())
    return [_view(row) for row in session.scalars(newest)]


def tidal_view(session: Session, tidal_id: str) -> TidalView:
    """One arrangement. Raises TidalUnknown."""
    row = session.get(TidalArrangement, tidal_id)
    if row is None:
        raise TidalUnknown
    return _view(row)


def lawful_now(session: Session, at: datetime, lot_ids: Collection[str] | None = None) -> list[Tide]:
    """The tidal bays whose arrangement holds at an instant, and whether one may park there.

    Raises ProfileMissing before the city's profile was loaded.
    """
    zone = city.time_zone(session, at)
    reader = HoursReader(city.calendar(session), str(zone))
    rows = tidal_bays(session, lot_ids, at.astimezone(zone).date())
    tides = [tide(bays, at, reader, zone) for lot in rows.values() for bays in lot]
    return [each for each in tides if each.is_told]


def ending(tides: Collection[Tide], latest: datetime) -> list[Tide]:
    """Those of some that are lawful now and end by an instant (inclusive), the first to end first."""
    soon = [(each.now.until_at, each) for each in tides if each.now.is_lawful and each.now.until_at]
    return [each for until_at, each in sorted(soon, key=lambda pair: pair[0]) if until_at <= latest]


def bays_of(row: TidalArrangement) -> TidalBays:
    """A row as the rules read it."""
    return view_of(TidalBays, row, space_class=SpaceClass(row.space_class))


def _view(row: TidalArrangement) -> TidalView:
    return view_of(TidalView, row, bays=bays_of(row))
