"""Windows and bookings kept on paper, by the rules alone: what the database must come to as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from parking.sharing.rules.bookings import (
    STANDING,
    BookingAsk,
    BookingState,
    Limits,
    Reminded,
    Span,
    given_up_at,
    is_overstay,
    is_suspended,
    let_in_from,
    matches,
    overstay_minutes,
    reminder_due,
    when_problems,
)
from tests.factories.city import NOW

GRACE, REPEATED = 15, 2
LIMITS = Limits()

# A fact of the gate may come late or be taken back: the present state is no reason to disbelieve it.
STEPS: Mapping[BookingState, frozenset[BookingState]] = {
    BookingState.BOOKED: frozenset(
        {BookingState.INSIDE, BookingState.NO_SHOW, BookingState.CANCELLED, BookingState.WITHDRAWN}
    ),
    BookingState.INSIDE: frozenset({BookingState.OVERSTAYED, BookingState.LEFT, BookingState.BOOKED}),
    BookingState.OVERSTAYED: frozenset({BookingState.LEFT, BookingState.INSIDE, BookingState.BOOKED}),
    BookingState.LEFT: frozenset({BookingState.INSIDE}),
    BookingState.NO_SHOW: frozenset({BookingState.INSIDE}),
    BookingState.CANCELLED: frozenset(),
    BookingState.WITHDRAWN: frozenset(),
}


@dataclass
class PaperWindow:
    lot: int
    span: Span
    quota: int
    taken: int = 0
    is_open: bool = True

    @property
    def has_room(self) -> bool:
        return self.is_open and self.taken < self.quota


@dataclass
class PaperBooking:
    plate: int
    window: PaperWindow
    from_at: datetime
    until_at: datetime
    let_in_at: datetime
    given_up_at: datetime
    state: BookingState = BookingState.BOOKED
    reminded: Reminded = field(default_factory=Reminded)
    overstay: int = 0
    fee: tuple[int, int] | None = None

    def become(self, then: BookingState) -> None:
        assert then in STEPS[self.state], (self.state, then)
        self.state = then


@dataclass
class PaperUse:
    window: PaperWindow | None
    booking: PaperBooking | None
    entered_at: datetime
    is_counted: bool = False


@dataclass
class Paper:
    """`inside` is what each vehicle that is in a lot does there."""

    windows: list[PaperWindow]
    now: datetime = NOW
    bookings: list[PaperBooking] = field(default_factory=list)
    inside: dict[int, tuple[int, PaperUse]] = field(default_factory=dict)
    suspended: dict[int, datetime] = field(default_factory=dict)

    def book(self, plate: int, window: PaperWindow, from_at: datetime, until_at: datetime) -> str:
        if not window.is_open or window.span.until_at <= self.now:
            return "closed"
        if any(when_problems(BookingAsk("", from_at, until_at, ""), window.span, LIMITS, self.now)):
            return "refused"
        stands = any(each.plate == plate and each.state in STANDING for each in self.bookings)
        if stands or self.suspended.get(plate, self.now) > self.now or not window.has_room:
            return "none"
        window.taken += 1
        let_in = let_in_from(from_at, window.span, LIMITS)
        late = given_up_at(from_at, until_at, self.now, LIMITS)
        self.bookings.append(PaperBooking(plate, window, from_at, until_at, let_in, late))
        return "booked"

    def end(self, booking: PaperBooking, state: BookingState) -> None:
        booking.become(state)
        booking.window.taken -= 1

    def cancel(self, booking: PaperBooking) -> bool:
        if booking.state is not BookingState.BOOKED:
            return booking.state is BookingState.CANCELLED
        self.end(booking, BookingState.CANCELLED)
        return True

    def enter(self, plate: int, lot: int) -> None:
        use = PaperUse(None, None, self.now)
        for each in self.bookings:
            is_mine = each.plate == plate and each.window.lot == lot and each.state is BookingState.BOOKED
            if is_mine and matches(each.let_in_at, each.until_at, None, self.now):
                each.become(BookingState.INSIDE)
                use.window, use.booking = each.window, each
                break
        else:
            self._walk_in(use, lot)
        self.inside[plate] = lot, use

    def _walk_in(self, use: PaperUse, lot: int) -> None:
        for window in self.windows:
            begun = window.span.from_at <= self.now < window.span.until_at
            if begun and window.lot == lot and window.is_open:
                use.window, use.is_counted = window, window.has_room
                window.taken += use.is_counted
                return

    def leave(self, plate: int) -> None:
        _, use = self.inside.pop(plate)
        if use.booking is None:
            if use.window is not None:
                use.window.taken -= use.is_counted
            return
        booking = use.booking
        self.end(booking, BookingState.LEFT)
        booking.overstay = overstay_minutes(booking.until_at, self.now, GRACE)
        whole, until_end = fee_of(use.entered_at, self.now), fee_of(use.entered_at, booking.until_at)
        is_late = self.now - booking.until_at > timedelta(minutes=GRACE)
        booking.fee = whole, whole - until_end if is_late else 0
        mine = sum(1 for each in self.bookings if each.plate == plate and each.overstay)
        if booking.overstay and is_suspended(mine, REPEATED):
            already = self.suspended.get(plate, self.now) > self.now
            until_at = self.now + timedelta(days=LIMITS.suspend_days)
            self.suspended[plate] = self.suspended[plate] if already else until_at

    def forward(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        for each in self.bookings:
            if each.state is BookingState.BOOKED and each.given_up_at <= self.now:
                self.end(each, BookingState.NO_SHOW)
            due = reminder_due(each.state, each.until_at, each.reminded, self.now)
            if due is not None:
                each.reminded = Reminded(each.reminded.at_30 or due == 30, due == 10)
            if is_overstay(each.state, each.until_at, GRACE, self.now):
                each.become(BookingState.OVERSTAYED)

    def withdraw(self, window: PaperWindow) -> None:
        window.is_open = False
        for each in self.bookings:
            if each.window is not window or each.state is not BookingState.BOOKED:
                continue
            near = [
                other
                for other in self.windows
                if other.has_room
                and other.span.from_at <= each.from_at
                and each.until_at <= other.span.until_at
            ]
            if near:
                window.taken -= 1
                each.window = min(near, key=lambda other: abs(other.lot - window.lot))
                each.window.taken += 1
            else:
                self.end(each, BookingState.WITHDRAWN)

    def check(self) -> None:
        """Quota never exceeded, no booking without a space, none twice for one vehicle."""
        for window in self.windows:
            held = sum(1 for each in self.bookings if each.window is window and each.state in STANDING)
            held += sum(1 for _, use in self.inside.values() if use.window is window and use.is_counted)
            assert window.taken == held <= window.quota
        standing = [each.plate for each in self.bookings if each.state in STANDING]
        assert len(standing) == len(set(standing))
        for each in self.bookings:
            assert each.window.span.from_at <= each.from_at < each.until_at <= each.window.span.until_at


def fee_of(entered_at: datetime, until_at: datetime) -> int:
    """3 yuan a begun hour, at most 20 in each 24 hours: reckoned by no code of the platform's."""
    days, rest = divmod(until_at - entered_at, timedelta(days=1))
    return days * 2000 + min(ceil(rest / timedelta(hours=1)) * 300, 2000)
