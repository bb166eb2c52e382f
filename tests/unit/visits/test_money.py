"""Lists are compared by name, and what a lane took settles its stay once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from parking.boundary.gates import EtcTold
from parking.plates.rules import PlateHash
from parking.visits.models import Charge, ChargeEntry, Visit
from parking.visits.queries import charges as queries
from parking.visits.queries import doubtful
from parking.visits.rules.outcomes import OutcomeKind
from parking.visits.rules.reconciling import DifferenceKind, Line, compare
from parking.visits.service import lane_charges
from parking.visits.service.quarantine import Refusal, quarantine
from tests.factories.charges import a_visit
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot
from tests.factories.tariffs import a_tariff

MONTH = NOW.date().replace(day=1)
PLATE = PlateHash(MONTH, b"0123456789abcdef")


def test_each_difference_of_two_lists_is_named() -> None:
    ours = [Line("same", 700), Line("mine", 300), Line("other", 500), Line("back", 600), Line("back", -200)]
    theirs = [
        Line("same", 700, "N1"),
        Line("other", 600, "N2"),
        Line("theirs", 100, "N3"),
        Line("back", 600, "N4"),
        Line("same", 700, "N5"),
    ]
    found = compare(ours, theirs)
    assert (found.ours_fen, found.theirs_fen, found.matched) == (1_900, 2_700, 1)
    assert {(each.charge_id, each.is_refund): each.kind for each in found.differences} == {
        ("same", False): DifferenceKind.AMOUNT_DIFFERS,
        ("mine", False): DifferenceKind.OURS_ONLY,
        ("other", False): DifferenceKind.AMOUNT_DIFFERS,
        ("theirs", False): DifferenceKind.THEIRS_ONLY,
        ("back", True): DifferenceKind.OURS_ONLY,
    }


def _told(**fields) -> EtcTold:
    told = {"at": NOW, "transaction_id": "187", "fee_fen": 900, "terminal": "PSAM1", "tac": "A1B2C3D4"}
    return EtcTold(**(told | fields))


def _record(session: Session, lot_id: str, told: EtcTold, *hashes: PlateHash):
    return lane_charges.record_etc(session, "client:lot", lot_id, None, told, hashes, NOW)


def test_a_lanes_transaction_settles_its_stay_once(session: Session) -> None:
    a_city(session)
    lot = a_lot(session)
    a_tariff(session, [lot.id])
    visit = a_visit(
        session,
        lot.id,
        NOW - timedelta(hours=3),
        timedelta(hours=3),
        plate_month=PLATE.month,
        plate_hash=PLATE.value,
    )
    older = PlateHash(MONTH - timedelta(days=30), b"fedcba9876543210")
    assert _record(session, lot.id, _told(), older, PLATE).kind is OutcomeKind.NEW
    assert _record(session, lot.id, _told(), PLATE).kind is OutcomeKind.REPEATED
    # Another fee under the same number is no repetition: the first stands, and the lot is told.
    differing = _record(session, lot.id, _told(fee_fen=1), PLATE)
    assert (differing.kind, differing.code) == (OutcomeKind.REFUSED, "fee_differs")
    assert differing.field == "fee_fen"
    assert session.scalar(select(func.sum(ChargeEntry.fen))) == 900
    assert (visit.settled_by, visit.plate_sealed) == ("paid", None)
    assert [
        each.fen for each in queries.income(session, [lot.id], NOW.date(), NOW.date() + timedelta(1))
    ] == [900]


def test_a_transaction_that_comes_before_its_passages_finds_its_stay_later(session: Session) -> None:
    a_city(session)
    lot, elsewhere = a_lot(session), a_lot(session)
    a_tariff(session, [lot.id, elsewhere.id])
    _record(session, lot.id, _told(), PLATE)
    key = {"plate_month": PLATE.month, "plate_hash": PLATE.value}
    a_visit(session, elsewhere.id, NOW - timedelta(hours=3), timedelta(hours=3), **key)
    (waiting,) = lane_charges.unmatched(session, NOW)
    assert not lane_charges.match_again(session, waiting, NOW)
    visit = a_visit(session, lot.id, NOW - timedelta(hours=3), timedelta(hours=3), **key)
    assert lane_charges.match_again(session, waiting, NOW)
    assert session.scalars(select(Charge.visit_id)).one() == visit.id
    assert session.get_one(Visit, visit.id).settled_by == "paid"
    assert not lane_charges.unmatched(session, NOW)


def test_nobody_takes_the_number_of_another_lots_transaction(session: Session) -> None:
    a_city(session)
    lot, elsewhere = a_lot(session), a_lot(session)
    a_tariff(session, [lot.id, elsewhere.id])
    key = {"plate_month": PLATE.month, "plate_hash": PLATE.value}
    visit = a_visit(session, lot.id, NOW - timedelta(hours=3), timedelta(hours=3), **key)
    assert _record(session, elsewhere.id, _told(fee_fen=0)).kind is OutcomeKind.NEW
    assert _record(session, lot.id, _told(), PLATE).kind is OutcomeKind.NEW
    assert visit.settled_by == "paid"


def test_a_transaction_that_cannot_be_is_refused_by_name(session: Session) -> None:
    a_city(session)
    lot = a_lot(session)
    for told, field in (
        (_told(fee_fen=-1), "fee_fen"),
        (_told(fee_fen=10**9), "fee_fen"),
        (_told(transaction_id=""), "transaction_id"),
        (_told(terminal="x" * 500), "terminal"),
    ):
        outcome = _record(session, lot.id, told, PLATE)
        assert (outcome.kind, outcome.field) == (OutcomeKind.REFUSED, field)


def test_money_taken_under_a_wild_clock_is_kept_aside_until_it_is_told_anew(
    session: Session,
) -> None:
    a_city(session)
    lot = a_lot(session)
    wild = (
        (datetime(1970, 1, 1, tzinfo=UTC), "clock_behind"),
        (NOW - timedelta(days=181), "clock_behind"),
        (datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC), "clock_ahead"),
        (NOW + timedelta(minutes=3), "clock_ahead"),
    )
    for number, (at, code) in enumerate(wild):
        told = _told(at=at, transaction_id=f"T{number}", fee_fen=900 + number)
        for _ in range(2):
            outcome = _record(session, lot.id, told, PLATE)
            assert (outcome.kind, outcome.code) == (OutcomeKind.QUARANTINED, code)
    kept = doubtful.refused(session, [lot.id], None, 10)
    assert {(each.event_id, each.at, each.reason, each.fee_fen, each.times) for each in kept} == {
        (f"T{number}", at, code, 900 + number, 2) for number, (at, code) in enumerate(wild)
    }
    assert {(each.lot_id, each.serial) for each in kept} == {(lot.id, "PSAM1")}
    assert session.scalar(select(func.count()).select_from(ChargeEntry)) == 0
    # Told with another sum in the meantime, the first stands there too.
    at = wild[0][0]
    differing = _record(session, lot.id, _told(at=at, transaction_id="T0", fee_fen=1), PLATE)
    assert (differing.kind, differing.code) == (OutcomeKind.REFUSED, "fee_differs")
    assert _record(session, lot.id, _told(transaction_id="T0"), PLATE).kind is OutcomeKind.NEW
    kept = doubtful.refused(session, [lot.id], None, 10)
    assert {each.event_id for each in kept} == {"T1", "T2", "T3"}
    # What is booked is booked, whatever the terminal's clock says next.
    assert _record(session, lot.id, _told(at=at, transaction_id="T0"), PLATE).kind is OutcomeKind.REPEATED
    differing = _record(session, lot.id, _told(at=at, transaction_id="T0", fee_fen=1), PLATE)
    assert (differing.kind, differing.code) == (OutcomeKind.REFUSED, "fee_differs")
    # One that is told rightly with another sum is booked; that the two differ stays to be seen.
    assert _record(session, lot.id, _told(transaction_id="T1", fee_fen=1), PLATE).kind is OutcomeKind.NEW
    kept = doubtful.refused(session, [lot.id], None, 10)
    assert {each.event_id for each in kept} == {"T1", "T2", "T3"}
    assert session.scalars(select(ChargeEntry.fen).order_by(ChargeEntry.fen)).all() == [1, 900]


def test_numbers_that_look_alike_once_masked_are_kept_aside_each_by_itself(session: Session) -> None:
    """Two letters and five digits are a number much more often than a plate of the forces."""
    a_city(session)
    lot = a_lot(session)
    wild = NOW - timedelta(days=400)
    long = "9" * 119
    several = ("TX00012", "PSAM1"), ("TX00022", "PSAM1"), ("187", "GD00012"), ("187", "GD00022")
    several += (long + "1", long + "1"), (long + "2", long + "1"), (long + "1", long + "2")
    for fee_fen, (number, terminal) in enumerate(several):
        told = _told(at=wild, transaction_id=number, terminal=terminal, fee_fen=fee_fen)
        assert _record(session, lot.id, told, PLATE).kind is OutcomeKind.QUARANTINED
    kept = doubtful.refused(session, [lot.id], None, 10)
    assert {(each.event_id, each.serial, each.fee_fen) for each in kept} == {
        (number, terminal, fee_fen) for fee_fen, (number, terminal) in enumerate(several)
    }
    rightly = _told(transaction_id="TX00022", fee_fen=1)
    assert _record(session, lot.id, rightly, PLATE).kind is OutcomeKind.NEW
    kept = doubtful.refused(session, [lot.id], None, 10)
    assert {each.fee_fen for each in kept} == {*range(len(several))} - {1}


def test_no_plate_stands_in_the_number_of_a_transaction(session: Session) -> None:
    a_city(session)
    lot = a_lot(session)
    named = "苏F7Z9Y8-20261122-1"
    for at in (NOW, NOW + timedelta(days=1)):
        for more in ({"transaction_id": named}, {"terminal": named}):
            outcome = _record(session, lot.id, _told(at=at, **more), PLATE)
            assert (outcome.kind, outcome.code) == (OutcomeKind.REFUSED, "holds_plate")
            assert [outcome.field] == list(more)
    assert doubtful.refused(session, [lot.id], None, 10) == []
    # One that was told before they were refused is masked where it is shown.
    _record(session, lot.id, _told(), PLATE)
    (before,) = session.scalars(select(Charge)).all()
    before.reference = named
    session.flush()
    shown = queries.charge(session, before.id)
    assert shown.reference == "苏F·7**Y8-20261122-1"
    quarantine(session, [Refusal("client:lot", "too_old", "k", event_id=named, lot_id=lot.id)], NOW)
    (refused,) = doubtful.refused(session, [lot.id], None, 10)
    assert refused.event_id == "苏F·7**Y8-20261122-1"


def test_money_whose_stay_was_taken_back_is_listed_apart(session: Session) -> None:
    a_city(session)
    lot = a_lot(session)
    key = {"plate_month": PLATE.month, "plate_hash": PLATE.value}
    visit = a_visit(session, lot.id, NOW - timedelta(hours=3), timedelta(hours=3), **key)
    _record(session, lot.id, _told(), PLATE)
    assert not queries.stranded_charges(session)
    visit.state = "voided"
    session.flush()
    assert [each.paid_fen for each in queries.stranded_charges(session, [lot.id])] == [900]
    assert not queries.stranded_charges(session, ["another"])
