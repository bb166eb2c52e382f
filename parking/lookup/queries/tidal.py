"""Which spaces of a road section may be used at an instant, where some of its bays are tidal?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from parking.kernel.vocabulary import SpaceClass
from parking.lots.queries import LotCard
from parking.lots.rules import HoursReader, OpenState
from parking.occupancy.rules import PublicCount
from parking.sharing.rules.tidal import TidalBays, Tide, opening, tide

TidalRows = Mapping[str, tuple[TidalBays, ...]]
"""What has not ended, by lot; a lot without tidal bays is absent."""


class Tides:
    """The tidal bays of all lots, read with the city's hours."""

    __slots__ = ("_hours", "_zone", "rows")

    def __init__(self, rows: TidalRows, hours: HoursReader, time_zone: str) -> None:
        self.rows = rows
        self._hours = hours
        self._zone = ZoneInfo(time_zone)

    def opening(self, card: LotCard, at: datetime) -> OpenState:
        """A lot's hours at an instant; one whose every space is unlawful then is closed."""
        rows = self.rows.get(card.id)
        if not rows:
            return self._hours.state(card.opening_hours, at)
        capacities = {space.space_class: space.capacity for space in card.spaces}
        return opening(card.opening_hours, capacities, rows, at, self._hours, self._zone)

    def at(self, lot_id: str, at: datetime) -> tuple[Tide, ...]:
        """A lot's tidal bays at an instant, those that are only planned among them."""
        return tuple(tide(bays, at, self._hours, self._zone) for bays in self.rows.get(lot_id, ()))

    def changed(self, lot_ids: frozenset[str], rows: TidalRows) -> Tides:
        """The same with what is told anew of some lots."""
        kept = {lot_id: known for lot_id, known in self.rows.items() if lot_id not in lot_ids}
        return Tides({**kept, **rows}, self._hours, str(self._zone))


def without_unlawful(count: PublicCount, withheld: Mapping[SpaceClass, int]) -> PublicCount:
    """A count without the bays where nobody may park now.

    Nobody knows in which bays the vehicles stand, so all that are withheld are taken from the free ones:
    too few may be told, never one too many.
    """
    bays = withheld.get(count.space_class, 0)
    if not bays or count.capacity is None:
        return count
    capacity = max(count.capacity - bays, 0)
    free = None if count.free is None else max(count.free - bays, 0)
    free = None if free is None else min(free, capacity)
    return replace(count, capacity=capacity, free=free, occupied=None if free is None else capacity - free)
