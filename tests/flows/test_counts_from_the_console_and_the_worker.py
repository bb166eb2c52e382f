"""A clerk sets and reads counts on the console; the worker's jobs tell the history and hand over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from parking.city.service import load_profile
from parking.entrypoints.cli import parking
from parking.kernel.actors import CLI, SYSTEM
from parking.kernel.db.changes import ChangeListener
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.errors import ParkingError
from parking.kernel.jobs import JobRun, run_job
from parking.kernel.vocabulary import SpaceClass
from parking.lots.queries import LotCard
from parking.occupancy import service
from parking.occupancy.jobs import jobs
from parking.occupancy.models import CountFact, HistorySlot
from parking.occupancy.queries import counter_views
from parking.occupancy.rules import CountInput
from tests.factories.city import NOW, SINCE, a_profile
from tests.factories.lots import a_lot


class StandingClock:
    """A clock that a test sets."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def lot(sessions) -> LotCard:
    with unit_of_work(sessions) as uow:
        load_profile(uow.session, CLI, a_profile(), NOW, since=SINCE)
        return a_lot(uow.session, spaces={SpaceClass.GENERAL: 50, SpaceClass.CHARGING: 8})


@pytest.fixture
def run(database):
    def asked(*words: str):
        return CliRunner().invoke(
            parking, ["counts", *words], env={"PARKING_DATABASE_URL": database.url, "LANG": "C.UTF-8"}
        )

    return asked


def test_a_count_set_on_the_console_is_shown_there(lot, run):
    done = run("set", lot.code, "general", "--free", "12", "--reason", "现场清点")
    assert done.exit_code == 0, done.output
    shown = run("show", lot.code)
    assert shown.exit_code == 0, shown.output
    rows = [line.split() for line in shown.output.splitlines()]
    assert [rows[1][:3], rows[1][4:]] == [["general", "50", "12"], ["live", "hand_set", "hand"]]
    # A class that nobody counted is unknown, which is neither full nor free.
    assert rows[2] == ["charging", "8", "unknown", "unknown"]


def test_a_count_that_cannot_be_is_refused_on_the_console(lot, run):
    refused = run("set", lot.code, "general", "--free", "51", "--reason", "现场清点")
    assert refused.exit_code != 0
    assert isinstance(refused.exception, ParkingError)
    assert [problem.field for problem in refused.exception.problems] == ["free"]
    assert run("set", lot.code, "general", "--free", "1").exit_code == 2
    assert run("set", "no-such-code", "general", "--free", "1", "--reason", "x").exit_code != 0


def test_the_jobs_tell_the_history_hand_over_and_drop_old_facts(sessions, lot):
    clock = StandingClock(datetime(2026, 11, 21, 1, 0, tzinfo=UTC))
    work = {job.name: job for job in jobs(sessions, clock)}
    assert {name: job.every_s for name, job in work.items()} == {
        "fold_history": 60,
        "hand_over_counters": 5,
        "prune_facts": 3600,
    }

    def tell(source, minutes_ago, free):
        as_of = clock.now() - timedelta(minutes=minutes_ago)
        counts = [CountInput(lot.id, SpaceClass.GENERAL, as_of, free=free)]
        with unit_of_work(sessions) as uow:
            service.record_counts(uow.session, SYSTEM, source, counts, clock.now())

    def believed():
        with sessions() as session:
            return [(view.source, view.value) for view in counter_views(session)]

    with unit_of_work(sessions) as uow:
        service.declare_source(uow.session, "first", {lot.id: 0}, 300, 900, clock.now())
        service.declare_source(uow.session, "second", {lot.id: 1}, 600, 900, clock.now())
    tell("first", 4, 20)
    tell("second", 1, 33)
    assert believed() == [("first", 20)]
    clock.at += timedelta(minutes=2)
    assert run_job(work["hand_over_counters"], sessions, clock) is None
    assert believed() == [("second", 33)]
    clock.at += timedelta(days=9)
    assert run_job(work["fold_history"], sessions, clock) is None
    tell("second", 1, 30)
    assert run_job(work["prune_facts"], sessions, clock) is None
    with sessions() as session:
        # As far back as the facts are kept, a slot each quarter of an hour.
        assert session.scalar(select(func.count()).select_from(HistorySlot)) == 7 * 96
        assert session.scalar(select(func.count()).select_from(CountFact)) == 3
        assert set(session.scalars(select(JobRun.failures))) == {0}


def test_those_who_follow_the_counts_hear_of_each_change_and_of_nothing_else(database, sessions, lot):
    listener = ChangeListener(database.url)
    now = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
    for minute in (0, 0, 1):
        as_of = now + timedelta(minutes=minute)
        with unit_of_work(sessions) as uow:
            counts = [CountInput(lot.id, SpaceClass.GENERAL, as_of, free=7)]
            service.record_counts(uow.session, SYSTEM, "feed", counts, as_of)
    heard = [change for change in listener.changes(timeout_s=0.2) if change[0] == "counts"]
    listener.close()
    assert heard == [("counts", frozenset({lot.id}))] * 2
