"""Is what a transaction says last kept with its commit, and nothing of it where it cannot be said?"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from parking.kernel.db.driver import driver_sql, ending_together, say_last
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work

SAY = driver_sql(text("insert into said (word) values (:word)"))
RETURNING = driver_sql(text("insert into said (word) values (:word) returning word"))
DIVIDE = driver_sql(text("insert into said (word) select cast(1 / cast(:by as integer) as text)"))


@pytest.fixture(autouse=True)
def table(sessions: Sessions) -> Iterator[None]:
    with sessions.begin() as session:
        session.execute(text("create table said (word text)"))
    yield
    with sessions.begin() as session:
        session.execute(text("drop table said"))


def said(sessions: Sessions) -> list[str]:
    with sessions() as session:
        return list(session.scalars(text("select word from said order by word")))


def test_what_is_said_last_is_committed_with_the_rest(sessions: Sessions) -> None:
    with unit_of_work(sessions) as uow, ending_together(uow.session):
        last = say_last(uow.session, SAY, {"word": "b"})
        uow.session.execute(text("insert into said values ('a')"))
        # Not asked yet.
        assert uow.session.scalar(text("select count(*) from said")) == 1
    assert said(sessions) == ["a", "b"]
    assert last.rows == []


def test_what_is_said_last_is_answered_once_it_is_kept(sessions: Sessions) -> None:
    with unit_of_work(sessions) as uow, ending_together(uow.session):
        last = say_last(uow.session, RETURNING, {"word": "b"})
        with pytest.raises(AssertionError):
            assert last.rows
    assert [row.word for row in last.rows] == said(sessions) == ["b"]


def test_nothing_is_kept_where_the_last_cannot_be_said(sessions: Sessions) -> None:
    divided = pytest.raises(DBAPIError, match="division")
    with divided, unit_of_work(sessions) as uow, ending_together(uow.session):
        uow.session.execute(text("insert into said values ('a')"))
        say_last(uow.session, DIVIDE, {"by": 0})
    assert said(sessions) == []


def test_a_block_that_fails_says_nothing_more(sessions: Sessions) -> None:
    with pytest.raises(ZeroDivisionError), unit_of_work(sessions) as uow, ending_together(uow.session):
        say_last(uow.session, SAY, {"word": "b"})
        raise ZeroDivisionError
    assert said(sessions) == []


def test_elsewhere_the_last_is_said_at_once(sessions: Sessions) -> None:
    with unit_of_work(sessions) as uow:
        assert [row.word for row in say_last(uow.session, RETURNING, {"word": "a"}).rows] == ["a"]
    assert said(sessions) == ["a"]


def test_what_is_done_before_the_commit_is_kept_with_it_or_not_at_all(sessions: Sessions) -> None:
    def write(session: Session) -> None:
        session.execute(text("insert into said values ('c')"))

    def fail(session: Session) -> None:
        write(session)
        raise ZeroDivisionError

    for before, kept in ((fail, []), (write, ["b", "c"])):
        with contextlib.suppress(ZeroDivisionError), unit_of_work(sessions) as uow:
            event.listen(uow.session, "before_commit", before, once=True)
            with ending_together(uow.session):
                say_last(uow.session, SAY, {"word": "b"})
        assert said(sessions) == kept
