"""When does a day of a time zone begin, and when does its clock first show a time? In whole UTC seconds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_KEPT_DAYS = 20_000


class LocalTime:
    """A zone's days, by their ordinals. Each time of day comes once a day: the first time the clock shows it.

    A time that the clock jumps over comes when it jumps.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._midnights: dict[int, int] = {}

    def day_of(self, at: int) -> int:
        """The ordinal of the date at an instant."""
        day = at // _DAY + _EPOCH
        while self.midnight(day) > at:
            day -= 1
        while self.midnight(day + 1) <= at:
            day += 1
        return day

    def midnight(self, day: int) -> int:
        """When a date begins."""
        known = self._midnights.get(day)
        if known is None:
            if len(self._midnights) > _KEPT_DAYS:
                self._midnights.clear()
            known = self._midnights[day] = self._first_shows((day - _EPOCH) * _DAY)
        return known

    def at(self, day: int, second: int) -> int:
        """When a date's clock first shows so many seconds after midnight (0 to 86,400)."""
        start = self.midnight(day)
        if self.midnight(day + 1) - start == _DAY:
            return start + second
        return min(max(self._first_shows((day - _EPOCH) * _DAY + second), start), self.midnight(day + 1))

    def _first_shows(self, wall: int) -> int:
        """`wall` is what the clock shows, as if it were UTC."""
        shown = datetime.fromtimestamp(wall, UTC).replace(tzinfo=self.zone)
        early = int(shown.timestamp())
        if datetime.fromtimestamp(early, self.zone).replace(tzinfo=UTC).timestamp() == wall:
            return early
        # The clock jumps over it, somewhere between what the two offsets make of it.
        low, high = int(shown.replace(fold=1).timestamp()), early
        before = datetime.fromtimestamp(low, self.zone).utcoffset()
        while high - low > 1:
            middle = (low + high) // 2
            if datetime.fromtimestamp(middle, self.zone).utcoffset() == before:
                low = middle
            else:
                high = middle
        return high


@lru_cache(maxsize=64)
def local_time(zone: str) -> LocalTime:
    """The days of a zone by its IANA name, kept; ZoneInfoNotFoundError or ValueError for no zone."""
    return LocalTime(ZoneInfo(zone))
