"""Does the server's log stay small, and tell what nobody expects?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import sql
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from parking.kernel.db.cluster import Cluster, ServerNotStarted
from parking.kernel.db.driver import alone, driver_sql
from parking.kernel.db.embedded import EmbeddedServer
from parking.kernel.db.engine import make_engine, make_sessions
from tests.databases import FAST, Server
from tests.unit.kernel.server_users import ask, logged

FAIL = driver_sql(text("select cast('no number' as integer) as wrong"))


@pytest.fixture
def limited(server: Server) -> Iterator[str]:
    """The address of a role that may not say what the server logs."""
    name = "parking_limited"
    with server.alone() as connection:
        connection.execute(sql.SQL("create role {} login password 'x'").format(sql.Identifier(name)))
    yield make_url(server.url).set(username=name, password="x").render_as_string(hide_password=False)
    with server.alone() as connection:
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


def fails(url: str, *, trips: bool) -> None:
    engine = make_engine(url, trips=trips)
    with make_sessions(engine)() as session, pytest.raises(DBAPIError), alone(session) as own:
        own.ask(FAIL, {})
    engine.dispose()


def test_an_error_of_what_many_tell_is_ours_to_log_and_any_other_the_servers(made: Path) -> None:
    with EmbeddedServer.open(made, options=FAST) as server:
        fails(server.url, trips=True)
        fails(server.url, trips=False)
        # It writes in the order in which things happened.
        assert logged(made, "ERROR").count("ERROR") == 1


def test_a_role_that_may_not_say_what_the_server_logs_stores_all_the_same(limited: str) -> None:
    fails(limited, trips=True)


def test_a_role_that_was_granted_it_keeps_the_log_of_its_server_free(server: Server, limited: str) -> None:
    with server.alone() as connection:
        connection.execute("grant set on parameter log_min_messages to parking_limited")
        engine = make_engine(limited, trips=True)
        with engine.connect() as granted:
            assert granted.scalar(text("show log_min_messages")) == "log"
        engine.dispose()
        connection.execute("revoke set on parameter log_min_messages from parking_limited")


def test_a_log_of_a_week_is_kept_however_long_the_server_runs(made: Path) -> None:
    with EmbeddedServer.open(made, options=FAST) as server:
        log = Cluster(made).log
        assert log.parent == made / "data" / "log"
        assert log.stem in {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
        assert ask(server.url, "show log_truncate_on_rotation") == "on"
        assert ask(server.url, "show log_rotation_age") == "1d"


def test_a_large_log_is_put_aside_when_the_server_starts(made: Path) -> None:
    EmbeddedServer.open(made, options=FAST).close()
    log = Cluster(made).log
    log.write_bytes(b"x" * 5_000_001)
    with EmbeddedServer.open(made, options=FAST):
        assert log.with_suffix(".old").stat().st_size == 5_000_001
        assert Cluster(made).log.stat().st_size < 5_000_000


@pytest.mark.parametrize(
    ("options", "spoil", "said"),
    [
        pytest.param({"no_such_setting": "1"}, "", "no_such_setting", id="before it writes a log of its own"),
        pytest.param({}, "pg_wal/0*", "checkpoint record", id="after it does"),
    ],
)
def test_a_server_that_does_not_start_says_why(
    made: Path, options: dict[str, str], spoil: str, said: str
) -> None:
    EmbeddedServer.open(made, options=FAST).close()
    for file in (made / "data").glob(spoil) if spoil else ():
        file.unlink()
    with pytest.raises(ServerNotStarted, match=said):
        EmbeddedServer.open(made, options=FAST | options)
