"""Is a server that hangs given up, whatever it was asked, and is it waited for while it works?"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from parking.kernel.db import silence
from parking.kernel.db.copying import copy_rows
from parking.kernel.db.driver import alone, driver_sql, together
from parking.kernel.db.engine import Sessions, make_engine, make_sessions
from parking.kernel.db.silence import bear_silence
from parking.kernel.jobs import JobRun
from tests.databases import Database
from tests.factories.city import NOW

LENGTH = text("select length(cast(:word as text))")
LENGTH_BY_TRIP = driver_sql(LENGTH)
# More than fits into what lies between the two: it waits already while it is sent.
MUCH = "x" * 30_000_000


def asked(session: Session) -> None:
    session.execute(LENGTH, {"word": "x"})


def told_much(session: Session) -> None:
    session.execute(LENGTH, {"word": MUCH})


def told_much_by_trip(session: Session) -> None:
    with together(session) as own:
        own.ask(LENGTH_BY_TRIP, {"word": MUCH})


def copied(session: Session) -> None:
    copy_rows(session, JobRun, [{"name": "x", "started_at": NOW, "runs": 1, "failures": 0}])


def committed(session: Session) -> None:
    session.commit()


@pytest.fixture(params=[True, False], ids=["storing", "ordinary"])
def own(request: pytest.FixtureRequest, database: Database) -> Iterator[Sessions]:
    engine = make_engine(database.url, pool_size=1, trips=request.param)
    yield make_sessions(engine)
    engine.dispose()


@contextmanager
def given_up() -> Iterator[pytest.ExceptionInfo[OperationalError]]:
    """Long before a server would be given up that only has much to do."""
    silent = pytest.raises(OperationalError, match="said nothing")
    with pytest.MonkeyPatch.context() as patch, silent as failed:
        patch.setattr(silence, "SILENT_AFTER_S", 0.3)
        yield failed


@contextmanager
def hanging(session: Session) -> Iterator[None]:
    """Its server takes nothing and says nothing; the system still acknowledges what comes."""
    pid = session.scalar(text("select pg_backend_pid()"))
    try:
        os.kill(pid, signal.SIGSTOP)
    except (ProcessLookupError, PermissionError):
        pytest.skip("the server is not one of this machine and user")
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("ask", [asked, told_much, told_much_by_trip, copied, committed])
def test_a_server_that_hangs_is_given_up(own: Sessions, ask: Callable[[Session], None]) -> None:
    with own() as session, hanging(session):
        with given_up() as failed:
            ask(session)
        assert failed.value.connection_invalidated
        session.rollback()
        # Another connection is made, whose server hears.
        asked(session)


def test_what_goes_alone_is_given_up_too(own: Sessions) -> None:
    asleep = driver_sql(text("select pg_sleep(25)"))
    with own() as session:
        with given_up(), alone(session) as trip:
            trip.ask(asleep, {})
        asked(session)
        session.execute(
            # It does not know yet that nobody listens.
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and wait_event = 'PgSleep'"
            )
        )


def test_who_may_take_longer_is_waited_for(own: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    with own() as session:
        bear_silence(session.connection(), 60)
        monkeypatch.setattr(silence, "SILENT_AFTER_S", 0.3)
        session.execute(text("select pg_sleep(1)"))
