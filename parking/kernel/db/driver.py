"""How are the few statements asked whose speed decides, in the session's own transaction?

Of libpq itself, and several in one go where none needs another's answer: a statement through the session
costs a processor some 0.4 ms, and each that waits gives the processor to other threads before it goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, PoolProxiedConnection, TextClause
from sqlalchemy.dialects.postgresql import psycopg as dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from parking.kernel.db.telling import hide_values
from parking.kernel.db.trips import Answer, Asked, Prepared, Statement, make_trip

__all__ = [
    "PREPARED_IN_VAIN",
    "Answer",
    "Driver",
    "Statement",
    "alone",
    "driver",
    "driver_sql",
    "ending_together",
    "say_last",
    "say_now",
    "together",
]

_DIALECT = dialect.dialect(paramstyle="numeric_dollar")
_LAST = "said_last"
_PREPARED = "prepared_by_driver"
# What it returns was changed by a migration; somebody threw it away (DISCARD ALL).
PREPARED_IN_VAIN = frozenset({"0A000", "26000"})
_COMMIT = Statement(b"commit")


def driver_sql(statement: TextClause) -> Statement:
    """A statement as the driver sends it; made once, when a module is loaded."""
    compiled = statement.compile(dialect=_DIALECT)
    return Statement(str(compiled).encode(), tuple(compiled.positiontup or ()))


class Driver:
    """The session's connection, to be asked within the block that gave it."""

    def __init__(
        self, connection: psycopg.Connection[Any], prepared: Prepared | None, *, waits: bool
    ) -> None:
        self.connection, self._prepared, self._waits = connection, prepared, waits
        self._asked: list[Asked] = []

    def ask(self, statement: Statement, values: Mapping[str, Any]) -> Answer:
        """What will hold the rows, which have names. What was asked before is done before."""
        answer = Answer()
        self.say(Asked(statement, values, answer))
        return answer

    def say(self, asked: Asked) -> None:
        """Ask for what somebody holds the answer of already."""
        self._asked.append(asked)
        if not self._waits:
            self.send()

    def send(self, *, alone: bool = False) -> None:
        """Send what was asked and not sent yet; `alone` in a transaction of its own. Raises psycopg.Error."""
        asked, self._asked = self._asked, []
        if asked:
            make_trip(self.connection, self._prepared, asked, alone=alone)


@contextmanager
def driver(session: Session) -> Iterator[Driver]:
    """Ask the driver; raises what the session would raise."""
    with _asking(session, waits=False) as own:
        yield own


@contextmanager
def together(session: Session) -> Iterator[Driver]:
    """Ask several statements at once; read the answers after the block, which waits for all of them."""
    with _asking(session, waits=True) as own:
        yield own
        own.send()


@contextmanager
def alone(session: Session) -> Iterator[Driver]:
    """As `together`, in a transaction of their own: committed after the block, undone where one fails.

    It is not the session's but one beside it, on a connection that is given back at once.
    """
    engine = session.get_bind().engine
    try:
        pooled = engine.raw_connection()
    except psycopg.Error as problem:
        raise _as_the_session_tells(problem) from problem
    try:
        with _asking_on(pooled, engine, pooled.invalidate) as own:
            yield own
            own.send(alone=True)
    finally:
        pooled.close()


@contextmanager
def _asking(session: Session, *, waits: bool) -> Iterator[Driver]:
    connection = session.connection()
    with _asking_on(connection.connection, connection.engine, connection.invalidate, waits=waits) as own:
        yield own


@contextmanager
def _asking_on(
    pooled: PoolProxiedConnection,
    engine: Engine,
    invalidate: Callable[[BaseException], None],
    *,
    waits: bool = True,
) -> Iterator[Driver]:
    own = pooled.driver_connection
    assert isinstance(own, psycopg.Connection)
    # A connection on which the driver prepares too forgets what is prepared whenever a transaction fails.
    prepared = pooled.info.setdefault(_PREPARED, {}) if own.prepare_threshold is None else None
    try:
        yield Driver(own, prepared, waits=waits)
    except psycopg.Error as problem:
        if prepared and problem.sqlstate in PREPARED_IN_VAIN:
            # Under new names the next time.
            prepared.clear()
        if own.closed:
            # As SQLAlchemy does: those that lie idle were most likely lost with it.
            invalidate(problem)
            engine.dispose()
        raise _as_the_session_tells(problem, lost=own.closed) from problem


def _as_the_session_tells(problem: psycopg.Error, *, lost: bool = False) -> BaseException:
    hide_values(problem)
    return DBAPIError.instance(
        None, None, problem, psycopg.Error, connection_invalidated=lost, dialect=_DIALECT
    )


@contextmanager
def ending_together(session: Session) -> Iterator[None]:
    """Send what the block said last together with the commit of the session's transaction, after what is
    done before any commit.

    Nothing may be asked of the session after the block: its transaction has ended.
    """
    last: list[Asked] = []
    session.info[_LAST] = last
    try:
        yield
    finally:
        del session.info[_LAST]
    if not last:
        return
    # What a commit brings about (audit entries, rows that wait) belongs before this one, which no hook hears.
    session.dispatch.before_commit(session)
    session.flush()
    with together(session) as own:
        for asked in last:
            own.say(asked)
        own.ask(_COMMIT, {})


def say_last(session: Session, statement: Statement, values: Mapping[str, Any]) -> Answer:
    """Ask for what is not needed before the commit: with it where the session ends that way, else now."""
    last = session.info.get(_LAST)
    if last is None:
        with driver(session) as own:
            return own.ask(statement, values)
    asked = Asked(statement, values, Answer())
    last.append(asked)
    return asked.answer


def say_now(session: Session, statement: Statement, values: Mapping[str, Any]) -> None:
    """Ask for what returns nothing."""
    with driver(session) as own:
        own.ask(statement, values)
