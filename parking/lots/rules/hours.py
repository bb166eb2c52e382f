"""Is a lot open at an instant, and until when? OSM text, read with the city's own calendar.

Each date is decided by itself: which rules hold on it, then which times they open. So the night before a
holiday runs to its end in the morning, and a make-up Saturday gets the hours of a working day; the library's
own holidays (and its overwriting of rules across midnight) know neither.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, State

from parking.city.rules import Calendar
from parking.kernel.month_days import MONTHS
from parking.lots.errors import UnreadableHours
from parking.lots.rules.hours_text import DAYS, Joint, Rule, Saying, Weekdays, canonical, split_rules

YEAR_MISSING = "calendar_year_missing"
UNREADABLE = "hours_unreadable"

# The longest public holiday has nine days; a change further away than this is told as none.
_FAR_DAYS = 15
# Nearly every text changes within two days, and looking that far costs a fifth.
_NEAR_DAYS = 2
_DAY = 24 * 60
_WHOLE_DAY = ((0, _DAY),)
_FRIDAY, _SATURDAY = 4, 5
# Any date does for times that no sun moves.
_ANY_DATE = date(2026, 1, 5)

Minutes = tuple[int, int]
"""[start, end) in minutes after a local midnight; the end may pass the next one."""


@dataclass(frozen=True, slots=True)
class OpenState:
    """`is_open` None is unknown. `until_at` is the aware UTC instant of the next change, None where there
    is none within two weeks. `warning` is a code: calendar_year_missing or hours_unreadable.
    """

    is_open: bool | None
    until_at: datetime | None
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class _Day:
    """What begins on a date. `cuts` are closings with a time: they end the eve's night too."""

    opens: tuple[Minutes, ...]
    unknown: tuple[Minutes, ...]
    cuts: tuple[Minutes, ...]


@dataclass(frozen=True, slots=True)
class _Timeline:
    """From each of `starts_at` on `is_open` holds, until the next; the last one is the horizon."""

    starts_at: tuple[datetime, ...]
    is_open: tuple[bool | None, ...]


def validate(text: str) -> None:
    """Raises UnreadableHours where a text is no OSM opening hours."""
    split_rules(text)


class HoursReader:
    """Reads texts with one calendar in one time zone; what it worked out is kept, by text and date.

    Made anew when the calendar changes. May be used by several threads.
    """

    def __init__(self, calendar: Calendar, time_zone: str) -> None:
        self._calendar = calendar
        self._zone = ZoneInfo(time_zone)
        self._rules = lru_cache(maxsize=20_000)(_rules_or_none)
        self._timeline = lru_cache(maxsize=50_000)(self._make_timeline)

    @property
    def zone(self) -> ZoneInfo:
        """The city's zone."""
        return self._zone

    def is_open(self, text: str | None, at: datetime) -> bool | None:
        """Whether a lot with these hours is open at an aware instant; None where that is unknown."""
        return self.state(text, at).is_open

    def state(self, text: str | None, at: datetime) -> OpenState:
        """Open, closed or unknown at an aware instant, and until when. Never raises for a text."""
        if text is None:
            return OpenState(None, None)
        rules = self._rules(text)
        if rules is None:
            return OpenState(None, None, UNREADABLE)
        on = at.astimezone(self._zone).date()
        is_now, later = _look_up(self._timeline(text, on, _NEAR_DAYS), at)
        if later is None:
            is_now, later = _look_up(self._timeline(text, on, _FAR_DAYS), at)
        missing = not self._calendar.covers(on.year) and any(map(_asks_calendar, rules))
        return OpenState(is_now, later, YEAR_MISSING if missing else None)

    def missing_years(self, text: str, since_on: date, until_on: date) -> frozenset[int]:
        """The years of [since_on, until_on) whose holidays the hours ask for and nobody knows yet.

        Raises UnreadableHours.
        """
        if not any(map(_asks_calendar, split_rules(text))) or until_on <= since_on:
            return frozenset()
        years = range(since_on.year, (until_on - timedelta(days=1)).year + 1)
        return frozenset(year for year in years if not self._calendar.covers(year))

    def spans(self, text: str, since_on: date, until_on: date) -> list[tuple[datetime, datetime | None]]:
        """The open spans, as aware UTC instants, that begin on the city days [since_on, until_on).

        Past midnight is one span. None ends a span that goes on for more than two weeks after the last day.
        Raises UnreadableHours.
        """
        validate(text)
        # From the eve on: what was open before midnight does not begin at midnight.
        told = self._make_timeline(text, since_on - timedelta(days=1), (until_on - since_on).days + _FAR_DAYS)
        first = datetime.combine(since_on, time(), self._zone)
        past = datetime.combine(until_on, time(), self._zone)
        last = len(told.starts_at) - 2
        return [
            (start, None if place == last else told.starts_at[place + 1])
            for place, (start, is_open) in enumerate(zip(told.starts_at, told.is_open, strict=True))
            if is_open and first <= start < past
        ]

    def _make_timeline(self, text: str, on: date, length_days: int) -> _Timeline:
        """The changes from the midnight of `on` for some days; the last instant is the horizon itself."""
        rules = self._rules(text) or ()
        days = [self._day(rules, on + timedelta(days=step)) for step in range(-1, length_days)]
        opens: list[Minutes] = []
        unknown: list[Minutes] = []
        for step, (eve, day) in enumerate(pairwise(days)):
            shift = step * _DAY
            opens += _falling_on(eve.opens, day.opens, day.cuts, shift)
            unknown += _falling_on(eve.unknown, day.unknown, day.cuts, shift)
        opens = _joined(opens)
        unknown = _minus(_joined(unknown), opens)
        marks: list[tuple[int, int, bool | None]] = [(*span, True) for span in opens]
        marks += [(*span, None) for span in unknown]
        marks.sort()
        return self._as_instants(on, marks, length_days * _DAY)

    def _as_instants(self, on: date, marks: list[tuple[int, int, bool | None]], horizon: int) -> _Timeline:
        # Opening hours are what the wall clock shows, so minutes are added before the zone is applied.
        midnight = datetime.combine(on, time())
        starts: list[int] = []
        says: list[bool | None] = []
        cursor = 0
        for start, end, is_open in marks:
            if start > cursor:
                starts.append(cursor)
                says.append(False)
            starts.append(start)
            says.append(is_open)
            cursor = end
        if cursor < horizon:
            starts.append(cursor)
            says.append(False)
        instants = [
            (midnight + timedelta(minutes=minute)).replace(tzinfo=self._zone).astimezone(UTC)
            for minute in [*starts, horizon]
        ]
        return _Timeline(tuple(instants), (*says, None))

    def _day(self, rules: Iterable[Rule], on: date) -> _Day:
        opens: list[Minutes] = []
        unknown: list[Minutes] = []
        cuts: list[Minutes] = []
        shut = False
        for rule in rules:
            if not self._holds(rule, on) or (rule.joint is Joint.OTHERWISE and shut):
                continue
            if rule.saying is Saying.CLOSED and not rule.times:
                opens, unknown, cuts, shut = [], [], [], True
                continue
            times = list(_times(rule.times, on))
            if rule.saying is Saying.CLOSED:
                opens, unknown, cuts = _minus(opens, times), _minus(unknown, times), cuts + times
                continue
            if rule.joint is Joint.INSTEAD:
                opens, unknown, cuts, shut = [], [], [], False
            told = unknown if rule.saying is Saying.UNKNOWN else opens
            told += _minus(times, opens + unknown) if rule.joint is Joint.OTHERWISE else times
        return _Day(tuple(opens), tuple(unknown), tuple(cuts))

    def _holds(self, rule: Rule, on: date) -> bool:
        week = rule.weekdays
        return (week is None or self._is_among(week, on)) and (
            not rule.dates or _library_says(rule.dates, on)
        )

    def _is_among(self, week: Weekdays, on: date) -> bool:
        return (
            self._weekday(on) in week.days
            or any(self._calendar.is_holiday(on - timedelta(days=days)) for days in week.holiday_offsets)
            or any(_library_says(nth, on) for nth in week.nth)
        )

    def _weekday(self, on: date) -> int:
        """A make-up day counts as the working day beside it: Saturday as Friday, Sunday as Monday."""
        if self._calendar.is_make_up_day(on):
            return _FRIDAY if on.weekday() == _SATURDAY else 0
        return on.weekday()


def _look_up(timeline: _Timeline, at: datetime) -> tuple[bool | None, datetime | None]:
    """What holds at an instant, and from when on something else; None where that is past the horizon."""
    place = bisect_right(timeline.starts_at, at) - 1
    later = timeline.starts_at[place + 1] if place + 2 < len(timeline.starts_at) else None
    return timeline.is_open[place], later


def _asks_calendar(rule: Rule) -> bool:
    week = rule.weekdays
    return week is not None and (bool(week.holiday_offsets) or 0 < len(week.days) < len(DAYS))


def _rules_or_none(text: str) -> tuple[Rule, ...] | None:
    try:
        return split_rules(text)
    except UnreadableHours:
        return None


@lru_cache(maxsize=20_000)
def _library_says(selector: str, on: date) -> bool:
    """Whether a selector of dates (months, weeks, years, "Mo[1]") holds on a date."""
    return bool(OpeningHours(selector).is_open(datetime.combine(on, time(12))))


def _times(times: str, on: date) -> tuple[Minutes, ...]:
    if not times:
        return _WHOLE_DAY
    return _times_on(times, on if "s" in times or "d" in times else _ANY_DATE)


@lru_cache(maxsize=20_000)
def _times_on(times: str, on: date) -> tuple[Minutes, ...]:
    """The minutes that a list of times opens on a date, past midnight included."""
    midnight = datetime.combine(on, time())
    only_then = OpeningHours(f"{on.year} {MONTHS[on.month - 1]} {on.day} {times}")
    return tuple(
        (int((start - midnight).total_seconds() // 60), int((end - midnight).total_seconds() // 60))
        for start, end, state, _ in only_then.intervals(midnight, midnight + timedelta(days=2))
        if state == State.OPEN
    )


def _falling_on(
    eve: Iterable[Minutes], own: Iterable[Minutes], cuts: Iterable[Minutes], shift: int
) -> list[Minutes]:
    """What lies on one date: the tails of the eve's spans, unless cut, and its own up to midnight."""
    tails = _minus([(0, end - _DAY) for _, end in eve if end > _DAY], cuts)
    return [(start + shift, min(end, _DAY) + shift) for start, end in (*tails, *own)]


def _joined(spans: Iterable[Minutes]) -> list[Minutes]:
    """The same minutes as sorted spans that neither touch nor overlap."""
    out: list[Minutes] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def _minus(spans: Iterable[Minutes], taken: Iterable[Minutes]) -> list[Minutes]:
    """What of `spans` is left without the minutes of `taken`."""
    left = list(spans)
    for cut_start, cut_end in taken:
        left = [
            piece
            for start, end in left
            for piece in ((start, min(end, cut_start)), (max(start, cut_end), end))
            if piece[1] > piece[0]
        ]
    return left


__all__ = ["UNREADABLE", "YEAR_MISSING", "HoursReader", "OpenState", "canonical", "validate"]
