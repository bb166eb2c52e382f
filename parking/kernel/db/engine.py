"""How is PostgreSQL reached?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from sqlalchemy import Dialect, Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from parking.kernel.db.silence import BoundedConnection
from parking.kernel.db.telling import hide_values_of_context

Sessions = sessionmaker[Session]

OF_A_NETWORK_THAT_DIED: Mapping[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""What every connection is made with: by itself the system would wait for many minutes, and for a server that
says nothing for ever. A socket of the same machine has none of these but the first."""
# Of "log" and above are the server's own words, and what ends a connection.
_ERRORS_STAY_OUT = """
    select set_config('log_min_messages', 'log', false)
    where has_parameter_privilege('log_min_messages', 'set')
"""


def make_engine(url: str, *, pool_size: int = 5, ping: bool = True, trips: bool = False) -> Engine:
    """An engine whose sessions speak UTC, give up a statement after 30 s and never use the JIT; a server that
    cannot be reached any more is given up after 25 s, one that says nothing after 40, and a connection that
    is not made after 10.

    No error repeats the values of its statement, nor a row: an answer from outside may quote a credential.
    `ping`: a connection that lay idle is tried before it is used; whoever does not ask for that tries again
    when one was lost. `trips`: only what `kernel.db.driver` asks is prepared; the driver itself prepares
    nothing, for it forgets all that is prepared with each transaction that fails. There many wait behind one
    that waits, so a lock is waited for a second, elsewhere ten; and their errors stay out of the server's log
    where the role may say so, because some are expected: they are raised to us.
    PostgreSQL's JIT turned a 27 ms query into 335 ms at a peer: our queries are short, it only costs.
    """
    prepares = {"prepare_threshold": None} if trips else {}
    lock_timeout = "1s" if trips else "10s"
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=ping,
        hide_parameters=True,
        connect_args={
            "options": f"-c timezone=UTC -c statement_timeout=30s -c lock_timeout={lock_timeout} -c jit=off",
            "application_name": "parking",
            **OF_A_NETWORK_THAT_DIED,
            **prepares,
        },
    )
    event.listen(engine, "do_connect", _connect_bounded)
    event.listen(engine, "handle_error", hide_values_of_context)
    if trips:
        event.listen(engine, "connect", _keep_errors_out_of_the_servers_log)
    return engine


def make_sessions(engine: Engine) -> Sessions:
    """Sessions whose rows stay readable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)


def _connect_bounded(
    _dialect: Dialect, _record: object, arguments: tuple[Any, ...], named: dict[str, Any]
) -> BoundedConnection:
    return BoundedConnection.connect(*arguments, **named)


def _keep_errors_out_of_the_servers_log(connection: psycopg.Connection[Any], _record: object) -> None:
    # Once for a connection; each would be some kilobytes, with its statement.
    connection.execute(_ERRORS_STAY_OUT)
    connection.commit()
