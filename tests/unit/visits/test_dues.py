"""What a visit owes follows its lot's tariff, its payments, and its exit, also when that is told anew."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.boundary.charges import ChargeAnswer, ChargeStanding
from parking.kernel.actors import SYSTEM
from parking.kernel.vocabulary import Direction
from parking.tariffs import service as tariffs
from parking.tariffs.queries import lot_tariffs
from parking.visits.errors import FeeUnknown, NothingDue, StayUnpriced, TariffMissing
from parking.visits.models import Charge, Passage, Visit
from parking.visits.models.charges import ChargeRefund
from parking.visits.queries.dues import Due, fee_due
from parking.visits.rules.charges import LANE, Way
from parking.visits.service import charges, closing
from parking.visits.service.booking import settle_paid
from parking.visits.service.pairing import pair_passages
from tests.factories.charges import a_visit
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot
from tests.factories.passages import a_passage
from tests.factories.tariffs import APPROVER, a_draft, a_tariff, hourly

PLATE = "a word"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ETC = frozenset({"bolink"})


@pytest.fixture
def lot(session: Session) -> str:
    """A lot of the city at 3 yuan an hour, 20 in 24 hours, half an hour free; leave within 15 minutes."""
    a_city(session, charges={"grace_minutes": 15})
    lot_id = a_lot(session).id
    a_tariff(session, [lot_id])
    return lot_id


def paid(session: Session, visit_id: str, at: datetime, network: str = "demo") -> Charge:
    """What is owed at `at` is paid then."""
    charge = session.get_one(Charge, charges.start_charge(session, SYSTEM, visit_id, network, at))
    charges.claim_asking(session, charge.id, at)
    charges.answered(session, charge.id, ChargeAnswer(charge.id, ChargeStanding.PAID, at=at), Way.REPLY, at)
    return charge


def told(due: Due) -> tuple[int, int, int, datetime | None, int | None]:
    return due.fee_fen, due.due_fen, due.extra_fen, due.next_change_at, due.next_fee_fen


def test_a_fee_rises_at_the_told_instant_and_stands_still_after_a_payment_in_time(session, lot) -> None:
    visit = a_visit(session, lot, NOW)
    assert told(fee_due(session, visit.id, NOW)) == (0, 0, 0, NOW + 31 * MINUTE, 300)
    assert told(fee_due(session, visit.id, NOW + 31 * MINUTE)) == (300, 300, 0, NOW + 61 * MINUTE, 600)
    paid(session, visit.id, NOW + 50 * MINUTE)
    leave_by = NOW + 65 * MINUTE
    held = fee_due(session, visit.id, leave_by)
    assert (held.fee_fen, held.due_fen, held.next_fee_fen) == (300, 0, 600)
    assert held.next_change_at and leave_by < held.next_change_at <= leave_by + MINUTE
    late = fee_due(session, visit.id, held.next_change_at)
    assert (late.fee_fen, late.due_fen, late.next_change_at) == (600, 300, NOW + 121 * MINUTE)


def test_the_grace_that_a_sign_tells_goes_before_the_citys(session, lot) -> None:
    other = a_lot(session).id
    a_tariff(session, [other], hourly(grace_minutes=5))
    visit = a_visit(session, other, NOW)
    paid(session, visit.id, NOW + 59 * MINUTE)
    assert fee_due(session, visit.id, NOW + 64 * MINUTE).due_fen == 0
    assert fee_due(session, visit.id, NOW + 65 * MINUTE).due_fen == 300


def test_a_lot_without_a_tariff_has_an_unknown_fee_and_charges_nobody(session, lot) -> None:
    nowhere = a_lot(session).id
    closing.join_network(session, SYSTEM, nowhere, "bolink", None, NOW)
    visit = a_visit(session, nowhere, NOW, 3 * HOUR)
    with pytest.raises(TariffMissing):
        fee_due(session, visit.id, NOW)
    with pytest.raises(FeeUnknown):
        charges.start_charge(session, SYSTEM, visit.id, "demo", NOW)
    assert closing.close_account(session, visit.id, ETC, NOW + 4 * HOUR) is None
    assert (visit.settled_at, session.scalars(select(Charge)).all()) == (None, [])


def test_plates_tell_classes_and_who_is_let_off(session, lot) -> None:
    other = a_lot(session).id
    document = hourly(exempt=["military"])
    document["plans"]["large"] = hourly(900)["plans"]["hourly"]
    document["choices"] = [{"vehicles": ["large"], "plan": "large"}, {"plan": "hourly"}]
    a_tariff(session, [other], document)
    fees = {
        (kind, colour, stay): fee_due(
            session,
            a_visit(session, other, NOW, HOUR, plate_kind=kind, colour=colour, stay=stay).id,
            NOW,
        ).fee_fen
        for kind, colour, stay in (
            ("ordinary", "blue", "casual"),
            ("ordinary", "yellow", "casual"),
            ("coach", "yellow", "casual"),
            ("armed_police", "white", "casual"),
            ("police", "white", "casual"),
            ("ordinary", "blue", "monthly"),
            ("ordinary", "blue", "shared"),
        )
    }
    assert list(fees.values()) == [300, 900, 300, 0, 300, 0, 300]


def test_a_new_price_counts_from_the_next_cycle_of_who_is_inside(session, lot) -> None:
    (row,) = lot_tariffs(session, lot)
    tomorrow = (NOW + timedelta(days=1)).date()
    version_id = a_draft(session, hourly(1000, 5000), tariff_id=row.tariff_id, from_on=tomorrow)
    tariffs.publish(session, APPROVER, version_id, NOW)
    visit = a_visit(session, lot, NOW)
    before = fee_due(session, visit.id, NOW + 24 * HOUR)
    assert (before.fee_fen, before.tariff.version_number) == (2000, 1)
    after = fee_due(session, visit.id, NOW + 26 * HOUR)
    assert (after.fee_fen, sum(line.fen for line in after.lines)) == (2000 + 2000, 4000)


def test_a_stay_that_no_tariff_can_price_says_so(session, lot) -> None:
    visit = a_visit(session, lot, NOW, timedelta(days=400), doubt="too_long")
    with pytest.raises(StayUnpriced):
        fee_due(session, visit.id, NOW)
    assert not settle_paid(session, visit.id, NOW)


class Gate:
    """Tells a vehicle's passages, and that one was otherwise; visits follow."""

    def __init__(self, session: Session, keys, lot_id: str) -> None:
        self.session, self.keys, self.lot_id = session, keys, lot_id
        self.tell(NOW, Direction.ENTRY)

    def tell(self, at: datetime, direction: Direction = Direction.EXIT) -> Passage:
        passage = a_passage(self.session, self.lot_id, at, direction, PLATE)
        self._pair(at)
        return passage

    def correct(self, passage: Passage, at: datetime | None, now: datetime) -> Passage | None:
        """The passage was at another time, or never."""
        passage.voided_at, passage.paired_at = now, None
        right = None if at is None else a_passage(self.session, self.lot_id, at, Direction.EXIT, PLATE)
        self._pair(now)
        return right

    def _pair(self, now: datetime) -> None:
        self.session.flush()
        waiting = self.session.execute(
            select(Passage.source, Passage.event_id).where(Passage.paired_at.is_(None))
        ).all()
        pair_passages(self.session, [tuple(each) for each in waiting], self.keys, now)
        self.session.expire_all()

    @property
    def visit(self) -> Visit:
        return self.session.scalars(select(Visit).where(Visit.state != "voided")).one()


@pytest.fixture
def gate(session: Session, keys, lot: str) -> Gate:
    closing.join_network(session, SYSTEM, lot, "bolink", None, NOW)
    return Gate(session, keys, lot)


def test_what_was_paid_past_a_corrected_exit_is_given_back_once(session, gate) -> None:
    wrong = gate.tell(NOW + 3 * HOUR)
    now = NOW + 3 * HOUR + MINUTE
    charge_id = closing.close_account(session, gate.visit.id, ETC, now)
    assert charge_id
    charges.claim_asking(session, charge_id, now)
    charges.answered(session, charge_id, ChargeAnswer(charge_id, ChargeStanding.PAID), Way.REPLY, now)
    assert (gate.visit.settled_by, fee_due(session, gate.visit.id, now).paid_fen) == ("paid", 900)
    right = gate.correct(wrong, NOW + HOUR, now + HOUR)
    assert right
    for minutes in (1, 2):
        assert closing.close_account(session, gate.visit.id, ETC, now + HOUR + minutes * MINUTE) is None
    (refund,) = session.scalars(select(ChargeRefund))
    assert (refund.charge_id, refund.amount_fen) == (charge_id, 600)
    due = fee_due(session, gate.visit.id, now + 2 * HOUR)
    assert (due.fee_fen, due.due_fen, due.extra_fen, due.giving_back_fen) == (300, 0, 600, 600)
    assert gate.visit.settled_by == "paid"
    # It was right after all: what is on its way back is owed again.
    gate.correct(right, NOW + 3 * HOUR, now + 3 * HOUR)
    assert fee_due(session, gate.visit.id, now + 4 * HOUR).due_fen == 600


def test_what_a_corrected_exit_leaves_to_pay_is_asked_for(session, gate) -> None:
    wrong = gate.tell(NOW + HOUR)
    now = NOW + HOUR + MINUTE
    charge = paid(session, gate.visit.id, now, "bolink")
    assert (gate.visit.settled_by, charge.amount_fen) == ("paid", 300)
    gate.correct(wrong, NOW + 3 * HOUR, NOW + 4 * HOUR)
    assert (gate.visit.settled_at, fee_due(session, gate.visit.id, NOW + 5 * HOUR).due_fen) == (None, 600)
    rest_id = closing.close_account(session, gate.visit.id, ETC, NOW + 5 * HOUR)
    assert rest_id not in (None, charge.id)
    assert session.get_one(Charge, rest_id).amount_fen == 600
    assert closing.close_account(session, gate.visit.id, ETC, NOW + 5 * HOUR) is None


def test_a_voided_exit_lets_the_fee_go_on_and_counts_what_was_paid(session, gate) -> None:
    wrong = gate.tell(NOW + HOUR)
    paid(session, gate.visit.id, NOW + HOUR + MINUTE)
    gate.correct(wrong, None, NOW + 2 * HOUR)
    assert (gate.visit.state, gate.visit.settled_at) == ("open", None)
    due = fee_due(session, gate.visit.id, NOW + 3 * HOUR)
    assert (due.fee_fen, due.paid_fen, due.due_fen) == (900, 300, 600)


def test_a_lanes_own_deduction_is_not_given_back_by_us(session, gate) -> None:
    wrong = gate.tell(NOW + 3 * HOUR)
    paid(session, gate.visit.id, NOW + 3 * HOUR).network = LANE
    gate.correct(wrong, NOW + HOUR, NOW + 4 * HOUR)
    assert settle_paid(session, gate.visit.id, NOW + 4 * HOUR)
    assert fee_due(session, gate.visit.id, NOW + 4 * HOUR).extra_fen == 600
    assert not session.scalars(select(ChargeRefund)).all()


def test_a_stay_of_more_than_thirty_days_is_charged_once_it_ends(session, lot) -> None:
    closing.join_network(session, SYSTEM, lot, "bolink", None, NOW)
    visit = a_visit(session, lot, NOW - timedelta(days=40), timedelta(days=40), doubt="too_long")
    ((_, found),) = closing.closed_since(session, (NOW - HOUR, ""), NOW + HOUR, 10)
    assert found == visit.id
    charge_id = closing.close_account(session, found, ETC, NOW)
    assert session.get_one(Charge, charge_id).amount_fen == 40 * 2000
    with pytest.raises(NothingDue):
        a_free = a_visit(session, lot, NOW, 10 * MINUTE)
        charges.start_charge(session, SYSTEM, a_free.id, "demo", NOW)
