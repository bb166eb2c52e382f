"""Do statements that go together come back as if each had been asked alone, whatever happens on the way?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from parking.kernel.db.driver import PREPARED_IN_VAIN, alone, driver, driver_sql, say_now, together
from parking.kernel.db.engine import Sessions, make_engine, make_sessions
from tests.databases import Database

ADD = driver_sql(text("insert into told (number, word) values (:number, :word)"))
ALL = driver_sql(text("select number, word from told order by number"))
ECHO = driver_sql(text("select :word as word, cast(:at as timestamptz) as at, :word || '!' as again"))
MANY = driver_sql(text("select repeat(:word, 1000) as word from generate_series(1, :number)"))
PREPARED = text("select count(*) from pg_prepared_statements where name like 'trip_%'")


@pytest.fixture(params=[True, False], ids=["only trips prepare", "the driver prepares too"])
def own(request: pytest.FixtureRequest, database: Database) -> Iterator[Sessions]:
    engine = make_engine(database.url, pool_size=1, trips=request.param)
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        session.execute(text("create table told (number integer primary key, word text)"))
    yield sessions
    with sessions.begin() as session:
        session.execute(text("drop table told"))
    engine.dispose()


def test_each_answer_has_its_own_rows_with_names(own: Sessions) -> None:
    at = datetime(2026, 11, 22, 4, 5, tzinfo=UTC)
    with own.begin() as session, together(session) as asked:
        added = asked.ask(ADD, {"number": 1, "word": "苏"})
        every = asked.ask(ALL, {})
        echo = asked.ask(ECHO, {"word": "'%s $1", "at": at, "nobody": "asks for it"})
        with pytest.raises(AssertionError, match="not before"):
            assert every.rows
    assert added.rows == []
    assert [(row.number, row.word) for row in every] == [(1, "苏")]
    [row] = echo.rows
    assert (row.word, row.at, row.again) == ("'%s $1", at, "'%s $1!")


def test_the_first_that_fails_ends_the_trip_and_undoes_it(own: Sessions) -> None:
    with own() as session:
        with pytest.raises(DBAPIError, match="duplicate key") as failed, together(session) as asked:
            asked.ask(ADD, {"number": 1, "word": "a"})
            asked.ask(ADD, {"number": 1, "word": "b"})
            asked.ask(ADD, {"number": 2, "word": "c"})
        assert not failed.value.connection_invalidated
        session.rollback()
        with driver(session) as asked:
            assert asked.ask(ALL, {}).rows == []


def test_statements_go_on_after_rollbacks_and_a_changed_table(own: Sessions) -> None:
    for number in range(8):
        with own() as session:
            say_now(session, ADD, {"number": number, "word": None})
            # So often that the driver would have it prepared by now.
            session.execute(text("insert into told values (:number, 'x')"), {"number": 100 + number})
            if number % 3 == 2:
                session.rollback()
            else:
                session.commit()
    with own.begin() as session:
        session.execute(text("alter table told add column more text"))
        say_now(session, ADD, {"number": 8, "word": None})
    with own() as session, driver(session) as asked:
        assert [row.number for row in asked.ask(ALL, {}) if row.number < 100] == [0, 1, 3, 4, 6, 7, 8]


EVERY = driver_sql(text("select * from told"))
SPOILT = {
    "returns more": "alter table told add column more text",
    "was thrown away": "deallocate all",
}


@pytest.mark.parametrize("how", SPOILT.values(), ids=SPOILT)
def test_what_was_prepared_in_vain_is_prepared_anew(own: Sessions, how: str) -> None:
    with own.begin() as session:
        say_now(session, ADD, {"number": 1, "word": "x"})
        with driver(session) as asked:
            asked.ask(EVERY, {})
    with own.begin() as session:
        session.execute(text(how))
    failed = []
    for _ in range(2):
        with own() as session:
            try:
                with driver(session) as asked:
                    assert [row.number for row in asked.ask(EVERY, {})] == [1]
            except DBAPIError as problem:
                failed.append(problem.orig.sqlstate)
    # Once at most; whoever stores for many tries it again.
    assert set(failed) <= PREPARED_IN_VAIN and len(failed) <= 1


def test_what_was_prepared_is_prepared_once(own: Sessions) -> None:
    for number in range(5):
        with own() as session:
            say_now(session, ADD, {"number": number, "word": "x"})
            if number % 2:
                with pytest.raises(DBAPIError), together(session) as asked:
                    asked.ask(ALL, {})
                    asked.ask(ADD, {"number": number, "word": "again"})
            session.rollback()
            of_trips = session.connection().connection.driver_connection.prepare_threshold is None
            assert session.scalar(PREPARED) == (min(number + 1, 2) if of_trips else 0)


def test_a_value_that_cannot_be_written_sends_nothing(own: Sessions) -> None:
    with own() as session:
        with pytest.raises(DBAPIError), together(session) as asked:
            asked.ask(ADD, {"number": 1, "word": "a"})
            asked.ask(ADD, {"number": 2, "word": object()})
        with driver(session) as asked:
            assert asked.ask(ALL, {}).rows == []


def test_much_goes_both_ways_at_once(own: Sessions) -> None:
    with own() as session, together(session) as asked:
        answers = [asked.ask(MANY, {"word": "wordword" * 20, "number": 40}) for _ in range(3)]
        answers += [asked.ask(ECHO, {"word": "x" * 3_000_000, "at": None})]
    assert [len(row.word) for answer in answers for row in answer] == [160_000] * 120 + [3_000_000]


def test_a_connection_that_was_cut_is_told_as_lost_and_made_anew(own: Sessions, database: Database) -> None:
    with own() as session:
        pid = session.scalar(text("select pg_backend_pid()"))
        with database.engine.connect() as other:
            other.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        with pytest.raises(DBAPIError) as failed, together(session) as asked:
            asked.ask(ALL, {})
        assert failed.value.connection_invalidated
        session.rollback()
    with own() as session, driver(session) as asked:
        assert asked.ask(ALL, {}).rows == []


def test_what_goes_alone_is_kept_whatever_becomes_of_the_session(own: Sessions) -> None:
    with own() as session:
        with alone(session) as asked:
            asked.ask(ADD, {"number": 1, "word": "a"})
            asked.ask(ADD, {"number": 2, "word": "b"})
        say_now(session, ADD, {"number": 3, "word": "c"})
        session.rollback()
        with driver(session) as asked:
            assert [row.number for row in asked.ask(ALL, {})] == [1, 2]


def test_what_fails_alone_is_undone_and_the_session_goes_on(own: Sessions) -> None:
    with own() as session:
        with pytest.raises(DBAPIError, match="duplicate key"), alone(session) as asked:
            asked.ask(ADD, {"number": 1, "word": "a"})
            asked.ask(ADD, {"number": 1, "word": "b"})
        say_now(session, ADD, {"number": 2, "word": "c"})
        session.commit()
        with driver(session) as asked:
            assert [row.number for row in asked.ask(ALL, {})] == [2]


def test_what_cannot_be_kept_at_the_end_is_told(own: Sessions) -> None:
    with own.begin() as session:
        refers = "references told deferrable initially deferred"
        session.execute(text(f"alter table told add column above integer {refers}"))
    high = driver_sql(text("insert into told (number, above) values (:number, :above)"))
    with own() as session:
        with pytest.raises(DBAPIError, match="foreign key"), alone(session) as asked:
            asked.ask(high, {"number": 1, "above": 7})
        with alone(session) as asked:
            asked.ask(high, {"number": 2, "above": 2})
        with driver(session) as asked:
            assert [row.number for row in asked.ask(ALL, {})] == [2]


def test_a_server_that_is_away_is_told_as_the_session_tells_it() -> None:
    away = make_sessions(make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nowhere", trips=True))
    with away() as session:
        with pytest.raises(OperationalError), alone(session) as asked:
            asked.ask(ALL, {})
        with pytest.raises(OperationalError), together(session) as asked:
            asked.ask(ALL, {})
