"""Whatever the parties, the drivers and time do in whatever order: one machine, kept on paper."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.factories.city import NOW
from tests.unit.sharing.paper_lending import DAY, HELD, HOURS, MINUTE, PARTIES, PaperAgreement, PaperWindow
from tests.unit.sharing.paper_nights import HOUR, PaperNights
from tests.unit.sharing.paper_records import STANDING, PaperBooking, PaperVisit

BEFORE = ("drafted", "proposed", "confirmed")
PLATES = 3
EVENING = 8 * 60
numbers, plates, lots = st.integers(0, 9), st.integers(0, PLATES - 1), st.integers(0, 1)
Asked = tuple[int, PaperWindow, datetime, datetime, str]
Terms = tuple[int, str, int, date, date]


class Course(RuleBasedStateMachine):
    """Two lots near each other, their agreements and windows, three vehicles. What is done on paper first is
    done elsewhere too by those who know where (`..._too`)."""

    def __init__(self) -> None:
        super().__init__()
        self.paper = PaperNights(NOW)

    @initialize()
    def nights_are_lent(self) -> None:
        """Two lots lend their nights already, and one of these begins."""
        today = self.paper.today
        for lot, quota in ((0, 2), (1, 1)):
            self.make((lot, "Mo-Su 18:00-07:30", quota, today, today + 12 * DAY), 5)
        self.time_passes(EVENING)

    @rule(
        what=st.sampled_from(("agree", "go_on", "rest", "carry_on", "carry_on", "give_notice", "withdraw")),
        number=numbers,
        quota=st.integers(1, 3),
        days=st.integers(0, 10),
        hours=st.sampled_from(sorted(HOURS)),
    )
    def parties_act(self, what: str, number: int, quota: int, days: int, hours: str) -> None:
        """Of an agreement that is picked by its number, or of a new one."""
        today = self.paper.today
        if what == "agree":
            from_on = today + max(0, days - 6) * DAY
            self.make((number % 2, hours, quota, from_on, from_on + (3 + 3 * days) * DAY), min(number, 5))
        elif what == "go_on" and (one := self.pick(number, *BEFORE)):
            self.nearer(one, quota)
        elif what == "rest" and (one := self.pick(number, "in_force")):
            self.suspend_too(one, is_taken=self.paper.suspend(one))
        elif what == "carry_on" and (one := self.pick(number, "suspended")):
            self.resume_too(one, is_taken=self.paper.resume(one))
        elif what == "give_notice" and (one := self.pick(number, *(HELD if quota > 1 else BEFORE))):
            is_taken = self.paper.give_notice(one, today + days * DAY)
            self.notice_too(one, today + days * DAY, is_taken=is_taken)
        elif what == "withdraw" and (one := self.pick(number, "in_force")):
            coming = sorted((each for each in one.windows if each.until_at > self.paper.now), key=_begin)
            if len(coming) > days:
                self.withdraw_too(one, coming[days], is_taken=self.paper.withdraw(coming[days]))

    @rule(
        wanted=st.lists(st.tuples(plates, st.integers(0, 5)), min_size=1, max_size=4),
        after=st.sampled_from((0, 0, 0, 1, 3, 12, -1)),
        hours=st.sampled_from((2, 1, 3, 6, 0)),
    )
    def book(self, wanted: list[tuple[int, int]], after: int, hours: int) -> None:
        """Some vehicles at once, each at a window of these days; who asks first is first."""
        now, asks, near = self.paper.now, [], self.near()
        for plate, which in wanted if near else ():
            window = near[which % len(near)]
            begins = max(window.from_at, now) + after * HOUR
            told = self.paper.book(plate, window, begins, begins + hours * HOUR)
            asks.append((plate, window, begins, begins + hours * HOUR, told))
        self.book_too(asks)
        self.time_passes(1)

    @rule(plate=plates, lot=st.sampled_from((None, None, None, 0, 1)))
    def come(self, plate: int, lot: int | None) -> None:
        """To where it booked, in time if that is soon; or to any lot now."""
        if self.paper.inside(plate) is None:
            for each in self.paper.bookings:
                if lot is None and each.plate == plate and each.state == "booked":
                    self.wait_until(each.let_in.from_at)
                    lot = each.window.lot
            self.enter_too(self.paper.enter(plate, lot or 0))
            self.time_passes(1)

    @rule(plate=plates, which=st.integers(0, 3), after=st.sampled_from((0, 1, 3)))
    def book_inside(self, plate: int, which: int, after: int) -> None:
        """Who came without a booking books a window that runs, and stands there until that has begun."""
        running = [each for each in self.near() if each.from_at <= self.paper.now]
        if running:
            window = running[which % len(running)]
            if self.paper.inside(plate) is None:
                self.enter_too(self.paper.enter(plate, window.lot))
            self.book([(plate, self.near().index(window))], after, 2)
            for each in [each for each in self.paper.bookings if each.plate == plate][-1:]:
                self.wait_until(each.given_up_at)

    @rule(plate=plates, which=st.integers(0, 3))
    def cancel_inside(self, plate: int, which: int) -> None:
        """Who drove in by a booking takes it back before the gate tells."""
        if self.paper.inside(plate) is None:
            self.book([(plate, which)], 0, 2)
            for each in [each for each in self.paper.bookings if each.plate == plate][-1:]:
                entered_at = self.paper.now
                self.time_passes(1)
                self.cancel_too(each, is_taken=self.paper.cancel(each))
                self.enter_too(self.paper.enter(plate, each.window.lot, entered_at))
                self.time_passes(1)

    @rule(plate=plates, late=st.sampled_from((None, -25, -5, 10, 20, 100)))
    def go(self, plate: int, late: int | None) -> None:
        """Now, or so many minutes after the end of what was booked."""
        if visit := self.paper.inside(plate):
            if late is not None and visit.use and visit.use.booking:
                self.wait_until(visit.use.booking.until_at - 25 * MINUTE)
                self.wait_until(visit.use.booking.until_at + late * MINUTE)
            self.paper.leave(visit, self.paper.now)
            self.leave_too(visit)
            self.time_passes(1)

    @rule(plate=plates, which=st.integers(0, 3), late=st.sampled_from((20, -25, 10, 100)))
    def stay(self, plate: int, which: int, late: int) -> None:
        """A whole stay: booked, met, and left so many minutes after its end."""
        self.book([(plate, which)], 0, 2)
        self.come(plate, None)
        self.go(plate, late)

    @rule(
        what=st.sampled_from(("earlier", "exit", "visit", "entry", "cancel")),
        plate=plates,
        minutes=st.sampled_from((1, 16, 45, 200)),
    )
    def take_back(self, what: str, plate: int, minutes: int) -> None:
        """A booking; or an exit, which was none or earlier; or an entry, with its exit or without."""
        visit, now = self.paper.last_visit(plate), self.paper.now
        if what == "cancel":
            for booking in [each for each in self.paper.bookings if each.plate == plate][-1:]:
                self.cancel_too(booking, is_taken=self.paper.cancel(booking))
        elif visit is None or visit.is_void:
            return
        elif what in ("entry", "visit"):
            self.paper.undo(visit)
            self.undo_too(visit, is_whole=what == "visit")
        elif visit.left_at:
            left_at = max(visit.left_at - minutes * MINUTE, visit.entered_at + MINUTE)
            self.paper.come_back(visit)
            self.come_back_too(visit)
            if what == "earlier":
                self.paper.leave(visit, min(left_at, now))
                self.leave_too(visit)
        self.time_passes(1)

    @rule(minutes=st.sampled_from([5, 20, 60, 480, 1440]))
    def time_passes(self, minutes: int) -> None:
        self.paper.forward(minutes)
        self.forward_too()

    @invariant()
    def holds(self) -> None:
        self.paper.check()

    def teardown(self) -> None:
        """In the end everybody leaves and every booking has come to one end, every space is free."""
        for plate in range(PLATES):
            self.go(plate, None)
        self.time_passes(4 * 1440)
        assert not [each for each in self.paper.bookings if each.state in STANDING]
        assert not any(window.taken for window in self.paper.windows)
        self.holds()

    def near(self) -> list[PaperWindow]:
        """The windows of these days, the first to begin first."""
        first, last = self.paper.now - HOUR, self.paper.now + 2 * DAY
        near = [each for each in self.paper.windows if first < each.until_at and each.from_at < last]
        return sorted(near, key=_begin)

    def wait_until(self, at: datetime) -> None:
        """For a day and a half at most."""
        minutes = (at - self.paper.now) // MINUTE
        if 0 < minutes <= 36 * 60:
            self.time_passes(minutes)

    def make(self, terms: Terms, steps: int) -> None:
        is_taken = self.paper.draft(*terms)
        self.draft_too(terms, is_taken=is_taken)
        if is_taken:
            self.nearer(self.paper.agreements[-1], steps)

    def nearer(self, one: PaperAgreement, steps: int) -> None:
        for _ in range(steps):
            if one.state == "drafted":
                self.propose_too(one, is_taken=self.paper.take(one, "propose"))
            elif one.state == "proposed":
                party = min(set(PARTIES) - one.confirmed)
                self.party_too(one, party, is_taken=self.paper.confirm(one, party))
            else:
                self.put_in_force_too(one, is_taken=self.paper.put_in_force(one))

    def pick(self, number: int, *states: str) -> PaperAgreement | None:
        """One of the agreements, of these states where there are such."""
        known = [each for each in self.paper.agreements if each.state in states] or self.paper.agreements
        return known[number % len(known)] if known else None

    def draft_too(self, terms: Terms, *, is_taken: bool) -> None: ...
    def propose_too(self, one: PaperAgreement, *, is_taken: bool) -> None: ...
    def party_too(self, one: PaperAgreement, party: str, *, is_taken: bool) -> None: ...
    def put_in_force_too(self, one: PaperAgreement, *, is_taken: bool) -> None: ...
    def suspend_too(self, one: PaperAgreement, *, is_taken: bool) -> None: ...
    def resume_too(self, one: PaperAgreement, *, is_taken: bool) -> None: ...
    def notice_too(self, one: PaperAgreement, ends_on: date, *, is_taken: bool) -> None: ...
    def withdraw_too(self, one: PaperAgreement, window: PaperWindow, *, is_taken: bool) -> None: ...
    def book_too(self, asks: list[Asked]) -> None: ...
    def cancel_too(self, booking: PaperBooking, *, is_taken: bool) -> None: ...
    def enter_too(self, visit: PaperVisit) -> None: ...
    def leave_too(self, visit: PaperVisit) -> None: ...
    def come_back_too(self, visit: PaperVisit) -> None: ...
    def undo_too(self, visit: PaperVisit, *, is_whole: bool) -> None: ...
    def forward_too(self) -> None: ...


def _begin(window: PaperWindow) -> tuple[datetime, int, timedelta]:
    return window.from_at, window.lot, window.until_at - window.from_at
