"""Which bookings may be made, by which entry is one met, and what does an overstay count and cost?

A booking holds one space of its window from the moment it is made until the vehicle has left, whatever part
of the window it is for: the quota is how many bookings a window stands at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any

from parking.kernel.errors import N_, FieldProblem
from parking.plates.rules import Plate, plate_problems, read_plate

_MINUTE = timedelta(minutes=1)
_PHONE = re.compile(r"\+?\d{7,15}", re.ASCII)
_BETWEEN_DIGITS = str.maketrans("", "", " -()")


class BookingState(StrEnum):
    """Overstayed: inside after end and grace. Withdrawn: the owner took the window, and no other was free."""

    BOOKED = "booked"
    INSIDE = "inside"
    OVERSTAYED = "overstayed"
    LEFT = "left"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"


# These hold a space, and keep the vehicle from a second booking.
STANDING = frozenset({BookingState.BOOKED, BookingState.INSIDE, BookingState.OVERSTAYED})


@dataclass(frozen=True, slots=True)
class Limits:
    """What the bureau sets for bookings, for all lots alike; the grace is the agreement's own."""

    early_minutes: int = 15
    late_minutes: int = 30
    shortest_minutes: int = 30
    ahead_days: int = 14
    counted_days: int = 90
    suspend_days: int = 30
    hourly_per_network: int = 60
    move_within_m: int = 800

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Limits:
        """From the city's values by name ("sharing.late_minutes"); what it does not say keeps our number."""
        told = {name: facts.get(f"sharing.{name}") for name in cls.__slots__}
        return cls(**{name: int(value) for name, value in told.items() if value is not None})


@dataclass(frozen=True, slots=True)
class BookingAsk:
    """Who wants a space of a window for [from_at, until_at); `phone` is told in time to leave, if any."""

    window_id: str
    from_at: datetime
    until_at: datetime
    plate: str = field(repr=False)
    phone: str | None = field(default=None, repr=False)

    @property
    def read(self) -> Plate:
        return read_plate(self.plate)

    @property
    def number(self) -> str | None:
        """The phone's number without what people write between its digits."""
        return (self.phone or "").strip().translate(_BETWEEN_DIGITS) or None


@dataclass(frozen=True, slots=True)
class Span:
    """A window's [from_at, until_at)."""

    from_at: datetime
    until_at: datetime


def who_problems(ask: BookingAsk) -> Iterator[FieldProblem]:
    """What is wrong with the plate or the phone; no problem repeats them."""
    yield from plate_problems(ask.plate)
    if ask.number is not None and _PHONE.fullmatch(ask.number) is None:
        yield FieldProblem("phone", "phone_odd", N_("电话号码应为 7 到 15 位数字"))


def when_problems(ask: BookingAsk, window: Span, limits: Limits, now: datetime) -> Iterator[FieldProblem]:
    """What is wrong with the span that is asked for at `now`, inside a window."""
    if ask.until_at <= ask.from_at:
        yield FieldProblem("until", "span_empty", N_("结束时间应晚于开始时间"))
        return
    if ask.until_at <= now:
        yield FieldProblem("until", "span_over", N_("结束时间已过"))
        return
    # Who arrives now books from now: a form that lay open for some minutes is no mistake.
    if ask.from_at < now - limits.early_minutes * _MINUTE:
        yield FieldProblem("from", "span_past", N_("开始时间已过"))
    if ask.until_at - ask.from_at < limits.shortest_minutes * _MINUTE:
        least = limits.shortest_minutes
        yield FieldProblem("until", "span_short", N_("至少预约 %(least)s 分钟"), {"least": least})
    if ask.from_at > now + timedelta(days=limits.ahead_days):
        days = limits.ahead_days
        yield FieldProblem("from", "too_far_ahead", N_("最多提前 %(days)s 天预约"), {"days": days})
    for name, at in (("from", ask.from_at), ("until", ask.until_at)):
        if not window.from_at <= at <= window.until_at:
            yield FieldProblem(name, "outside_window", N_("不在这个共享时段之内；一次预约只能在一个时段里"))


def let_in_from(from_at: datetime, window: Span, limits: Limits) -> datetime:
    """From when the gate lets a booked vehicle in: somewhat early, never before the window opens."""
    return max(window.from_at, from_at - limits.early_minutes * _MINUTE)


def given_up_at(from_at: datetime, until_at: datetime, booked_at: datetime, limits: Limits) -> datetime:
    """When a space is given to others because the vehicle did not come: late, counted from when it could."""
    return min(max(from_at, booked_at) + limits.late_minutes * _MINUTE, until_at)


def matches(let_in_at: datetime, until_at: datetime, given_up: datetime | None, entered_at: datetime) -> bool:
    """Whether an entry is that of a booking; one that was given up is meant only by an entry before that."""
    return let_in_at <= entered_at < (until_at if given_up is None else min(given_up, until_at))


def is_met(from_at: datetime, use_until_at: datetime, left_at: datetime | None) -> bool:
    """Whether a vehicle that was inside before its booking stands there by it from the booking's begin on.

    Not where it left before (`left_at`; None: it is inside), nor where the window that it used until then was
    over: what it outstayed there is no booking's.
    """
    return from_at < use_until_at and (left_at is None or from_at < left_at)


def overstay_minutes(until_at: datetime, left_at: datetime, grace_minutes: int) -> int:
    """Started minutes after the end; 0 for who left within the grace."""
    over = left_at - until_at
    return 0 if over <= grace_minutes * _MINUTE else ceil(over / _MINUTE)


@dataclass(frozen=True, slots=True)
class Bill:
    """What a stay cost, in fen: up to the end that was booked, and what the overstay added."""

    booked_fen: int
    overstay_fen: int

    @property
    def total_fen(self) -> int:
        return self.booked_fen + self.overstay_fen


def bill(fee_fen: int, fee_until_end_fen: int, overstayed_minutes: int) -> Bill:
    """The fee of the whole stay, told apart; a stay within the grace has no overstay to pay."""
    extra = max(fee_fen - fee_until_end_fen, 0) if overstayed_minutes else 0
    return Bill(fee_fen - extra, extra)


@dataclass(frozen=True, slots=True)
class Reminded:
    """Which reminders a booking had."""

    at_30: bool = False
    at_10: bool = False


def reminder_due(state: BookingState, until_at: datetime, had: Reminded, now: datetime) -> int | None:
    """30 or 10 (minutes before the end) when whoever is inside is to be told now; None: nothing to tell.

    After an outage the later one alone is told; after the end there is nothing to remind of.
    """
    left = until_at - now
    if state is not BookingState.INSIDE or left <= timedelta():
        return None
    if left <= 10 * _MINUTE:
        return None if had.at_10 else 10
    if left <= 30 * _MINUTE:
        return None if had.at_30 or had.at_10 else 30
    return None


def is_overstay(state: BookingState, until_at: datetime, grace_minutes: int, now: datetime) -> bool:
    """Whether a vehicle inside has outstayed its end and the grace."""
    return state is BookingState.INSIDE and overstay_minutes(until_at, now, grace_minutes) > 0


def is_suspended(overstays: int, repeated: int) -> bool:
    """Whether so many overstays keep a vehicle from booking for a time; 0: this agreement never does."""
    return 0 < repeated <= overstays


def leftovers_expected(until_end: int, uses: int, overstays: int) -> int:
    """How many of `until_end` vehicles will still stand there at a window's end, rounded up.

    By the share of overstays among past uses and two more, of which one overstayed (the rule of succession):
    a first evening is not told as safe.
    """
    return ceil(until_end * (overstays + 1) / (uses + 2))
