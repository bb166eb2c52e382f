"""Where do the tests' databases come from? Each worker clones one that the migrations made once."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Engine, NullPool, create_engine, make_url, text
from sqlalchemy.orm import Session

from parking.kernel.db import revision
from parking.kernel.db.embedded import EmbeddedServer, stop_unused

PREFIX = "parking-tests-"
# Nobody needs these data after the run, and a power cut during a test run may well spoil them.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
_LOCK = 7_216_340_015
_FEW_BYTES = 1_000_000
_TABLES = text(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)
_MAY_SKIP_TRIGGERS = text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
_RESTART = text(
    "SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence JOIN pg_depend ON objid = seqrelid"
    " JOIN pg_class ON pg_class.oid = refobjid WHERE deptype IN ('a', 'i') AND relname = ANY(:tables)"
)


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server where databases may be made; `url` names the one to connect to for that."""

    url: str

    def url_of(self, database: str) -> str:
        return make_url(self.url).set(database=database).render_as_string(hide_password=False)

    @contextmanager
    def alone(self) -> Iterator[psycopg.Connection]:
        """An administrator's connection, one worker at a time."""
        plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            yield connection

    def clone(self, name: str) -> str:
        """A fresh database with the schema of the migrations; its address."""
        with self.alone() as connection:
            template = self._template(connection)
            _drop(connection, name)
            connection.execute(_sql("CREATE DATABASE {} TEMPLATE {}", name, template))
        return self.url_of(name)

    def empty(self, name: str) -> str:
        """A fresh database without any table; its address."""
        with self.alone() as connection:
            _drop(connection, name)
            connection.execute(_sql("CREATE DATABASE {}", name))
        return self.url_of(name)

    def drop(self, name: str) -> None:
        with self.alone() as connection:
            _drop(connection, name)

    def _template(self, connection: psycopg.Connection) -> str:
        name = f"parking_template_{_hash_of_migrations()}"
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        # Named last, so that a half-made one is never cloned.
        building = f"{name}_building"
        _drop(connection, building)
        connection.execute(_sql("CREATE DATABASE {}", building))
        engine = create_engine(self.url_of(building), poolclass=NullPool)
        revision.upgrade(engine)
        engine.dispose()
        connection.execute(_sql("ALTER DATABASE {} RENAME TO {}", building, name))
        return name


@dataclass(frozen=True)
class Database:
    """A database of its own, for work that commits and for processes that connect by address."""

    url: str
    engine: Engine
    _tables: list[str] = field(default_factory=list)

    def clean(self) -> None:
        """Empty every table that has rows; numbers begin again.

        TRUNCATE makes new files for each table and all that refer to it: few rows are deleted with less work.
        """
        with self.engine.begin() as connection:
            if not self._tables:
                self._tables.extend(connection.execute(_TABLES).scalars())
            asked = " UNION ALL ".join(
                f"SELECT '{name}', pg_relation_size('\"{name}\"') WHERE EXISTS (SELECT 1 FROM \"{name}\")"
                for name in self._tables
            )
            sizes = {f'"{row[0]}"': row[1] for row in connection.execute(text(asked))}
            if not sizes:
                return
            if max(sizes.values()) < _FEW_BYTES and connection.scalar(_MAY_SKIP_TRIGGERS):
                # What refers to what, and what may never be deleted, is held by triggers.
                connection.execute(text("SET LOCAL session_replication_role = replica"))
                connection.execute(text("; ".join(f"DELETE FROM {name}" for name in sizes)))
                connection.execute(_RESTART, {"tables": [name.strip('"') for name in sizes]})
            else:
                connection.execute(text(f"TRUNCATE {', '.join(sizes)} RESTART IDENTITY CASCADE"))


def quick_place() -> str:
    """A folder for data that nobody keeps: in memory where there is much of it, and short."""
    shared_memory = Path("/dev/shm")
    if shared_memory.is_dir() and os.access(shared_memory, os.W_OK):
        free = shutil.disk_usage(shared_memory).free
        if free > 2_000_000_000:
            return str(shared_memory)
    return tempfile.gettempdir()


class ServerFolder:
    """The folder of one test run's server; what killed runs left behind is cleared away first."""

    def __init__(self) -> None:
        for old in Path(quick_place()).glob(f"{PREFIX}*"):
            _clear(old)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=quick_place()))
        self._held = _hold(self.path)

    def close(self) -> None:
        """Stop the server that a killed worker may have left, and remove the folder."""
        if self._held is not None:
            os.close(self._held)
        _clear(self.path)


def open_server(folder: Path) -> EmbeddedServer:
    """The server of this run, started by the first worker that asks."""
    return EmbeddedServer.open(folder / "pg", options=FAST)


def _clear(folder: Path) -> None:
    if folder.stat().st_uid != os.geteuid():
        return
    held = _hold(folder)
    if held is None:
        return
    try:
        if stop_unused(folder / "pg"):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(held)


def _hold(folder: Path) -> int | None:
    """A lock on the folder itself, None while its own test run holds it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _hash_of_migrations() -> str:
    digest = hashlib.sha256()
    for path in sorted(revision.MIGRATIONS.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _drop(connection: psycopg.Connection, name: str) -> None:
    connection.execute(_sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))


def _sql(words: str, *names: str) -> sql.Composed:
    return sql.SQL(words).format(*(sql.Identifier(name) for name in names))


def migrate(session: Session, number: str) -> None:
    """What this migration does to rows, within the session; of one that alters no table."""
    script = ScriptDirectory.from_config(revision.configuration()).get_revision(number)
    session.flush()
    with Operations.context(MigrationContext.configure(session.connection())):
        script.module.upgrade()
