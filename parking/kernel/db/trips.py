"""How do several statements go to PostgreSQL and come back in one go, at the level of libpq?

Each call of the driver's that waits, or might, gives the interpreter to other threads, and where there are
many it comes back milliseconds later: 75 times for a lone passage with cursors in the driver's own pipeline.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from functools import lru_cache, partial
from itertools import count
from typing import Any, NamedTuple, TypeAlias, cast

import psycopg
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.abc import Transformer as TransformerProtocol
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Ready, Wait

Prepared: TypeAlias = MutableMapping[tuple[bytes, tuple[int, ...]], bytes]
"""What a connection has prepared: names by statement and types of values."""


class Statement(NamedTuple):
    """A statement as libpq takes it: its values have numbers, which follow `names`."""

    sql: bytes
    names: tuple[str, ...] = ()


_numbers = count()
_EARLY = "the server ended its answers early"


class Answer:
    """Rows with names, once the trip has been made for which they were asked."""

    __slots__ = ("_rows",)

    def __init__(self) -> None:
        self._rows: list[Any] | None = None

    @property
    def rows(self) -> list[Any]:
        """The rows; none of a statement that returns none."""
        if self._rows is None:
            raise AssertionError("what is asked together is answered together, and not before")
        return self._rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def hear(self, rows: list[Any]) -> None:
        """Keep the rows."""
        self._rows = rows


class Asked(NamedTuple):
    """A statement, its values, and what will hold its rows."""

    statement: Statement
    values: Mapping[str, Any]
    answer: Answer


class _Step(NamedTuple):
    """What is sent, and who hears what came of it."""

    send: Callable[[], None]
    hear: Callable[[PGresult], None]


def make_trip(
    connection: psycopg.Connection[Any],
    prepared: Prepared | None,
    asked: Sequence[Asked],
    *,
    alone: bool = False,
) -> None:
    """Do these statements, in order, in the transaction of the connection, which begins where there is none.

    `alone`: in a transaction of their own, which is committed with the last of them; none may be open.
    `prepared`: what was prepared on it, by this alone; None prepares nothing. Raises psycopg.Error: of the
    first statement that failed; none after it was done.
    """
    pgconn, transformer = connection.pgconn, Transformer.from_context(connection)
    steps: list[_Step] = []
    is_idle = pgconn.transaction_status == TransactionStatus.IDLE
    if alone and not is_idle:
        raise AssertionError("a transaction is open")
    # Without a beginning that is said, what goes together is a transaction.
    if is_idle and not alone and not connection.autocommit:
        steps.append(_Step(partial(pgconn.send_query_params, b"begin", None), _ignored))
    new: dict[tuple[bytes, tuple[int, ...]], bytes] = {}
    for (sql, names), values, answer in asked:
        written = transformer.dump_sequence([values[name] for name in names], [PyFormat.AUTO] * len(names))
        types, formats = tuple(transformer.types or ()), list(transformer.formats or ())
        hear = partial(_hear, transformer, answer)
        if prepared is None:
            steps.append(_Step(partial(pgconn.send_query_params, sql, written, types, formats), hear))
            continue
        key = sql, types
        name = prepared.get(key) or new.get(key)
        if name is None:
            name = new[key] = b"trip_%d" % next(_numbers)
            known = partial(_keep, prepared, key, name)
            steps.append(_Step(partial(pgconn.send_prepare, name, sql, types), known))
        steps.append(_Step(partial(pgconn.send_query_prepared, name, written, formats), hear))
    for step, result in zip(steps, _results(connection, steps), strict=True):
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result)
        step.hear(result)


def _results(connection: psycopg.Connection[Any], steps: Sequence[_Step]) -> Sequence[PGresult]:
    pgconn = connection.pgconn
    pgconn.enter_pipeline_mode()
    try:
        for step in steps:
            step.send()
        pgconn.pipeline_sync()
        if pgconn.flush():
            # More than the socket takes at once, so the answers may have to be read meanwhile.
            connection.wait(generators.send(pgconn))
        results = [_result(connection) for _ in steps]
        ended = _ended(connection)
        pgconn.exit_pipeline_mode()
    except BaseException:
        # Nobody knows what it would answer next.
        if pgconn.status == ConnStatus.OK:
            pgconn.finish()
        raise
    if ended is not None and all(result.status != ExecStatus.FATAL_ERROR for result in results):
        raise error_from_result(ended)
    return results


def _result(connection: psycopg.Connection[Any]) -> PGresult:
    """What came of one statement. Raises psycopg.Error where the connection was lost."""
    result = _next(connection)
    if result is None:
        raise psycopg.OperationalError(_EARLY)
    # Where its answer ends.
    connection.pgconn.get_result()
    return result


def _ended(connection: psycopg.Connection[Any]) -> PGresult | None:
    """Why what had been done could not be kept; None where it was, or where something failed before."""
    result = _next(connection)
    if result is None:
        raise psycopg.OperationalError(_EARLY)
    if result.status == ExecStatus.PIPELINE_SYNC:
        return None
    # Where that answer ends, and then the trip.
    connection.pgconn.get_result()
    _next(connection)
    return result


def _next(connection: psycopg.Connection[Any]) -> PGresult | None:
    """The next result, or None where an answer ends; waits for it. Raises psycopg.Error where the connection
    was lost."""
    pgconn = connection.pgconn
    # To ask for a result that is not there yet would wait without giving the interpreter to anybody.
    if pgconn.is_busy():
        connection.wait(_arrived(pgconn))
    result = pgconn.get_result()
    if pgconn.status == ConnStatus.OK:
        return result
    raise error_from_result(result) if result else psycopg.OperationalError("the connection was lost")


def _arrived(pgconn: PGconn) -> PQGen[None]:
    while True:
        # Sent again and again while nothing comes.
        while (yield Wait.R) == Ready.NONE:
            pass
        pgconn.consume_input()
        if not pgconn.is_busy():
            return


def _ignored(result: PGresult) -> None:
    """Nobody asks."""


def _keep(prepared: Prepared, key: tuple[bytes, tuple[int, ...]], name: bytes, _result: PGresult) -> None:
    prepared[key] = name


def _hear(transformer: TransformerProtocol, answer: Answer, result: PGresult) -> None:
    if not result.nfields:
        answer.hear([])
        return
    transformer.set_pgresult(result)
    make = _row_of(tuple(result.fname(column) for column in range(result.nfields)))
    answer.hear(transformer.load_rows(0, result.ntuples, make))


@lru_cache(512)
def _row_of(names: tuple[bytes | None, ...]) -> Callable[[Sequence[Any]], Any]:
    made: Any = namedtuple("Row", [(name or b"").decode() for name in names], rename=True)  # type: ignore[misc]
    return cast(Callable[[Sequence[Any]], Any], made._make)
