"""Whatever drivers and owners do: on paper and in the database a window gives its spaces, and no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from parking.kernel.vocabulary import Direction
from parking.plates.rules import read_plate
from parking.plates.service import PlateKeys
from parking.sharing.errors.bookings import BookingRefused, NoSpaceGiven, TooLate, WindowClosed
from parking.sharing.models import Booking, Window
from parking.sharing.rules.bookings import BookingAsk, Span
from parking.sharing.service import bookings, overstays
from parking.sharing.service.booked_together import Booked, book_together, make_ready
from parking.sharing.service.moves import hold_to_close, move_bookings
from parking.visits.service.pairing import pair_passages
from tests.factories.bookings import NETWORK, a_window, miscounted
from tests.factories.city import NOW, a_city
from tests.factories.devices import SEALER
from tests.factories.lookup import SetClock
from tests.factories.passages import a_passage
from tests.factories.tariffs import a_tariff, hourly
from tests.unit.sharing.paper_windows import GRACE, REPEATED, Paper, PaperBooking, PaperWindow

CALM = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "database": None,
    "phases": (Phase.explicit, Phase.generate),
}
LONG = [pytest.mark.long, pytest.mark.timeout(7200)]
HOUR = timedelta(hours=1)
Asked = tuple[int, int, BookingAsk, str]
ANSWERS = {"closed": WindowClosed, "refused": BookingRefused, "none": NoSpaceGiven, "booked": Booked}
QUOTAS = ((0, 2, 12), (1, 1, 12), (0, 1, 36))
plates, lots = st.integers(0, 3), st.integers(0, 1)


class Nights(RuleBasedStateMachine):
    """Two lots near each other, three windows, four vehicles."""

    def __init__(self) -> None:
        super().__init__()
        # Two windows of this night, and one of the night after.
        self.paper = Paper(
            [
                PaperWindow(lot, Span(NOW + (hours - 12) * HOUR, NOW + hours * HOUR), quota)
                for lot, quota, hours in QUOTAS
            ]
        )

    @rule(
        wanted=st.lists(st.tuples(plates, st.integers(0, 2)), min_size=1, max_size=5),
        after=st.integers(-1, 12),
        hours=st.integers(0, 6),
    )
    def book(self, wanted: list[tuple[int, int]], after: int, hours: int) -> None:
        """Some vehicles at once, each at a window; who asks first is first."""
        asks = []
        for plate, which in wanted:
            window = self.paper.windows[which]
            begins = max(window.span.from_at, self.paper.now) + after * HOUR
            told = self.paper.book(plate, window, begins, begins + hours * HOUR)
            asks.append((plate, which, BookingAsk("", begins, begins + hours * HOUR, ""), told))
        self.also_book(asks)
        self.forward(1)

    @rule(which=st.integers(0, 30))
    def cancel(self, which: int) -> None:
        if self.paper.bookings:
            number = which % len(self.paper.bookings)
            self.also_cancel(number, is_given_up=self.paper.cancel(self.paper.bookings[number]))
        self.forward(1)

    @rule(plate=plates, lot=lots)
    def enter(self, plate: int, lot: int) -> None:
        if plate not in self.paper.inside:
            self.paper.enter(plate, lot)
            self.also_pass(plate, lot, Direction.ENTRY)
        self.forward(1)

    @rule(plate=plates)
    def leave(self, plate: int) -> None:
        if plate in self.paper.inside:
            lot, _ = self.paper.inside[plate]
            self.paper.leave(plate)
            self.also_pass(plate, lot, Direction.EXIT)
        self.forward(1)

    @rule(minutes=st.sampled_from([5, 15, 20, 31, 60, 125, 480]))
    def forward(self, minutes: int) -> None:
        self.paper.forward(minutes)
        self.also_forward()

    @rule(which=st.sampled_from([0, 0, 1, 2]), is_meant=st.integers(0, 5))
    def withdraw(self, which: int, is_meant: int) -> None:
        if is_meant == 0:
            self.paper.withdraw(self.paper.windows[which])
            self.also_withdraw(which)
        self.forward(1)

    @invariant()
    def holds(self) -> None:
        self.paper.check()

    def also_book(self, asks: list[Asked]) -> None: ...
    def also_cancel(self, number: int, *, is_given_up: bool) -> None: ...
    def also_pass(self, plate: int, lot: int, direction: Direction) -> None: ...
    def also_forward(self) -> None: ...
    def also_withdraw(self, which: int) -> None: ...


class StoredNights(Nights):
    """The same in the database, step by step."""

    runs = count(1)

    def __init__(self, session: Session, keys: PlateKeys) -> None:
        super().__init__()
        self.session, self.keys, self.run = session, keys, next(self.runs)
        self.booked: list[Booked] = []
        session.execute(text("update shared_windows set state = 'ended'"))
        lots: dict[int, str] = {}
        self.windows: list[str] = []
        for lot, quota, hours in QUOTAS:
            window = a_window(
                session,
                lots.get(lot),
                quota=quota,
                from_at=NOW + (hours - 12) * HOUR,
                grace_minutes=GRACE,
                overstays_suspend=REPEATED,
                **({} if lot in lots else {"lat": 32.06 + lot / 400}),
            )
            lots[lot] = window.lot_id
            self.windows.append(window.id)
        self.lots = lots
        a_tariff(session, list(lots.values()), hourly(hour_fen=300, free_minutes=0))

    def plate(self, number: int) -> str:
        return f"苏F{self.run:03d}{number:02d}"

    def also_book(self, asks: list[Asked]) -> None:
        wanted = [
            BookingAsk(self.windows[which], ask.from_at, ask.until_at, self.plate(plate))
            for plate, which, ask, _ in asks
        ]
        ready = [make_ready(self.keys, each, self.paper.now) for each in wanted]
        answers = [answer() for answer in book_together(self.session, ready)]
        assert [type(each) for each in answers] == [ANSWERS[told] for *_, told in asks]
        self.booked += [each for each in answers if isinstance(each, Booked)]

    def also_cancel(self, number: int, *, is_given_up: bool) -> None:
        mine = self.booked[number]

        def cancel() -> None:
            bookings.cancel(self.session, mine.id, mine.code, NETWORK, self.paper.now)

        if is_given_up:
            cancel()
        else:
            with pytest.raises(TooLate):
                cancel()

    def also_pass(self, plate: int, lot: int, direction: Direction) -> None:
        known = self.keys.hash(read_plate(self.plate(plate)), self.paper.now)
        told = {"plate_month": known.month, "plate_hash": known.value}
        row = a_passage(self.session, self.lots[lot], self.paper.now, direction, "any", **told)
        pair_passages(self.session, [(row.source, row.event_id)], self.keys, self.paper.now)

    def also_forward(self) -> None:
        now, session = self.paper.now, self.session
        steps: tuple[tuple[Callable, Callable], ...] = (
            (overstays.to_give_up, overstays.give_up),
            (overstays.to_remind, overstays.remind),
            (overstays.to_mark, overstays.mark_overstay),
        )
        for find, step in steps:
            for booking_id in find(session, now):
                step(session, booking_id, now)

    def also_withdraw(self, which: int) -> None:
        held = hold_to_close(self.session, [self.windows[which]], self.paper.now)
        (window,) = held.closing
        window.state = "withdrawn"
        move_bookings(self.session, window, held.near, self.paper.now)

    @invariant()
    def says_what_the_paper_says(self) -> None:
        self.session.flush()
        taken = dict(self.session.execute(select(Window.id, Window.taken)).all())
        assert [taken[each] for each in self.windows] == [each.taken for each in self.paper.windows]
        for mine, told in zip(self.booked, self.paper.bookings, strict=True):
            row = self.session.get_one(Booking, mine.id, populate_existing=True)
            assert self.stored(row) == self.told(told)

    def stored(self, row: Booking) -> tuple[object, ...]:
        fee = None if row.fee_fen is None else (row.fee_fen, row.overstay_fen)
        reminded = (row.reminded_30_at is not None, row.reminded_10_at is not None)
        return row.state, self.windows.index(row.window_id), row.overstay_minutes, fee, reminded

    def told(self, on_paper: PaperBooking) -> tuple[object, ...]:
        where = self.paper.windows.index(on_paper.window)
        reminded = (on_paper.reminded.at_30, on_paper.reminded.at_10)
        return on_paper.state.value, where, on_paper.overstay, on_paper.fee, reminded

    def teardown(self) -> None:
        assert not miscounted(self.session)


@pytest.mark.parametrize("runs", [30, pytest.param(2_000, marks=LONG)])
def test_on_paper_no_space_is_given_twice_and_money_adds_up(runs: int) -> None:
    run_state_machine_as_test(Nights, settings=settings(max_examples=runs, stateful_step_count=50, **CALM))


@pytest.mark.parametrize(("runs", "steps"), [(2, 25), pytest.param(200, 50, marks=LONG)])
def test_the_database_comes_to_what_the_paper_says(session: Session, runs: int, steps: int) -> None:
    a_city(session, sharing={"hourly_per_network": 100_000})
    own = sessionmaker(bind=session.connection(), join_transaction_mode="create_savepoint")
    keys = PlateKeys(own, SEALER, SetClock(NOW))
    run_state_machine_as_test(
        lambda: StoredNights(session, keys),
        settings=settings(max_examples=runs, stateful_step_count=steps, **CALM),
    )
