"""How is a whole database written to one file, and put back from it?"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import make_url

from parking.kernel.db.engine import OF_A_NETWORK_THAT_DIED
from parking.kernel.db.programs import ProgramFailed, bin_folder, run_program
from parking.kernel.db.revision import DatabaseUnreachable
from parking.kernel.errors import N_, Conflict, InvalidInput

# Not the schema itself: it belongs to the server, and another owner would show in every later dump.
_DROP_ALL = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DROP TABLE public.%I CASCADE', found.tablename);
    END LOOP;
    FOR found IN
        SELECT oid::regprocedure AS signature FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
          AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    LOOP
        EXECUTE format('DROP ROUTINE %s CASCADE', found.signature);
    END LOOP;
END $$
"""
_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class DatabaseNotEmpty(Conflict):
    """There are tables where a backup should go."""

    code = "database_not_empty"
    text = N_("数据库中已有 %(tables)s 张表：确要以备份取代，请运行 parking restore --force %(file)s")


class DatabaseInUse(Conflict):
    """Somebody works with the database that a backup should replace."""

    code = "database_in_use"
    text = N_("另有 %(sessions)s 个连接正在使用数据库：请先停止 parking web 与 parking worker")


class BackupUnreadable(InvalidInput):
    """The file is no backup, or not a whole one."""

    code = "backup_unreadable"
    text = N_("%(file)s 不是完整的备份文件")


def dump(url: str, file: Path) -> None:
    """Write the database to a file that only its owner may read, in PostgreSQL's custom format.

    The file appears under its name when it is complete. Raises ProgramFailed, ProgramsMissing.
    """
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
    how = ["--format=custom", "--no-owner", "--no-privileges", f"--file={part}"]
    try:
        _run("pg_dump", url, *how)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def restore(url: str, file: Path, *, force: bool = False) -> None:
    """Put a backup into an empty database, or with `force` in place of all that is there: all or nothing.

    Raises BackupUnreadable, DatabaseUnreachable, DatabaseNotEmpty, DatabaseInUse, ProgramFailed,
    ProgramsMissing.
    """
    with tempfile.TemporaryDirectory(prefix="parking-restore-") as folder:
        # Read whole before anything is dropped: a script that breaks off in the middle is never run.
        script = Path(folder) / "script.sql"
        try:
            run_program(
                [bin_folder() / "pg_restore", "--no-owner", "--no-privileges", f"--file={script}", file]
            )
        except ProgramFailed as problem:
            raise BackupUnreadable(file=file) from problem
        _make_fit_for_older_servers(script)
        _refuse_to_overwrite(url, file, force=force)
        words = [
            "--quiet",
            "--no-psqlrc",
            "--single-transaction",
            "--set=ON_ERROR_STOP=1",
            "--output=/dev/null",
        ]
        _run("psql", url, *words, "--command", _DROP_ALL, f"--file={script}")


def count_rows(url: str) -> dict[str, int]:
    """The number of rows of every table. Raises DatabaseUnreachable."""
    with _connected(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        counts = {}
        for (name,) in names.fetchall():
            statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))
            found = connection.execute(statement).fetchone()
            counts[name] = found[0] if found else 0
    return counts


def _refuse_to_overwrite(url: str, file: Path, *, force: bool) -> None:
    with _connected(url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        tables = row[0] if row else 0
        if tables and not force:
            raise DatabaseNotEmpty(tables=tables, file=file)
        row = connection.execute(_OTHERS).fetchone()
        if row and row[0]:
            raise DatabaseInUse(sessions=row[0])


def _make_fit_for_older_servers(script: Path) -> None:
    """PostgreSQL before 17 does not know the one setting that the script's head only sets to its default."""
    unknown = b"SET transaction_timeout = 0;"
    with script.open("r+b") as file:
        head = file.read(4096)
        at = head.find(unknown)
        if at >= 0:
            file.seek(at)
            file.write(b"-" * 2 + b" " * (len(unknown) - 2))


def _run(program: str, url: str, *words: str) -> None:
    # The password goes by the environment: command lines are read by everyone on the machine.
    parts = conninfo_to_dict(_conninfo(url))
    password = parts.pop("password", None)
    env = {
        "PGOPTIONS": "-c lock_timeout=10s",
        "PGCONNECT_TIMEOUT": str(OF_A_NETWORK_THAT_DIED["connect_timeout"]),
        **({"PGPASSWORD": str(password)} if password else {}),
    }
    connect = f"--dbname={make_conninfo('', **parts)}"
    run_program([bin_folder() / program, connect, *words], env=env)


def _connected(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    try:
        return psycopg.connect(_conninfo(url), **OF_A_NETWORK_THAT_DIED)
    except psycopg.OperationalError as problem:
        raise DatabaseUnreachable(reason=str(problem).splitlines()[0]) from problem


def _conninfo(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
