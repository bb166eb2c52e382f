"""What gates tell becomes visits in the worker, whatever comes twice, late, undone or broken beside it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from parking.boundary.gates import UndoTold
from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import Direction, StayKind
from parking.lots.queries import GateBooks
from parking.plates.rules import read_plate
from parking.plates.service import PlateKeys
from parking.sharing.queries.passes import allow_list
from parking.sharing.rules.passes import PassAsked
from parking.sharing.service import passes as sharing
from parking.visits.jobs.pairing import pairing_jobs
from parking.visits.models import PairingFailure, Passage, Visit
from parking.visits.queries.visits import months_needed, open_visit
from parking.visits.rules.pairing import Doubt
from parking.visits.service import forgetting, tracks
from parking.visits.service.intake import Intake
from parking.visits.service.pairing import pair_waiting
from tests.factories.city import a_city
from tests.factories.devices import SEALER, a_device, a_gate_lot
from tests.factories.lookup import SetClock
from tests.factories.passages import told

PLATE, OTHER = "苏F12345", "苏F54321"
# The last evening of a month in the city.
BEFORE_MIDNIGHT = datetime(2026, 10, 31, 15, 0, tzinfo=UTC)


@dataclass
class Gate:
    """A lot with a camera at each lane, and the parts that read them."""

    sessions: object
    clock: SetClock
    keys: PlateKeys
    intake: Intake
    lot_id: str
    cameras: dict

    def cross(self, direction: Direction, plate: str | None = PLATE, *, at: datetime | None = None, **more):
        crossing = told(at or self.clock.now(), direction, plate=plate, **more)
        (outcome,) = self.intake.take(self.cameras[direction], [crossing], self.clock.now())
        return outcome

    def pair(self) -> None:
        while pair_waiting(self.sessions, self.keys, self.clock):
            pass

    def visits(self) -> list[Visit]:
        with self.sessions() as session:
            return list(session.scalars(select(Visit).order_by(Visit.seen_at, Visit.id)))


@pytest.fixture
def gate(sessions):
    clock = SetClock(BEFORE_MIDNIGHT)
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        lot = a_gate_lot(uow.session, now=clock.now())
        entry = a_device(uow.session, lot_id=lot.id, lane_id=lot.entry_lane_id, now=clock.now())
        leaving = a_device(uow.session, lot_id=lot.id, lane_id=lot.exit_lane_id, now=clock.now())
    books, keys = GateBooks(sessions, SEALER, clock), PlateKeys(sessions, SEALER, clock)
    cameras = {
        Direction.ENTRY: books.now().device_by_id(entry.id),
        Direction.EXIT: books.now().device_by_id(leaving.id),
    }
    intake = Intake(sessions, clock, books, keys)
    return Gate(sessions, clock, keys, intake, lot.id, cameras)


def test_an_exit_of_the_next_month_ends_the_visit_of_this_one(gate) -> None:
    gate.cross(Direction.ENTRY)
    gate.pair()
    with gate.sessions() as session:
        asked = gate.keys.hashes_since(read_plate(PLATE), BEFORE_MIDNIGHT, BEFORE_MIDNIGHT)
        inside = open_visit(session, gate.lot_id, asked)
        assert inside and inside.plate_masked == "苏F·1**45" and PLATE not in repr(inside)
        assert open_visit(session, "another lot", asked) is None
        assert months_needed(session, gate.clock.now()) == {BEFORE_MIDNIGHT.date().replace(day=1)}
    gate.clock.forward(hours=20)
    gate.cross(Direction.EXIT)
    gate.pair()
    (visit,) = gate.visits()
    assert (visit.id, visit.state, visit.doubt) == (inside.id, "closed", None)
    assert visit.exited_at - visit.entered_at == timedelta(hours=20)
    # It may owe something, so its plate can still be read, and nowhere else.
    assert gate.keys.open(visit.plate_sealed) == PLATE
    with gate.sessions() as session:
        assert not session.scalars(select(Passage).where(Passage.plate_sealed.is_not(None))).all()


def test_a_car_that_backed_out_was_never_inside(gate) -> None:
    gate.cross(Direction.ENTRY)
    gate.pair()
    undo = UndoTold(gate.clock.now() + timedelta(seconds=20), plate=PLATE)
    gate.clock.forward(seconds=30)
    gate.intake.undo(gate.cameras[Direction.ENTRY], undo, gate.clock.now())
    gate.pair()
    (visit,) = gate.visits()
    assert (visit.state, visit.doubt, visit.plate_sealed) == ("closed", Doubt.BACKED_OUT, None)


def test_a_passage_that_cannot_be_paired_holds_up_no_other(gate, monkeypatch) -> None:
    hashes = tracks._hashes
    bad = gate.cross(Direction.ENTRY, OTHER, event_id="bad")

    def broken(row, *rest):
        if row.event_id == bad.event_id:
            raise RuntimeError("苏F54321 is said in no table")
        return hashes(row, *rest)

    monkeypatch.setattr(tracks, "_hashes", broken)
    gate.cross(Direction.ENTRY)
    gate.pair()
    assert [visit.plate_masked for visit in gate.visits()] == ["苏F·1**45"]
    with gate.sessions() as session:
        (aside,) = session.scalars(select(PairingFailure))
        assert (aside.event_id, aside.error, aside.tries) == ("bad", "RuntimeError", 1)
    monkeypatch.undo()
    gate.pair()
    assert len(gate.visits()) == 1
    gate.clock.forward(minutes=2)
    gate.pair()
    assert len(gate.visits()) == 2
    with gate.sessions() as session:
        assert not session.scalars(select(PairingFailure)).all()


def test_several_workers_pair_each_passage_once(gate) -> None:
    for number in range(40):
        at = BEFORE_MIDNIGHT + timedelta(seconds=number)
        gate.clock.at = at
        gate.cross(Direction.ENTRY, f"苏F{10000 + number % 20}", at=at)
        gate.cross(Direction.EXIT, f"苏F{10000 + number % 20}", at=at + timedelta(milliseconds=500))
    workers = [
        pairing_jobs(gate.sessions, gate.clock, PlateKeys(gate.sessions, SEALER, gate.clock))[0]
        for _ in range(3)
    ]
    with ThreadPoolExecutor(3) as threads:
        for run in [threads.submit(job.run) for job in workers for _ in range(2)]:
            run.result()
    gate.pair()
    visits = gate.visits()
    assert len(visits) == 40
    assert {visit.doubt for visit in visits} == {None}


def test_a_pass_makes_the_stay_shared_and_stands_on_the_lots_list_only(gate) -> None:
    now = gate.clock.now()
    asked = PassAsked(gate.lot_id, "苏 f·12345", now, now + timedelta(days=2), "施工单位进场")
    with unit_of_work(gate.sessions) as uow:
        granted = sharing.grant_pass(uow.session, CLI, gate.keys, asked, now)
    with gate.sessions() as session:
        (entry,) = allow_list(session, gate.lot_id, 0, 10, now).entries
        assert gate.keys.open(entry.plate_sealed) == PLATE
        assert granted.plate_masked == "苏F·1**45" and PLATE not in repr((asked, granted, entry))
        assert not allow_list(session, "another lot", 0, 10, now).entries
    # In the next month, under another key.
    gate.clock.forward(hours=20)
    gate.cross(Direction.ENTRY)
    gate.cross(Direction.ENTRY, OTHER)
    gate.pair()
    assert {v.plate_masked: v.stay for v in gate.visits()} == {
        "苏F·1**45": StayKind.SHARED,
        "苏F·5**21": StayKind.CASUAL,
    }


def test_what_is_over_is_closed_unsealed_and_forgotten_in_time(gate) -> None:
    gate.cross(Direction.ENTRY)
    gate.cross(Direction.ENTRY, OTHER)
    gate.clock.forward(hours=1)
    gate.cross(Direction.EXIT, OTHER)
    gate.pair()
    close, forget = (job.run for job in pairing_jobs(gate.sessions, gate.clock, gate.keys)[1:])
    gate.clock.forward(days=29)
    close()
    assert [visit.state for visit in gate.visits()].count("open") == 1
    gate.clock.forward(days=2)
    close()
    forget()
    ghost = next(visit for visit in gate.visits() if visit.exited_at is None)
    assert (ghost.state, ghost.doubt, ghost.settled_by) == ("closed", Doubt.TOO_LONG, "rule")
    assert not any(visit.plate_sealed for visit in gate.visits())
    # The exit still ends it, by the keys that are alive.
    gate.cross(Direction.EXIT)
    gate.pair()
    (long,) = [visit for visit in gate.visits() if visit.doubt]
    assert (long.id, long.doubt, long.exited_at) == (ghost.id, Doubt.TOO_LONG, gate.clock.now())
    gate.clock.forward(days=181)
    forget()
    with gate.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Passage)) == 0
    assert all(
        (visit.plate_hash, visit.plate_masked, visit.stay_id) == (None, None, None) for visit in gate.visits()
    )
    assert len(gate.visits()) == 2


def test_no_lot_is_left_out_of_forgetting(gate) -> None:
    gate.cross(Direction.ENTRY)
    with gate.sessions() as session:
        assert forgetting.lots_with_passages(session) == [gate.lot_id]
