"""How are the few statements asked whose speed decides, in the session's own transaction?

Of the driver itself, and several in one go where none needs another's answer: a statement through the session
costs a processor some 0.4 ms, and each that waits gives the processor to other threads before it goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.abc import QueryNoTemplate
from psycopg.rows import namedtuple_row
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql import psycopg as dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from parking.kernel.db.telling import hide_values

_DIALECT = dialect.dialect()
_LAST = "said_last"
_COMMIT = b"commit"

Answer = psycopg.Cursor[Any]
"""Rows with names, once the block is left in which they were asked for."""


def driver_sql(statement: TextClause) -> QueryNoTemplate:
    """A statement as the driver writes it; made once, when a module is loaded."""
    return str(statement.compile(dialect=_DIALECT)).encode()


class Driver:
    """The session's connection, to be asked within the block that gave it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def ask(self, statement: QueryNoTemplate, values: Mapping[str, Any]) -> Answer:
        """What will hold the rows, which have names. What was asked before is done before."""
        cursor = self._connection.cursor(row_factory=namedtuple_row)
        cursor.execute(statement, values)
        return cursor


@contextmanager
def driver(session: Session) -> Iterator[Driver]:
    """Ask the driver; raises what the session would raise."""
    connection = session.connection()
    own = connection.connection.driver_connection
    assert isinstance(own, psycopg.Connection)
    try:
        yield Driver(own)
    except psycopg.Error as problem:
        hide_values(problem)
        raise DBAPIError.instance(
            None, None, problem, psycopg.Error, connection_invalidated=own.closed, dialect=_DIALECT
        ) from problem


@contextmanager
def together(session: Session) -> Iterator[Driver]:
    """Ask several statements at once; read the answers after the block, which waits for all of them."""
    with driver(session) as own, own._connection.pipeline():
        yield own


class Said:
    """What will hold the rows of what was said last, once the block is left that ends together."""

    def __init__(self) -> None:
        self._rows: list[Any] | None = None

    @property
    def rows(self) -> list[Any]:
        """The rows, which have names."""
        if self._rows is None:
            raise AssertionError("what was said last is answered with the commit")
        return self._rows

    def hear(self, answer: Answer) -> None:
        """Keep the rows of what was asked, if it has any."""
        self._rows = answer.fetchall() if answer.description else []


@contextmanager
def ending_together(session: Session) -> Iterator[None]:
    """Send what the block said last together with the commit of the session's transaction.

    Nothing may be asked of the session after the block: its transaction has ended.
    """
    last: list[tuple[QueryNoTemplate, Mapping[str, Any], Said]] = []
    session.info[_LAST] = last
    try:
        yield
    finally:
        del session.info[_LAST]
    if not last:
        return
    with together(session) as own:
        heard = [(said, own.ask(statement, values)) for statement, values, said in last]
        own.ask(_COMMIT, {})
    for said, answer in heard:
        said.hear(answer)


def say_last(session: Session, statement: QueryNoTemplate, values: Mapping[str, Any]) -> Said:
    """Ask for what is not needed before the commit: with it where the session ends that way, else now."""
    last = session.info.get(_LAST)
    said = Said()
    if last is None:
        with driver(session) as own:
            said.hear(own.ask(statement, values))
    else:
        last.append((statement, values, said))
    return said


def say_now(session: Session, statement: QueryNoTemplate, values: Mapping[str, Any]) -> None:
    """Ask for what returns nothing."""
    with driver(session) as own:
        own.ask(statement, values)
