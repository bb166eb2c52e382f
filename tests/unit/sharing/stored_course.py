"""The same machine beside the database, step by step: through services, the gate's pairing and the jobs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from hypothesis.stateful import invariant
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from parking.kernel.actors import CLI
from parking.kernel.db.outbox import OutboxMessage
from parking.kernel.errors import ParkingError
from parking.kernel.vocabulary import Access, Direction, SpaceClass
from parking.lots.queries.lending import lent_spans
from parking.plates.rules import read_plate
from parking.plates.service import PlateKeys
from parking.sharing.errors.bookings import BookingRefused, NoSpaceGiven, WindowClosed
from parking.sharing.models import Agreement, Booking, Pass, PlateSuspension, Window
from parking.sharing.queries.evidence import evidence
from parking.sharing.rules.agreements import Party
from parking.sharing.rules.bookings import BookingAsk
from parking.sharing.service import agreements, bookings, overstays
from parking.sharing.service.booked_together import Booked, book_together, make_ready
from parking.sharing.service.ending import end_agreement, end_due, resume, suspend
from parking.sharing.service.opening import materialise_windows
from parking.sharing.service.windows import end_windows, withdraw_window
from parking.visits.models import Passage
from parking.visits.queries.dues import fee_due
from parking.visits.service.pairing import pair_passages
from tests.factories.accounts import register
from tests.factories.bookings import NETWORK, miscounted, void
from tests.factories.city import NOW
from tests.factories.devices import SEALER
from tests.factories.lookup import SetClock
from tests.factories.lots import a_lot
from tests.factories.passages import a_passage
from tests.factories.sharing import an_agreement_draft
from tests.factories.tariffs import a_tariff, hourly
from tests.unit.sharing.course import Asked, Course, Terms
from tests.unit.sharing.paper_evidence import expected
from tests.unit.sharing.paper_lending import (
    DAY,
    NOTICE_DAYS,
    SPACES,
    WITHDRAW_MINUTES,
    ZONE,
    PaperAgreement,
    PaperWindow,
)
from tests.unit.sharing.paper_nights import GRACE, REPEATED
from tests.unit.sharing.paper_records import PaperBooking, PaperVisit

ANSWERS = {"closed": WindowClosed, "refused": BookingRefused, "none": NoSpaceGiven, "booked": Booked}
TERMS = {
    "notice_days": NOTICE_DAYS,
    "withdraw_before_minutes": WITHDRAW_MINUTES,
    "grace_minutes": GRACE,
    "overstays_suspend": REPEATED,
}


class StoredCourse(Course):
    """On paper and in the database."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.nested = session.begin_nested()
        self.session = session
        own = sessionmaker(bind=session.connection(), join_transaction_mode="create_savepoint")
        self.keys = PlateKeys(own, SEALER, SetClock(NOW))
        self.lots = [
            a_lot(session, spaces={SpaceClass.GENERAL: SPACES}, access=Access.STAFF, lat=32.06 + lot / 400).id
            for lot in (0, 1)
        ]
        a_tariff(session, self.lots, hourly(hour_fen=300, free_minutes=0))
        self.own = register(session, 77).organisation_id
        self.named = 0
        self.codes: dict[str, str] = {}
        self.passages: dict[PaperVisit, list[Passage]] = {}

    @property
    def now(self) -> datetime:
        return self.paper.now

    def also(self, step: Callable[[], object], *, is_taken: bool) -> None:
        """A refusal is an answer, and changes nothing. Windows get the names that they have here."""
        nested = self.session.begin_nested()
        try:
            step()
        except ParkingError:
            nested.rollback()
            assert not is_taken
        else:
            assert is_taken
            nested.commit()
        self.name_windows()

    def name_windows(self) -> None:
        if self.named == len(self.paper.windows):
            return
        self.session.flush()
        asked = select(Window.id, Window.agreement_id, Window.from_at)
        names = {(row.agreement_id, row.from_at): row.id for row in self.session.execute(asked)}
        for one in self.paper.agreements:
            for window in one.windows:
                window.name = names.pop((one.name, window.from_at))
        assert not names
        self.named = len(self.paper.windows)

    def version(self, one: PaperAgreement) -> int:
        return self.session.get_one(Agreement, one.name, populate_existing=True).version

    def draft_too(self, terms: Terms, *, is_taken: bool) -> None:
        lot, hours, quota, from_on, until_on = terms
        told = {"hours": hours, "quota": quota, "from_on": from_on, "until_on": until_on, **TERMS}
        draft = an_agreement_draft(self.session, self.lots[lot], organisation_id=self.own, **told)

        def step() -> None:
            made = agreements.draft_agreement(self.session, CLI, draft, self.now)
            self.paper.agreements[-1].name = made

        self.also(step, is_taken=is_taken)

    def propose_too(self, one: PaperAgreement, *, is_taken: bool) -> None:
        self.also(lambda: agreements.propose(self.session, CLI, one.name, self.now), is_taken=is_taken)

    def party_too(self, one: PaperAgreement, party: str, *, is_taken: bool) -> None:
        told = self.session, CLI, one.name, Party(party), self.now
        self.also(lambda: agreements.confirm(*told), is_taken=is_taken)

    def put_in_force_too(self, one: PaperAgreement, *, is_taken: bool) -> None:
        self.also(lambda: agreements.put_in_force(self.session, CLI, one.name, self.now), is_taken=is_taken)

    def suspend_too(self, one: PaperAgreement, *, is_taken: bool) -> None:
        told = self.session, CLI, one.name, self.version(one), "检修", self.now
        self.also(lambda: suspend(*told), is_taken=is_taken)

    def resume_too(self, one: PaperAgreement, *, is_taken: bool) -> None:
        told = self.session, CLI, one.name, self.version(one), self.now
        self.also(lambda: resume(*told), is_taken=is_taken)

    def notice_too(self, one: PaperAgreement, ends_on: date, *, is_taken: bool) -> None:
        told = self.session, CLI, one.name, self.version(one), ends_on, "收回", self.now
        self.also(lambda: end_agreement(*told), is_taken=is_taken)

    def withdraw_too(self, one: PaperAgreement, window: PaperWindow, *, is_taken: bool) -> None:
        told = self.session, CLI, window.name, "自用", self.now
        self.also(lambda: withdraw_window(*told), is_taken=is_taken)

    def plate(self, number: int) -> str:
        return f"苏F0000{number}"

    def book_too(self, asks: list[Asked]) -> None:
        wanted = [
            BookingAsk(window.name, from_at, until_at, self.plate(plate), f"1380000000{plate}")
            for plate, window, from_at, until_at, _ in asks
        ]
        ready = [make_ready(self.keys, each, self.now) for each in wanted]
        answers = [answer() for answer in book_together(self.session, ready)]
        assert [type(each) for each in answers] == [ANSWERS[told] for *_, told in asks]
        given = [each for each in answers if isinstance(each, Booked)]
        for booking, each in zip(self.paper.bookings[len(self.codes) :], given, strict=True):
            booking.name, self.codes[each.id] = each.id, each.code

    def cancel_too(self, booking: PaperBooking, *, is_taken: bool) -> None:
        told = self.session, booking.name, self.codes[booking.name], NETWORK, self.now
        self.also(lambda: bookings.cancel(*told), is_taken=is_taken)

    def enter_too(self, visit: PaperVisit) -> None:
        self.passages[visit] = []
        self.passes(visit, Direction.ENTRY, visit.entered_at)

    def leave_too(self, visit: PaperVisit) -> None:
        assert visit.left_at is not None
        self.passes(visit, Direction.EXIT, visit.left_at)

    def passes(self, visit: PaperVisit, direction: Direction, at: datetime) -> None:
        plate = self.plate(visit.plate)
        known = self.keys.hash(read_plate(plate), self.now)
        told = {"plate_month": known.month, "plate_hash": known.value, "plate_sealed": self.keys.seal(plate)}
        row = a_passage(self.session, self.lots[visit.lot], at, direction, plate, **told)
        self.passages[visit].append(row)
        pair_passages(self.session, [(row.source, row.event_id)], self.keys, self.now)

    def come_back_too(self, visit: PaperVisit) -> None:
        void(self.session, self.passages[visit].pop(), self.keys, self.now)

    def undo_too(self, visit: PaperVisit, *, is_whole: bool) -> None:
        for row in self.passages[visit] if is_whole else self.passages[visit][:1]:
            void(self.session, row, self.keys, self.now)

    def forward_too(self) -> None:
        for find, step in (
            (overstays.to_give_up, overstays.give_up),
            (overstays.to_remind, overstays.remind),
            (overstays.to_mark, overstays.mark_overstay),
        ):
            for booking_id in find(self.session, self.now):
                step(self.session, booking_id, self.now)
        end_windows(self.session, self.now)
        end_due(self.session, self.now)
        materialise_windows(self.session, self.now)
        self.name_windows()

    @invariant()
    def lends_what_the_paper_lends(self) -> None:
        self.session.flush()
        told = {row.id: (row.state, row.until_on) for row in self.session.execute(_AGREEMENTS)}
        assert told == {one.name: (one.state, one.until_on) for one in self.paper.agreements}
        found = {row.id: (row.until_at, row.state, row.taken) for row in self.session.execute(_WINDOWS)}
        assert found == {each.name: (each.until_at, each.state, each.taken) for each in self.paper.windows}
        lent = lent_spans(self.session, NOW - 30 * DAY, self.now + 90 * DAY)
        assert {each.window_id: each.spaces for each in lent} == {
            each.name: each.load[2] for each in self.paper.windows if each.load[2]
        }
        assert not miscounted(self.session)

    @invariant()
    def books_what_the_paper_books(self) -> None:
        rows = self.session.scalars(select(Booking).execution_options(populate_existing=True)).all()
        found = {row.id: self.stored(row) for row in rows}
        assert found == {each.name: self.on_paper(each) for each in self.paper.bookings}
        let_in = select(func.count()).where(Pass.withdrawn_at.is_(None), Pass.until_at > self.now)
        standing = (each.until_at > self.now and each.ended_at is None for _, each in self.paper.passes)
        assert self.session.scalar(let_in) == sum(standing)
        kept = select(func.count()).where(PlateSuspension.until_at > self.now)
        assert self.session.scalar(kept) == sum(e.until_at > self.now for e in self.paper.suspensions)
        asked = select(OutboxMessage.payload).where(OutboxMessage.topic == "booking_notice")
        told = sorted((each["booking_id"], each["key"]) for each in self.session.scalars(asked))
        assert told == sorted((each.name, key) for each in self.paper.bookings for key in each.told)

    def stored(self, row: Booking) -> tuple[object, ...]:
        fee = None if row.fee_fen is None else (row.fee_fen - (row.overstay_fen or 0), row.overstay_fen)
        return row.state, row.window_id, row.is_counted, row.overstay_minutes, fee

    def on_paper(self, told: PaperBooking) -> tuple[object, ...]:
        return told.state, told.window.name, told.is_counted, told.overstay, told.fee

    def teardown(self) -> None:
        try:
            super().teardown()
            self.lends_what_the_paper_lends()
            self.books_what_the_paper_books()
            self.evidence_adds_up()
            self.every_till_asks_the_same()
        finally:
            self.nested.rollback()
            self.session.expire_all()

    def every_till_asks_the_same(self) -> None:
        for row in self.session.scalars(select(Booking).where(Booking.fee_fen.is_not(None))):
            assert row.visit_id is not None
            assert fee_due(self.session, row.visit_id, self.now).fee_fen == row.fee_fen

    def evidence_adds_up(self) -> None:
        """Month by month what was offered and used; no more was used than offered but by uncounted ones."""
        month_on = NOW.astimezone(ZONE).date().replace(day=1)
        while month_on <= self.paper.today:
            next_on = (month_on + timedelta(days=32)).replace(day=1)
            first, last = (datetime.combine(each, time(), ZONE) for each in (month_on, next_on))
            for line in evidence(self.session, month_on, self.now):
                one = next(each for each in self.paper.agreements if each.name == line.agreement.id)
                assert line.sum == expected(self.paper, one, first, last)
            month_on = next_on


_AGREEMENTS = select(Agreement.id, Agreement.state, Agreement.until_on)
_WINDOWS = select(Window.id, Window.until_at, Window.state, Window.taken)
