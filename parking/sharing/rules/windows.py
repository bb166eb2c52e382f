"""When do lent spaces open, do they fit, and how may a window change?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from operator import itemgetter
from zoneinfo import ZoneInfo

from parking.kernel.errors import N_, FieldProblem
from parking.lots.errors import UnreadableHours
from parking.lots.rules.hours import HoursReader
from parking.sharing.rules.fixed_times import unfixed_times

AHEAD_DAYS = 60
# The longest public holiday has nine days; a lot that is open for longer is not lent but given.
LONGEST_WINDOW = timedelta(days=14)
SHORTEST_WINDOW = timedelta(minutes=30)


class WindowState(StrEnum):
    """`open`: bookable and shown. `closing`: nobody new, whoever is inside stays to its end.

    `withdrawn`: it never opened, or nobody is in it any more. `ended`: it is over.
    """

    OPEN = "open"
    CLOSING = "closing"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


LIVE = frozenset({WindowState.OPEN, WindowState.CLOSING})
"""A window that is to come or runs, and was not taken back: somebody may be in it."""


class ClosedFor(StrEnum):
    """Why a window closed before its end."""

    OWNER = "owner"
    SUSPENDED = "suspended"
    ENDED = "ended"
    CALENDAR = "calendar"
    """Its agreement's hours no longer say it: a day became a working day or a holiday."""
    SPACES = "spaces"
    """The lot has lost spaces that it would lend."""


Span = tuple[datetime, datetime]
"""[from, until), aware UTC instants."""

Load = tuple[datetime, datetime, int]
"""So many spaces in [from, until)."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a text of hours opens: the spans in their order, the years that the calendar lacks, and whether
    something stays open for longer than may be lent."""

    spans: tuple[Span, ...]
    missing_years: frozenset[int]
    endless: bool


def opening_of(reader: HoursReader, text: str, since_on: date, until_on: date) -> Opening:
    """The spans that begin on the city days [since_on, until_on), past midnight in one piece.

    Where the hours ask for holidays, the days of a year without its holiday table open nothing: nobody knows
    whether a school works then. Raises UnreadableHours.
    """
    missing = reader.missing_years(text, since_on, until_on)
    if missing:
        until_on = max(since_on, date(min(missing), 1, 1))
    spans: list[Span] = []
    endless = False
    for from_at, until_at in reader.spans(text, since_on, until_on) if since_on < until_on else ():
        if until_at is None or until_at - from_at > LONGEST_WINDOW:
            endless = True
        else:
            spans.append((from_at, until_at))
    return Opening(tuple(spans), missing, endless)


def hours_problems(
    reader: HoursReader, text: str, since_on: date, until_on: date, field: str
) -> Iterator[FieldProblem]:
    """What is wrong with the hours of an agreement on [since_on, until_on): they are told, never raised."""
    try:
        unfixed = list(unfixed_times(text, field))
        opening = opening_of(reader, text, since_on, until_on)
    except UnreadableHours:
        yield FieldProblem(field, "hours_unreadable", N_("开放时间无法识别"))
        return
    noon = datetime.combine(since_on, time(12), reader.zone)
    if unfixed:
        yield from unfixed
    elif not opening.spans and opening.missing_years and not opening.endless:
        # Before anything is said of hours that nobody can read yet.
        yield year_problem(min(opening.missing_years), field)
    elif opening.endless or (not opening.spans and reader.is_open(text, noon)):
        days = LONGEST_WINDOW.days
        yield FieldProblem(
            field, "never_closes", N_("共享时段最长 %(days)s 天，要有结束的时刻"), {"days": days}
        )
    elif any(until_at - from_at < SHORTEST_WINDOW for from_at, until_at in opening.spans):
        minutes = int(SHORTEST_WINDOW / timedelta(minutes=1))
        text_ = N_("每个共享时段至少 %(minutes)s 分钟")
        yield FieldProblem(field, "too_short", text_, {"minutes": minutes})
    elif not opening.spans:
        yield FieldProblem(field, "never_opens", N_("按这样的时间，协议期内没有一个时段会开放"))


def year_problem(year: int, field: str = "opening_hours") -> FieldProblem:
    """The holiday table of a year is not known."""
    text = N_("尚无 %(year)s 年的节假日安排，当年的时段在安排录入后才会生成")
    return FieldProblem(field, "calendar_year_missing", text, {"year": year})


def peak(loads: Iterable[Load]) -> int:
    """The most spaces that these spans take at one instant; at an instant an end comes before a beginning."""
    edges = [edge for from_at, until_at, spaces in loads for edge in ((from_at, spaces), (until_at, -spaces))]
    edges.sort(key=itemgetter(0, 1))
    most = now = 0
    for _, change in edges:
        now += change
        most = max(most, now)
    return most


def fits(fresh: Load, standing: Iterable[Load], spaces: int) -> bool:
    """Whether spaces can be lent in a span beside what is lent already."""
    from_at, until_at, asked = fresh
    beside = [
        (max(since, from_at), min(until, until_at), count)
        for since, until, count in standing
        if since < until_at and until > from_at
    ]
    return peak(beside) + asked <= spaces


def fitting(fresh: Sequence[Load], standing: Sequence[Load], spaces: Sequence[int]) -> list[bool]:
    """Which of these spans can be lent, the first come first, so that never more is lent than there is.

    `spaces`: how many there are in each of `fresh`.
    """
    if peak([*standing, *fresh]) <= min(spaces, default=0):
        return [True] * len(fresh)
    held = list(standing)
    kept = []
    for span, there in zip(fresh, spaces, strict=True):
        kept.append(fits(span, held, there))
        if kept[-1]:
            held.append(span)
    return kept


def may_withdraw(from_at: datetime, before_minutes: int, now: datetime) -> bool:
    """Whether the owner may still take a window back: up to so many minutes before it opens."""
    return now <= from_at - timedelta(minutes=before_minutes)


def closed_state(until_at: datetime, taken: int, now: datetime) -> WindowState:
    """What becomes of a window that is to take nobody new: who is in it stays to its end."""
    if until_at <= now:
        return WindowState.ENDED
    return WindowState.CLOSING if taken else WindowState.WITHDRAWN


def may_reopen(state: WindowState, closed_for: ClosedFor | None, until_at: datetime, now: datetime) -> bool:
    """Whether a window comes back when its agreement is resumed: closed for that alone, and not over.

    One that runs does as well, whether somebody is in it or not: what is left of the night is lent again.
    """
    is_closed = state in (WindowState.CLOSING, WindowState.WITHDRAWN)
    return is_closed and closed_for is ClosedFor.SUSPENDED and until_at > now


def comes_back(state: WindowState, closed_for: ClosedFor | None) -> bool:
    """Whether a window opens again by itself once the calendar and the spaces allow it: nobody wanted it gone
    and nobody is in it."""
    return state is WindowState.WITHDRAWN and closed_for in (ClosedFor.CALENDAR, ClosedFor.SPACES)


def rest_of(from_at: datetime, closed_at: datetime | None, now: datetime) -> Span | None:
    """When a window that opens at `now` was not open although it had begun: since it began, or was closed."""
    since = max(from_at, closed_at or from_at)
    return (since, now) if since < now else None


def last_day_allows(from_at: datetime, until_on: date, zone: ZoneInfo) -> bool:
    """Whether a window is an agreement's that ends with `until_on`: it is, if it opens before that day.

    So the last night runs to its end in the morning.
    """
    return from_at.astimezone(zone).date() < until_on
