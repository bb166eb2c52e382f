"""Bookings, stays, overstays and notices on the same paper: by the sums of this file alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from tests.unit.sharing.paper_lending import DAY, MINUTE, PaperLending, PaperWindow
from tests.unit.sharing.paper_records import (
    STANDING,
    PaperBooking,
    PaperPass,
    PaperSuspension,
    PaperUse,
    PaperVisit,
)

GRACE, REPEATED = 15, 2
HOUR = timedelta(hours=1)
COUNTED, SUSPENDED = 90 * DAY, 30 * DAY


@dataclass
class PaperNights(PaperLending):
    bookings: list[PaperBooking] = field(default_factory=list)
    visits: list[PaperVisit] = field(default_factory=list)
    passes: list[tuple[int, PaperPass]] = field(default_factory=list)
    suspensions: list[PaperSuspension] = field(default_factory=list)

    def inside(self, plate: int) -> PaperVisit | None:
        last = self.last_visit(plate)
        return last if last and last.left_at is None and not last.is_void else None

    def last_visit(self, plate: int) -> PaperVisit | None:
        return next((each for each in self.visits[::-1] if each.plate == plate), None)

    def book(self, plate: int, window: PaperWindow, from_at: datetime, until_at: datetime) -> str:
        if window.state != "open" or window.until_at <= self.now:
            return "closed"
        span = window.from_at, window.until_at
        is_fine = from_at + 30 * MINUTE <= until_at and until_at > self.now
        is_fine &= self.now - 15 * MINUTE <= from_at <= self.now + 14 * DAY
        is_fine &= span[0] <= from_at and until_at <= span[1]
        if not self.says("when", is_fine, from_at, until_at, span, self.now):
            return "refused"
        is_kept = any(each.plate == plate and each.until_at > self.now for each in self.suspensions)
        if is_kept or self.standing(plate) or not window.has_room:
            return "none"
        window.taken += 1
        given_up = min(max(from_at, self.now) + 30 * MINUTE, until_at)
        self.says("given_up", given_up, from_at, until_at, self.now)
        let_in = self._pass(plate, window, from_at, until_at)
        self.bookings.append(PaperBooking(self.name(), plate, window, from_at, until_at, given_up, let_in))
        return "booked"

    def standing(self, plate: int, but: PaperBooking | None = None) -> bool:
        return any(
            each.plate == plate and each.state in STANDING and each is not but for each in self.bookings
        )

    def cancel(self, booking: PaperBooking) -> bool:
        if booking.state == "booked":
            self.end(booking, "cancelled")
        return booking.state == "cancelled"

    def enter(self, plate: int, lot: int, at: datetime | None = None) -> PaperVisit:
        """Now, or the gate tells late of then."""
        self.visits.append(PaperVisit(plate, lot, at or self.now))
        self._use(self.visits[-1])
        return self.visits[-1]

    def leave(self, visit: PaperVisit, left_at: datetime) -> None:
        visit.left_at = left_at
        if visit.use is None:
            self._use(visit)
        for each in self.bookings:
            if each.plate == visit.plate and each.window.lot == visit.lot and each.state == "booked":
                self._meet(each, visit)
        use = visit.use
        if use is None:
            return
        if use.booking is not None:
            use.overstay = self._leave_booking(use.booking, visit.entered_at, left_at)
            return
        use.window.taken -= use.is_counted
        use.is_counted, use.overstay = False, self._over(use.window.until_at, left_at)

    def come_back(self, visit: PaperVisit) -> None:
        """The exit was none."""
        visit.left_at = None
        use = visit.use
        if use is None:
            self._use(visit)
            return
        use.overstay = 0
        booking = use.booking
        if booking is not None:
            if booking.state == "left" and not self.standing(booking.plate, booking):
                booking.become("inside")
                self._count(booking)
            booking.fee, booking.overstay = None, 0
            self._lift(booking)

    def undo(self, visit: PaperVisit) -> None:
        """Nothing speaks for the entry any more."""
        visit.is_void = True
        use, visit.use = visit.use, None
        if use is None:
            return
        use.window.taken -= use.is_counted
        booking = use.booking
        if booking is not None:
            booking.fee, booking.overstay = None, 0
            self._lift(booking)
            if booking.state in STANDING and self.now < booking.given_up_at:
                booking.state = "booked"
            else:
                self.end(booking, "no_show")

    def forward(self, minutes: int) -> None:
        self.now += minutes * MINUTE
        for each in self.bookings:
            if each.state == "booked" and each.given_up_at <= self.now and not self._was_inside(each):
                self.end(each, "no_show")
                each.told.append("booking_given_up")
            self._remind(each)
            is_over = each.state == "inside" and self.now > each.until_at + GRACE * MINUTE
            if self.says("is_overstay", is_over, each.state, each.until_at, self.now):
                each.become("overstayed")
                each.told.append("booking_overstayed")
        self.lapse()

    def move_bookings(self, window: PaperWindow) -> None:
        mine = [each for each in self.bookings if each.window is window and each.state == "booked"]
        for each in sorted(mine, key=lambda each: each.name):
            near = [
                other
                for other in self.windows
                if other.has_room and other.from_at <= each.from_at and each.until_at <= other.until_at
            ]
            if near and each.has_plate:
                each.let_in.end(self.now)
                window.taken -= each.is_counted
                each.window = min(near, key=lambda other: (other.lot != window.lot, other.name))
                each.window.taken += 1
                each.is_counted = True
                each.let_in = self._pass(each.plate, each.window, each.from_at, each.until_at)
                each.told.append("booking_moved")
            else:
                self.end(each, "withdrawn")
                each.told.append("booking_withdrawn")

    def end(self, booking: PaperBooking, state: str) -> None:
        booking.become(state)
        booking.window.taken -= booking.is_counted
        booking.is_counted = booking.has_plate = False
        booking.closed_at = self.now
        booking.let_in.end(self.now)

    def check(self) -> None:
        """Quota never exceeded, no booking without a space, none twice for a vehicle, nobody else let in."""
        super().check()
        uses = [each.use for each in self.visits if each.use]
        held = Counter(each.window.name for each in (*self.bookings, *uses) if each.is_counted)
        for window in self.windows:
            assert window.taken == held[window.name] <= window.quota
        standing = [each for each in self.bookings if each.state in STANDING]
        assert len({each.plate for each in standing}) == len(standing)
        for each in self.bookings:
            assert each.window.from_at <= each.from_at < each.until_at <= each.window.until_at
            assert each in standing or not each.is_counted
        for plate, each in self.passes:
            lets_in = each.until_at > self.now and each.ended_at is None
            assert not lets_in or any(b.let_in is each and b.plate == plate for b in standing)

    def _pass(self, plate: int, window: PaperWindow, from_at: datetime, until_at: datetime) -> PaperPass:
        let_in_at = max(window.from_at, from_at - 15 * MINUTE)
        self.says("let_in", let_in_at, from_at, (window.from_at, window.until_at))
        self.passes.append((plate, PaperPass(window.lot, let_in_at, until_at)))
        return self.passes[-1][1]

    def _use(self, visit: PaperVisit) -> None:
        """By which booking, or as whom, a vehicle came in; one that ended before the gate told is none."""
        here = [each for each in self.bookings if each.plate == visit.plate and each.window.lot == visit.lot]
        meant = [each for each in here if self._is_meant(each, visit)]
        for each in sorted(meant, key=lambda each: (each.state, each.from_at))[:1]:
            if each.state == "booked" or not self.standing(each.plate):
                if each.state == "no_show":
                    self._count(each)
                each.become("inside")
                visit.use = PaperUse(each.window, each)
                return
        was_booked = bool(meant) or any(
            each.state in ("cancelled", "withdrawn")
            and each.let_in.from_at
            <= visit.entered_at
            < min(each.until_at, each.closed_at or visit.entered_at)
            for each in here
        )
        has_pass = any(
            plate == visit.plate and each.lot == visit.lot and each.holds(visit.entered_at)
            for plate, each in self.passes
        )
        open_then = [
            each
            for each in self.windows
            if each.lot == visit.lot
            and each.from_at <= visit.entered_at < each.until_at
            and each.state != "withdrawn"
        ]
        if open_then and (was_booked or not has_pass):
            window = max(open_then, key=lambda each: (each.quota - each.taken, each.name))
            visit.use = PaperUse(window, None, window.has_room)
            window.taken += window.has_room

    def _is_meant(self, booking: PaperBooking, visit: PaperVisit) -> bool:
        if booking.state not in ("booked", "no_show"):
            return False
        given_up = booking.given_up_at if booking.state == "no_show" else None
        until_at = min(booking.until_at, given_up or booking.until_at)
        is_meant = booking.let_in.from_at <= visit.entered_at < until_at
        asked = booking.let_in.from_at, booking.until_at, given_up, visit.entered_at
        return self.says("matches", is_meant, *asked)

    def _was_inside(self, booking: PaperBooking) -> bool:
        """Whether the vehicle stands there by its booking that was inside before it."""
        visit = self.inside(booking.plate)
        return bool(visit and visit.lot == booking.window.lot and self._meet(booking, visit))

    def _meet(self, booking: PaperBooking, visit: PaperVisit) -> bool:
        use = visit.use
        if use is None or use.booking is not None:
            return False
        is_met = use.window.until_at > booking.from_at and (visit.left_at or self.now) > booking.from_at
        if self.says("met", is_met, booking.from_at, use.window.until_at, visit.left_at):
            use.window.taken -= use.is_counted
            visit.use = PaperUse(booking.window, booking, was_before=True)
            booking.become("inside")
        return is_met

    def _count(self, booking: PaperBooking) -> None:
        booking.is_counted = booking.window.has_room
        booking.window.taken += booking.is_counted

    def _leave_booking(self, booking: PaperBooking, entered_at: datetime, left_at: datetime) -> int:
        if booking.state in STANDING:
            self.end(booking, "left")
        was_over, booking.overstay = booking.overstay > 0, self._over(booking.until_at, left_at)
        whole, planned = fee_of(entered_at, left_at), fee_of(entered_at, min(left_at, booking.until_at))
        self.says("fee", whole, entered_at, left_at)
        extra = whole - planned if booking.overstay else 0
        booking.fee = self.says("bill", (whole - extra, extra), whole, planned, booking.overstay)
        if booking.overstay:
            self._suspend(booking)
        elif was_over:
            self._lift(booking)
        return booking.overstay

    def _over(self, until_at: datetime, left_at: datetime) -> int:
        late = ceil((left_at - until_at) / MINUTE)
        return self.says("overstay", late if late > GRACE else 0, until_at, left_at)

    def _overstays(self, plate: int, since: datetime) -> int:
        mine = [each for each in self.bookings if each.plate == plate and each.overstay]
        return sum(each.until_at > since for each in mine)

    def _suspend(self, booking: PaperBooking) -> None:
        number = self._overstays(booking.plate, self.now - COUNTED)
        is_due = self.says("is_suspended", number >= REPEATED, number, REPEATED)
        held = any(each.plate == booking.plate and each.until_at > self.now for each in self.suspensions)
        if is_due and not held:
            self.suspensions.append(PaperSuspension(booking.plate, self.now, self.now + SUSPENDED))
            booking.told.append("booking_suspended")

    def _lift(self, booking: PaperBooking) -> None:
        for each in [*self.suspensions]:
            is_mine = each.plate == booking.plate and each.until_at > self.now
            if is_mine and self._overstays(each.plate, each.from_at - COUNTED) < REPEATED:
                self.suspensions.remove(each)
                booking.told.append("booking_suspension_lifted")

    def _remind(self, booking: PaperBooking) -> None:
        left = booking.until_at - self.now
        due = None
        if booking.state == "inside" and timedelta() < left <= 30 * MINUTE and 10 not in booking.reminded:
            due = 10 if left <= 10 * MINUTE else None if booking.reminded else 30
        had = frozenset(booking.reminded)
        if self.says("reminder", due, booking.state, booking.until_at, had, self.now):
            booking.reminded.add(due or 0)
            booking.told.append("booking_reminded")


def fee_of(entered_at: datetime, until_at: datetime) -> int:
    """3 yuan a begun hour, at most 20 in each 24 hours."""
    days, rest = divmod(until_at - entered_at, DAY)
    return days * 2000 + min(ceil(rest / HOUR) * 300, 2000)
