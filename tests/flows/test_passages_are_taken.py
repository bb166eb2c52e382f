"""What gates tell is durable and counted once, whatever is repeated, late, voided or wrong."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread, get_ident

import pytest
from sqlalchemy import func, select, text

from parking.boundary.gates import CountTold, UndoTold
from parking.kernel.actors import CLI
from parking.kernel.clock import SystemClock
from parking.kernel.db.engine import make_engine, make_sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import Direction, SpaceClass
from parking.lots import service as lots
from parking.lots.queries.gate_books import GateBooks
from parking.occupancy import service as occupancy
from parking.occupancy.models import CounterState, PassageFact
from parking.plates.service import PlateKeys
from parking.visits.models import Passage, Quarantined
from parking.visits.rules.outcomes import OutcomeKind
from parking.visits.service import intake as intake_module
from parking.visits.service.intake import Intake
from parking.visits.service.quarantine import MOST_OF_ORIGIN, Refusal, quarantine
from tests.factories.city import a_city
from tests.factories.devices import SEALER, a_client, a_device, a_gate_lot
from tests.factories.gateway import Caller, a_gateway
from tests.factories.lots import a_lot
from tests.factories.passages import told

CLOCK = SystemClock()
PLATE = "苏F12345"


@pytest.fixture
def gates(sessions):
    """A lot with a camera that counts in, a client that counts out, and a hand-set 0."""
    now = CLOCK.now()
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        lot = a_gate_lot(uow.session)
        camera = a_device(uow.session, lot_id=lot.id, lane_id=lot.entry_lane_id)
        client = a_client(uow.session, [lot.id])
        lots.set_counting_source(uow.session, CLI, lot.exit_lane_id, client.source, now)
    with unit_of_work(sessions) as uow:
        occupancy.set_count_by_hand(
            uow.session,
            CLI,
            lot.id,
            SpaceClass.GENERAL,
            now - timedelta(hours=1),
            reason="夜间清点",
            occupied=0,
        )
    return Gates(sessions, lot, camera, client)


class Gates:
    def __init__(self, sessions, lot, camera, client):
        self.sessions, self.lot = sessions, lot
        self.now = CLOCK.now()
        books = GateBooks(sessions, SEALER, CLOCK)
        self.intake = Intake(sessions, CLOCK, books, PlateKeys(sessions, SEALER, CLOCK))
        self.camera = books.now().device_by_id(camera.id)
        self.told_client = client
        self.client = books.now().client(client.id)

    def take(self, *crossings, teller=None):
        return self.intake.take(teller or self.camera, crossings, self.now)

    def occupied(self):
        with self.sessions() as session:
            return session.scalar(select(CounterState.value).where(CounterState.lot_id == self.lot.id))

    def rows(self, model=Passage):
        with self.sessions() as session:
            return session.scalars(select(model)).all()


def test_a_passage_told_twice_is_one_passage(gates):
    one = told(gates.now, plate=PLATE)
    first, again = gates.take(one, one)
    (later,) = gates.take(one)
    assert (first.kind, again.kind, later.kind) == (
        OutcomeKind.NEW,
        OutcomeKind.REPEATED,
        OutcomeKind.REPEATED,
    )
    assert first.counted and again.counted and later.counted
    assert gates.occupied() == 1


def test_without_an_event_id_the_same_crossing_is_still_one(gates):
    crossing = told(gates.now, plate=PLATE, event_id=None)
    outcomes = gates.take(crossing, replace(crossing, plate="苏F99999"), crossing)
    assert [one.kind for one in outcomes] == [OutcomeKind.NEW, OutcomeKind.NEW, OutcomeKind.REPEATED]
    assert gates.occupied() == 2


def test_a_device_s_id_that_is_made_of_a_plate_is_replaced(gates):
    crossing = told(gates.now, plate=PLATE, event_id=f"{PLATE}-1", stay_id=f"{PLATE}-1")
    # Read better, and by a clock that was set meanwhile.
    corrected = replace(crossing, plate="苏F99999", at=crossing.at + timedelta(seconds=0.5))
    outcomes = gates.take(crossing, replace(crossing, resent=True), corrected)
    assert [(one.kind, one.counted) for one in outcomes] == [
        (OutcomeKind.NEW, True),
        (OutcomeKind.REPEATED, True),
        (OutcomeKind.REPEATED, True),
    ]
    (row,) = gates.rows()
    assert PLATE not in row.event_id and row.stay_id is None
    undo = UndoTold(gates.now, plate=PLATE, event_id=f"{PLATE}-1")
    assert gates.intake.undo(gates.camera, undo, gates.now).kind is OutcomeKind.NEW
    assert gates.occupied() == 0


def test_what_a_device_tells_under_the_id_of_another_crossing_is_kept_aside(gates):
    """Its numbers began anew, or it was moved: whoever sends on until acknowledged is acknowledged."""
    crossing = told(gates.now - timedelta(minutes=40), plate=PLATE)
    gates.take(crossing)
    (outcome,) = gates.take(replace(crossing, at=gates.now))
    assert (outcome.kind, outcome.code, outcome.counted) == (
        OutcomeKind.QUARANTINED,
        "event_id_reused",
        False,
    )
    (kept,) = gates.rows(Quarantined)
    assert (kept.reason, kept.event_id, kept.lot_id) == ("event_id_reused", crossing.event_id, gates.lot.id)
    assert gates.occupied() == 1


def test_a_plate_is_hashed_sealed_and_masked_and_stands_nowhere(gates, caplog):
    gates.take(told(gates.now, plate=PLATE, event_id=None))
    (row,) = gates.rows()
    assert row.plate_masked == "苏F·1**45" and len(row.plate_hash) == 16 and row.plate_kind == "ordinary"
    texts = [str(value) for value in vars(row).values()] + [caplog.text]
    assert not any(PLATE in text or PLATE[1:] in text for text in texts)


def test_a_lane_leads_the_way_it_leads(gates):
    gates.take(told(gates.now, Direction.EXIT), told(gates.now, None))
    assert [row.direction for row in gates.rows()] == ["entry", "entry"]
    assert gates.occupied() == 2


def test_a_second_source_of_a_lane_is_evidence(gates):
    (outcome,) = gates.take(
        told(gates.now, lot_key=gates.lot.lot.code, lane_key="入口1"), teller=gates.client
    )
    assert (outcome.kind, outcome.counted) == (OutcomeKind.NEW, False)
    # A lane that nobody registered counts only where no lane of the lot has a source.
    (outcome,) = gates.take(told(gates.now, lot_key=gates.lot.id), teller=gates.client)
    assert not outcome.counted
    assert len(gates.rows()) == 2 and gates.rows(PassageFact) == []


def test_a_client_that_misspells_a_lane_is_told(gates):
    lane = told(gates.now, lot_key=gates.lot.lot.code, lane_key="入口9")
    (outcome,) = gates.take(lane, teller=gates.client)
    assert (outcome.kind, outcome.code, outcome.field) == (OutcomeKind.REFUSED, "unknown_lane", "lane")
    assert gates.rows() == []


def test_of_two_that_speak_for_a_whole_lot_one_counts(gates):
    """A lot without lanes: the client that was granted it first counts, a second one is evidence."""
    with unit_of_work(gates.sessions) as uow:
        bare = a_lot(uow.session)
        first = a_client(uow.session, [bare.id], now=gates.now - timedelta(days=9))
        second = a_client(uow.session, [bare.id], now=gates.now)
    book = GateBooks(gates.sessions, SEALER, CLOCK).now()
    intake = Intake(
        gates.sessions,
        CLOCK,
        GateBooks(gates.sessions, SEALER, CLOCK),
        PlateKeys(gates.sessions, SEALER, CLOCK),
    )
    crossing = told(gates.now, Direction.ENTRY, plate=PLATE, lot_key=bare.id)
    counted = [
        intake.take(book.client(each.id), [crossing], gates.now)[0].counted for each in (second, first)
    ]
    assert counted == [False, True]
    assert len(gates.rows(PassageFact)) == 1


def test_what_is_out_of_time_is_kept_aside_and_what_is_late_is_taken(gates):
    old, ahead = timedelta(days=7, seconds=1), timedelta(minutes=2, seconds=1)
    late = told(gates.now - timedelta(minutes=50))
    outcomes = gates.take(told(gates.now - old), told(gates.now + ahead), late)
    assert [one.code for one in outcomes] == ["too_old", "clock_ahead", None]
    (row,) = gates.rows()
    assert row.late and gates.occupied() == 1
    wild = told(gates.now.replace(year=2038), event_id=None, plate=PLATE)
    assert [one.code for one in gates.take(wild, wild)] == ["clock_ahead", "clock_ahead"]
    kept = {row.reason: row.times for row in gates.rows(Quarantined) if row.at.year == 2038}
    assert kept == {"clock_ahead": 2}


def test_a_client_is_told_what_to_mend_and_a_device_is_kept_aside(gates):
    strange = {"lot_key": "nobody's", "plate": PLATE}
    bad = [told(gates.now, **strange), told(gates.now, None, lot_key=gates.lot.id)]
    bad.append(told(gates.now, lot_key=gates.lot.id, event_id="a\nb"))
    outcomes = gates.take(*bad, told(gates.now, lot_key=gates.lot.id), teller=gates.client)
    assert [one.code for one in outcomes] == ["unknown_lot", "direction_missing", "bad_event_id", None]
    assert gates.rows(Quarantined) == [] and len(gates.rows()) == 1
    (outcome,) = gates.take(told(gates.now, event_id="x" * 400))
    assert (outcome.kind, outcome.code) == (OutcomeKind.QUARANTINED, "bad_event_id")
    (kept,) = gates.rows(Quarantined)
    assert len(kept.key) <= 200


def test_a_void_takes_a_passage_back_in_either_order(gates):
    one, two = told(gates.now), told(gates.now)
    gates.take(one)
    assert gates.intake.void(gates.camera, one.event_id, "误报", gates.now).kind is OutcomeKind.NEW
    assert gates.intake.void(gates.camera, one.event_id, "误报", gates.now).kind is OutcomeKind.REPEATED
    gates.intake.void(gates.camera, two.event_id, "误报", gates.now)
    first, second = gates.take(one, two)
    assert (first.kind, second.kind) == (OutcomeKind.REPEATED, OutcomeKind.NEW)
    assert not first.counted and not second.counted
    assert gates.occupied() == 0
    assert all(row.voided_at and not row.paired_at and not row.undone for row in gates.rows())


def test_an_undo_told_again_leaves_the_crossing_before_alone(gates):
    gates.take(told(gates.now - timedelta(minutes=5), plate=PLATE), told(gates.now, plate=PLATE))
    undo = UndoTold(gates.now, plate=PLATE)
    assert gates.intake.undo(gates.camera, undo, gates.now).kind is OutcomeKind.NEW
    assert gates.intake.undo(gates.camera, undo, gates.now).kind is OutcomeKind.REPEATED
    assert gates.occupied() == 1
    nobody = gates.intake.undo(gates.camera, UndoTold(gates.now, plate="苏F00000"), gates.now)
    assert (nobody.kind, nobody.code) == (OutcomeKind.QUARANTINED, "nothing_to_undo")


def test_an_undo_takes_back_one_crossing_however_late_it_is_told_again(gates):
    at = gates.now - timedelta(minutes=5)
    undo = UndoTold(at + timedelta(seconds=10), plate=PLATE)
    gates.take(told(at - timedelta(minutes=10), plate=PLATE), told(at, plate=PLATE))
    kinds = [gates.intake.undo(gates.camera, undo, gates.now).kind]
    # One vehicle, which came in after all, and one crossing that reached us late.
    for after in (timedelta(minutes=1), timedelta(seconds=5)):
        gates.take(told(at + after, plate=PLATE))
        kinds.append(gates.intake.undo(gates.camera, undo, gates.now).kind)
    assert kinds == [OutcomeKind.NEW, OutcomeKind.REPEATED, OutcomeKind.REPEATED]
    assert gates.occupied() == 3


def test_an_undo_takes_nothing_back_that_came_after_it(gates):
    gates.take(told(gates.now, plate=PLATE))
    early = UndoTold(gates.now - timedelta(seconds=1), plate=PLATE)
    assert gates.intake.undo(gates.camera, early, gates.now).code == "nothing_to_undo"
    assert gates.occupied() == 1


def test_a_count_told_along_starts_the_counter_anew(gates):
    gates.take(told(gates.now))
    counts = [CountTold(gates.now, free=40), CountTold(gates.now, free=-1), CountTold(gates.now, free=40)]
    outcomes = gates.intake.count(gates.camera, counts, gates.now)
    assert [one.kind.value for one in outcomes] == ["new", "quarantined", "repeated"]
    # A person's count of an hour ago is not fresh any more.
    assert gates.occupied() == 40


def test_the_count_that_comes_along_with_a_crossing_told_again_is_repeated(gates):
    """A cloud sends the crossing until it is answered, each time with the spaces that are free by then."""
    for number, free in enumerate((50, 50, 49)):
        gates.take(told(gates.now, event_id="s1"))
        (outcome,) = gates.intake.count(
            gates.camera, [CountTold(gates.now, event_id="s1", free=free)], gates.now
        )
        assert outcome.kind is (OutcomeKind.REPEATED if number else OutcomeKind.NEW)
    assert gates.rows(Quarantined) == []


def test_what_a_sandbox_tells_is_judged_and_not_kept(gates):
    sandbox = replace(gates.client, sandbox=True)
    good, bad = gates.take(told(gates.now, lot_key=gates.lot.id), told(gates.now), teller=sandbox)
    assert (good.kind, good.counted, bad.code) == (OutcomeKind.NEW, False, "unknown_lot")
    assert gates.rows() == []


def test_many_threads_share_commits_and_each_gets_its_own_answer(gates):
    outcomes = {}

    def post(number):
        crossing = told(gates.now, event_id=f"thread-{number % 40}")
        outcomes[number] = gates.take(crossing)[0]

    threads = [Thread(target=post, args=(number,)) for number in range(80)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(outcomes[number].event_id == f"thread-{number % 40}" for number in range(80))
    assert sum(one.kind is OutcomeKind.NEW for one in outcomes.values()) == gates.occupied() == 40


def test_a_full_queue_answers_503_with_retry_after(gates, sessions, monkeypatch):
    monkeypatch.setattr(intake_module, "MOST_WAITING", 1)
    app = a_gateway(sessions)
    answers = []

    def post():
        caller = Caller(app.test_client(), gates.told_client)
        passage = {"event_id": f"full-{len(answers)}-{get_ident()}", "at": CLOCK.now().isoformat()}
        answers.append(caller.post("/passages", passage | {"lot": gates.lot.id, "lane": "出口1"}))

    commits = app.extensions["parking"].intake._passages
    with sessions() as holder:
        holder.execute(select(CounterState).with_for_update())
        threads = [Thread(target=post) for _ in range(2)]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 8
        while not commits._waits and time.monotonic() < until:
            time.sleep(0.01)
        post()
        assert answers[0].status_code == 503 and answers[0].json["code"] == "too_busy"
        assert answers[0].headers["Retry-After"] == "1"
        holder.rollback()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [503, 200, 200]
    assert gates.occupied() == -2


def test_quarantine_is_bounded(sessions, gates):
    now = gates.now
    for start in (0, MOST_OF_ORIGIN):
        with unit_of_work(sessions) as uow:
            numbers = range(start, start + MOST_OF_ORIGIN)
            quarantine(uow.session, [Refusal("device:x", "too_old", str(n)) for n in numbers], now)
    with unit_of_work(sessions) as uow:
        quarantine(uow.session, [Refusal("device:y", "too_old", "\x00\ud800")], now)
    with sessions() as session:
        counted = dict(
            session.execute(select(Quarantined.origin, func.count()).group_by(Quarantined.origin)).all()
        )
        more = session.scalar(select(Quarantined.times).where(Quarantined.key == "…"))
    assert counted == {"device:x": MOST_OF_ORIGIN + 1, "device:y": 1} and more == MOST_OF_ORIGIN


def test_no_time_is_kept_that_no_page_can_show(sessions, gates):
    told = [datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC), gates.now]
    with unit_of_work(sessions) as uow:
        aside = [Refusal("device:x", "clock_ahead", str(n), at=at) for n, at in enumerate(told)]
        quarantine(uow.session, aside, gates.now)
    with sessions() as session:
        kept = session.scalars(select(Quarantined.at).order_by(Quarantined.key)).all()
    assert kept == [None, None, gates.now]


def test_connections_that_died_while_they_lay_idle_are_made_anew(gates, database):
    engine = make_engine(database.url, ping=False)
    storing = make_sessions(engine)
    idle = [storing() for _ in range(3)]
    for each in idle:
        each.execute(text("select 1"))
    for each in idle:
        each.close()
    books = GateBooks(gates.sessions, SEALER, CLOCK)
    intake = Intake(storing, CLOCK, books, PlateKeys(gates.sessions, SEALER, CLOCK))
    with gates.sessions() as session:
        session.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
                " and datname = current_database() and state = 'idle'"
            )
        )
    (outcome,) = intake.take(gates.camera, [told(gates.now, event_id="after")], gates.now)
    assert outcome.kind is OutcomeKind.NEW and gates.occupied() == 1
    engine.dispose()
