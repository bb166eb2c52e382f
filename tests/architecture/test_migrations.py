"""Do the migrations lead to exactly the tables that the models describe?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, NullPool, create_engine, inspect, text

import parking
from migrations.tables import METADATA
from parking.kernel.db import revision
from parking.kernel.db.programs import bin_folder, run_program
from tests.databases import Server

# What no model describes: it is written in the migrations alone.
ONLY_MIGRATED = {"audit_entries", "space_ledger"}


@pytest.fixture
def empty(server: Server, database_prefix: str) -> Iterator[Engine]:
    name = f"{database_prefix}_empty"
    engine = create_engine(server.empty(name), poolclass=NullPool)
    yield engine
    engine.dispose()
    server.drop(name)


def schema_of(engine: Engine) -> set[str]:
    """Every line of the schema, without order, comments, triggers and functions."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    dumped = run_program([bin_folder() / "pg_dump", "--schema-only", "--no-owner", "--restrict-key=x", url])
    dumped = re.sub(r"CREATE (FUNCTION|TRIGGER) .*?;\n\n", "", dumped, flags=re.DOTALL)
    whole_tables = re.sub(r"CREATE TABLE public\.alembic_version \(.*?\);", "", dumped, flags=re.DOTALL)
    return {
        line.strip().rstrip(",")
        for line in whole_tables.splitlines()
        if line
        and not line.startswith("--")
        and "alembic_version" not in line
        # Some builds of PostgreSQL 15 stamp columns with a version of their own.
        and "SET (pg_attver=" not in line
    }


def test_autogenerate_finds_no_difference(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_the_migrated_schema_is_the_one_that_the_models_create(empty: Engine, engine: Engine) -> None:
    METADATA.create_all(empty)
    assert schema_of(engine) - {"ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);"} == schema_of(
        empty
    )


def test_every_models_module_is_known_to_the_migrations() -> None:
    root = Path(parking.__file__).parent
    written = {
        ".".join(("parking", *path.relative_to(root).with_suffix("").parts)).removesuffix(".__init__")
        for path in root.rglob("*.py")
        if re.search(r"^ +__tablename__ = ", path.read_text(), re.MULTILINE)
    }
    tables = (revision.MIGRATIONS / "tables.py").read_text()
    imports = re.findall(r"from (parking\S*) import (.+)", tables)
    known = {f"{package}.{name}" for package, names in imports for name in re.findall(r"\w+", names)}
    unknown = {name for name in written if not any(name.startswith(module) for module in known)}
    assert not unknown


def test_upgrade_downgrade_upgrade_leads_to_the_same_schema(empty: Engine) -> None:
    revision.upgrade(empty)
    first = schema_of(empty)
    revision.downgrade(empty, "base")
    assert inspect(empty).get_table_names() == ["alembic_version"]
    with empty.connect() as connection:
        left = connection.execute(
            text("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        )
        assert left.scalars().all() == []
    revision.upgrade(empty)
    assert schema_of(empty) == first


def test_every_migration_can_be_taken_back_by_itself(empty: Engine) -> None:
    scripts = list(ScriptDirectory.from_config(revision.configuration()).walk_revisions())
    revision.upgrade(empty)
    for script in scripts:
        revision.downgrade(empty, script.down_revision or "base")
        revision.upgrade(empty, script.revision)
        revision.downgrade(empty, script.down_revision or "base")


def test_migrations_are_one_line_of_files_named_by_their_instant() -> None:
    directory = ScriptDirectory.from_config(revision.configuration())
    assert len(directory.get_heads()) == 1
    for script in directory.walk_revisions():
        assert re.fullmatch(r"\d{8}_\d{4}_[a-z0-9_]+\.py", Path(script.path).name)
        assert script.down_revision is None or script.down_revision < script.revision


def test_a_migration_gives_up_waiting_for_a_lock(empty: Engine) -> None:
    revision.upgrade(empty, "20261121_0304")
    # Anybody's open transaction that a migration would have to wait for.
    with empty.connect() as busy:
        busy.execute(text("CREATE TABLE job_runs (a int)"))
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            revision.upgrade(empty, lock_timeout_s=0.05)


@pytest.mark.parametrize("table", sorted(ONLY_MIGRATED))
@pytest.mark.parametrize("statement", ["UPDATE {} SET actor = 'x'", "DELETE FROM {}"])
def test_an_append_only_table_refuses_changes(engine: Engine, table: str, statement: str) -> None:
    with engine.connect() as connection:
        insert_one(connection, table)
        with pytest.raises(sa.exc.IntegrityError, match="append-only"):
            connection.execute(text(statement.format(table)))


@pytest.mark.parametrize("table", sorted(ONLY_MIGRATED))
def test_an_append_only_table_can_be_emptied_by_its_owner(engine: Engine, table: str) -> None:
    with engine.connect() as connection:
        insert_one(connection, table)
        connection.execute(text(f"TRUNCATE {table}"))
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0


def insert_one(connection: sa.Connection, table: str) -> None:
    if table == "audit_entries":
        connection.execute(
            text(
                "INSERT INTO audit_entries (at, actor, action, subject_kind, subject_id, details,"
                " previous_hash, hash) VALUES (now(), 'a', 'lot:create', 'lot', '1', '{}', '', 'h')"
            )
        )
        return
    connection.execute(
        text(
            "INSERT INTO lots (id, code, name, kind, type, lat, lon, source_datum, source_lat, source_lon,"
            " access, created_at, updated_at, version) VALUES"
            " ('l', 'c', 'n', 'off_street', 'public', 31, 121, 'wgs84', 31, 121, 'public', now(), now(), 1)"
        )
    )
    connection.execute(
        text(
            'INSERT INTO space_ledger (lot_id, space_class, "on", change, metres, reason, actor, recorded_at)'
            " VALUES ('l', 'general', '2026-01-01', 10, 0, 'new_build', 'a', now())"
        )
    )


def test_a_schema_of_newer_code_is_refused_by_name_and_left_alone(empty: Engine) -> None:
    revision.upgrade(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '20990101_0000'"))
    for ask in (revision.check_revision, revision.upgrade):
        with pytest.raises(revision.SchemaAhead):
            ask(empty)
    assert revision.current(empty) == "20990101_0000"
