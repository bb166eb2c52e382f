"""The same machine beside the platform's rules: each is asked what the paper answered by its own sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from hypothesis.stateful import invariant

from parking.city.rules import Calendar
from parking.city.rules.calendar import seed_days
from parking.lots.rules.hours import HoursReader
from parking.sharing.rules import agreements, bookings, windows
from parking.sharing.rules.bookings import BookingAsk, BookingState, Limits, Reminded, Span
from parking.sharing.rules.windows import ClosedFor, WindowState
from parking.tariffs.rules.document import read
from parking.tariffs.rules.quotes import Stay, quote
from tests.factories.tariffs import hourly
from tests.unit.sharing.course import Course
from tests.unit.sharing.paper_lending import ZONE
from tests.unit.sharing.paper_nights import GRACE

_CALENDAR = Calendar.of([day for year in (2025, 2026) for day in seed_days(year)], [2025, 2026])
_READER = HoursReader(_CALENDAR, ZONE.key)
_LIMITS = Limits()
_TARIFF = read(hourly(hour_fen=300, free_minutes=0))


@cache
def _opening(hours: str, since_on: date, until_on: date) -> tuple[windows.Span, ...]:
    return windows.opening_of(_READER, hours, since_on, until_on).spans


@cache
def _is_fine(hours: str, since_on: date, until_on: date) -> bool:
    return not any(windows.hours_problems(_READER, hours, since_on, until_on, "hours"))


def _opens(hours: str, since_on: date, until_on: date) -> tuple[windows.Span, ...]:
    """What is refused opens nothing, and nothing else is."""
    spans = _opening(hours, since_on, until_on)
    assert since_on >= until_on or _is_fine(hours, since_on, until_on) == bool(spans)
    return spans


def _step(state: str, step: str) -> str | None:
    return agreements.next_state(agreements.AgreementState(state), agreements.AgreementStep(step))


def _confirmed(parties: frozenset[str]) -> str:
    return agreements.confirmed_by({agreements.Party(each) for each in parties})


def _when(from_at: datetime, until_at: datetime, span: tuple[datetime, datetime], now: datetime) -> bool:
    return not any(bookings.when_problems(BookingAsk("", from_at, until_at, ""), Span(*span), _LIMITS, now))


def _reminder(state: str, until_at: datetime, had: frozenset[int], now: datetime) -> int | None:
    return bookings.reminder_due(BookingState(state), until_at, Reminded(30 in had, 10 in had), now)


def _bill(fee: int, until_end: int, overstay: int) -> tuple[int, int]:
    told = bookings.bill(fee, until_end, overstay)
    assert told.total_fen == fee
    return told.booked_fen, told.overstay_fen


def _may_reopen(state: str, closed_for: str | None, until_at: datetime, now: datetime) -> bool:
    why = ClosedFor(closed_for) if closed_for else None
    return windows.may_reopen(WindowState(state), why, until_at, now)


RULES: Mapping[str, Callable[..., Any]] = {
    "step": _step,
    "confirmed": _confirmed,
    "opening": _opens,
    "fitting": windows.fitting,
    "may_withdraw": windows.may_withdraw,
    "closed": windows.closed_state,
    "may_reopen": _may_reopen,
    "last_day": lambda from_at, until_on: windows.last_day_allows(from_at, until_on, ZONE),
    "rest": windows.rest_of,
    "when": _when,
    "let_in": lambda from_at, span: bookings.let_in_from(from_at, Span(*span), _LIMITS),
    "given_up": lambda from_at, until_at, at: bookings.given_up_at(from_at, until_at, at, _LIMITS),
    "matches": bookings.matches,
    "met": bookings.is_met,
    "overstay": lambda until_at, left_at: bookings.overstay_minutes(until_at, left_at, GRACE),
    "is_overstay": lambda state, until_at, now: bookings.is_overstay(
        BookingState(state), until_at, GRACE, now
    ),
    "is_suspended": bookings.is_suspended,
    "reminder": _reminder,
    "bill": _bill,
    "fee": lambda entered_at, left_at: quote(_TARIFF, Stay(entered_at, left_at), _CALENDAR).fee_fen,
}


class RuledCourse(Course):
    """On paper and by the rules."""

    @invariant()
    def the_rules_say_the_same(self) -> None:
        for rule, asked, answer in self.paper.said:
            assert RULES[rule](*asked) == answer, (rule, asked, answer)
        self.paper.said.clear()
