"""Which lots of the register lie here, or may be the one that somebody tells of?"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from math import cos, radians

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import Session

from parking.kernel.geo import Pair, distance_m
from parking.lots.models import Lot
from parking.lots.queries.cards import LotCard, lot_cards
from parking.lots.rules.likeness import LIKE, bare_name, likeness

SAME_PLACE_M = 50.0
# A name that is merely alike is only believed of a lot in the same quarter.
_SAME_QUARTER_M = 2_000.0
_METRES_A_DEGREE = 111_000.0
_MOST = 10
# So few are asked of the index; for more the whole register is the cheaper.
_FEW_POINTS = 20
_STANDING = ("valid", "expiring", "expired")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lot that may be meant: metres from the place told, and how alike its name is (0 to 1)."""

    card: LotCard
    distance_m: float
    likeness: float


def near(session: Session, lat: float, lon: float, within_m: float, on: date) -> list[LotCard]:
    """The lots within metres of a WGS-84 point, nearest first."""
    found = session.execute(select(Lot.id, Lot.lat, Lot.lon).where(_box(lat, lon, within_m)))
    away = {row.id: distance_m((lat, lon), (row.lat, row.lon)) for row in found}
    ids = [lot_id for lot_id, metres in away.items() if metres <= within_m]
    return sorted(lot_cards(session, on, ids), key=lambda card: away[card.id])


def near_each(
    session: Session, points: Mapping[str, Pair], within_m: float, on: date
) -> dict[str, list[tuple[LotCard, float]]]:
    """For each WGS-84 point the lots within metres and how far they are, nearest first; absent where none.

    Five statements whatever the number of points.
    """
    asked = select(Lot.lat, Lot.lon, Lot.id)
    if len(points) <= _FEW_POINTS:
        asked = asked.where(or_(false(), *(_box(*point, within_m) for point in points.values())))
    rows = sorted((row.lat, row.lon, row.id) for row in session.execute(asked))
    lats = [row[0] for row in rows]
    d_lat = within_m / _METRES_A_DEGREE
    found: dict[str, list[tuple[str, float]]] = {}
    for key, point in points.items():
        around = rows[bisect_left(lats, point[0] - d_lat) : bisect_right(lats, point[0] + d_lat)]
        away = ((lot_id, distance_m(point, (lat, lon))) for lat, lon, lot_id in around)
        if close := [each for each in away if each[1] <= within_m]:
            found[key] = sorted(close, key=lambda each: each[1])
    ids = {lot_id for close in found.values() for lot_id, _ in close}
    cards = {card.id: card for card in lot_cards(session, on, ids)}
    return {key: [(cards[lot_id], metres) for lot_id, metres in close] for key, close in found.items()}


def cards_of_organisation(session: Session, organisation_id: str, on: date) -> list[LotCard]:
    """The lots that an organisation has filed, by code; revoked and closed ones among them."""
    ids = session.scalars(select(Lot.id).where(Lot.organisation_id == organisation_id)).all()
    return lot_cards(session, on, ids)


def namesakes(session: Session, names: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """The (id, code) of the lots whose names say the same as these, by name; absent where there is none."""
    wanted = {name: bare_name(name) for name in names}
    if not wanted:
        return {}
    said: dict[str, list[tuple[str, str]]] = {}
    for row in session.execute(select(Lot.id, Lot.code, Lot.name)):
        said.setdefault(bare_name(row.name), []).append((row.id, row.code))
    return {name: said[bare] for name, bare in wanted.items() if bare and bare in said}


def match(session: Session, name: str, lat: float, lon: float, on: date) -> list[Candidate]:
    """The lots without a standing certificate that a name and a WGS-84 point may mean, likeliest first.

    A lot is proposed within 50 m whatever its name, within 2 km where the names are alike, and anywhere where
    they say the same; at most ten.
    """
    free = Lot.certificate_state.is_(None) | Lot.certificate_state.not_in(_STANDING)
    rows = session.execute(select(Lot.id, Lot.name, Lot.lat, Lot.lon).where(free))
    scored: dict[str, tuple[float, float]] = {}
    wanted = bare_name(name)
    for row in rows:
        metres = distance_m((lat, lon), (row.lat, row.lon))
        same = bool(wanted) and bare_name(row.name) == wanted
        if not same and metres > _SAME_QUARTER_M:
            continue
        alike = 1.0 if same else likeness(name, row.name)
        if same or metres <= SAME_PLACE_M or alike >= LIKE:
            scored[row.id] = (metres, alike)
    best = sorted(scored, key=lambda lot_id: (-scored[lot_id][1], scored[lot_id][0]))[:_MOST]
    cards = {card.id: card for card in lot_cards(session, on, best)}
    return [Candidate(cards[lot_id], *scored[lot_id]) for lot_id in best]


def _box(lat: float, lon: float, within_m: float) -> ColumnElement[bool]:
    """A rectangle around the circle, which an index answers."""
    d_lat = within_m / _METRES_A_DEGREE
    d_lon = d_lat / max(cos(radians(lat)), 0.01)
    return Lot.lat.between(lat - d_lat, lat + d_lat) & Lot.lon.between(lon - d_lon, lon + d_lon)
