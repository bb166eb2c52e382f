"""Does the schema of this database fit this code, and how is it made to?"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

import parking
from parking.kernel.errors import N_, Unavailable

MIGRATIONS = Path(parking.__file__).parent.parent / "migrations"


class DatabaseUnreachable(Unavailable):
    """No server answers under the address, or it does not let us in; `reason` is the first line of why."""

    code = "database_unreachable"
    text = N_(
        "无法连接数据库：%(reason)s。请检查数据库是否在运行、PARKING_DATABASE_URL 是否正确（parking doctor）"
    )


class SchemaBehind(Unavailable):
    """The schema lacks migrations that this code relies on."""

    code = "schema_behind"
    text = N_("数据库结构落后于程序（现为 %(found)s，应为 %(wanted)s）：请运行 parking database upgrade")


class SchemaAhead(Unavailable):
    """The schema was made by newer code."""

    code = "schema_ahead"
    text = N_(
        "数据库结构（%(found)s）来自更新版本的程序（本程序为 %(wanted)s）："
        "请安装该版本，再运行 parking database upgrade"
    )


def head() -> str:
    """The revision that this code was written for."""
    return str(ScriptDirectory.from_config(configuration()).get_current_head())


def current(engine: Engine) -> str | None:
    """The revision that the database is at, None for an empty one. Raises DatabaseUnreachable."""
    try:
        connected = engine.connect()
    except OperationalError as problem:
        raise DatabaseUnreachable(reason=str(problem.orig).splitlines()[0]) from problem
    with connected as connection:
        return MigrationContext.configure(connection).get_current_revision()


def check_revision(engine: Engine) -> None:
    """Raise SchemaBehind or SchemaAhead unless the schema is the one this code was written for.

    Raises DatabaseUnreachable.
    """
    found, wanted = current(engine), head()
    if found != wanted:
        _check_known(found)
        raise SchemaBehind(found=found or "-", wanted=wanted)


def _check_known(found: str | None) -> None:
    """Raise SchemaAhead for a revision that this code has never heard of."""
    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaAhead(found=found, wanted=head())


def upgrade(engine: Engine, to: str = "head", *, lock_timeout_s: float = 5) -> None:
    """Run what is missing, each migration in a transaction of its own.

    One that waits longer than `lock_timeout_s` seconds for a lock is given up: all others wait behind it.
    Raises SchemaAhead, DatabaseUnreachable.
    """
    _check_known(current(engine))
    with engine.connect() as connection:
        config = configuration(connection)
        config.attributes["lock_timeout_s"] = lock_timeout_s
        command.upgrade(config, to)


def downgrade(engine: Engine, to: str) -> None:
    """Take migrations back, down to a revision or `base`."""
    with engine.connect() as connection:
        command.downgrade(configuration(connection), to)


def write_revision(engine: Engine, words: str) -> None:
    """Write the migration from the database's schema to the models', to be read and mended by hand."""
    with engine.connect() as connection:
        command.revision(configuration(connection), words, autogenerate=True)


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings, written here because no command but ours runs it."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("timezone", "UTC")
    config.set_main_option(
        "file_template", "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s"
    )
    config.attributes["connection"] = connection
    return config
