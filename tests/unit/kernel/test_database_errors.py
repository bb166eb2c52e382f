"""Does an error of the database keep the rows to itself, wherever it is told?"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from parking.kernel.db.away import is_away
from parking.kernel.db.copying import copy_rows
from parking.kernel.db.driver import driver, driver_sql
from parking.kernel.db.engine import Sessions
from parking.kernel.jobs import JobRun
from parking.portals._http.i18n import init_i18n
from parking.portals._http.problems import init_problems
from tests.databases import Database
from tests.factories.city import NOW

MARKER = "苏F13812345678"
ROW = {"name": MARKER, "started_at": NOW, "runs": 1, "failures": 0}
INSERT = text("insert into job_runs (name, started_at, runs, failures) values (:name, :started_at, 1, 0)")
SELECT = text("select cast(:value as integer)")


def by_session(session: Session) -> None:
    session.execute(INSERT, ROW)


def by_driver(session: Session) -> None:
    with driver(session) as own:
        own.ask(driver_sql(INSERT), {"name": MARKER, "started_at": NOW})


def by_copy(session: Session) -> None:
    copy_rows(session, JobRun, [ROW])


def by_null(session: Session) -> None:
    session.execute(INSERT, ROW | {"name": f"{MARKER}-2", "started_at": None})


def by_value(session: Session) -> None:
    session.execute(SELECT, {"value": f'{MARKER}\nDETAIL: "{MARKER}'})


@pytest.mark.parametrize("fail", [by_session, by_driver, by_copy, by_null, by_value])
def test_no_log_page_or_traceback_quotes_a_row(
    session: Session, fail: Callable[[Session], None], caplog: pytest.LogCaptureFixture
) -> None:
    session.execute(INSERT, ROW)
    app = Flask("errors")
    init_i18n(app)
    init_problems(app)

    @app.get("/api/break")
    def broken() -> str:
        with session.begin_nested():
            fail(session)
        return "no error"

    with caplog.at_level(logging.ERROR):
        answered = app.test_client().get("/api/break")
    assert answered.status_code == 500
    [record] = [each for each in caplog.records if each.getMessage() == "unexpected"]
    problem = record.exc_info[1]
    assert isinstance(problem, DBAPIError)
    written = "".join(traceback.format_exception(problem))
    assert "job_runs" in written or fail is by_value
    for told in (answered.get_data(as_text=True), caplog.text, written, repr(problem.orig), repr(problem)):
        assert MARKER not in told and "1381234" not in told
    # Who has to know which rule was broken may still ask.
    assert (problem.orig.diag.constraint_name == "pk_job_runs") == (fail in (by_session, by_driver, by_copy))
    assert isinstance(problem, IntegrityError) == (fail is not by_value)


@pytest.mark.parametrize("fail", [by_session, by_driver, by_copy])
def test_a_connection_that_was_lost_is_told_as_lost(
    sessions: Sessions, database: Database, fail: Callable[[Session], None]
) -> None:
    with sessions() as session:
        pid = session.scalar(text("select pg_backend_pid()"))
        with database.engine.connect() as other:
            other.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        with pytest.raises(DBAPIError) as failed:
            fail(session)
        assert failed.value.connection_invalidated and is_away(failed.value)
