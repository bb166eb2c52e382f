"""What was backed up is what comes back, all of it or nothing."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import NullPool, create_engine, text

from parking.audit import queries as audit
from parking.entrypoints.cli import database as commands
from parking.entrypoints.cli.context import Context
from parking.kernel.actors import CLI
from parking.kernel.db import dumps, revision
from parking.kernel.db.engine import Sessions, make_sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lots import service as lots
from parking.lots.rules import LedgerReason
from parking.settings import Settings
from tests.databases import Database, Server
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_draft, a_lot


@pytest.fixture
def filled(database: Database, sessions: Sessions) -> Iterator[Database]:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        for _ in range(3):
            a_lot(uow.session)
    yield database


@pytest.fixture
def target(server: Server, database_prefix: str) -> Iterator[str]:
    """An empty database to restore into."""
    name = f"{database_prefix}_target"
    yield server.empty(name)
    server.drop(name)


def run(command: str, url: str, *words: str | Path) -> Result:
    context = Context(replace(Settings(), database_url=url))
    try:
        return CliRunner().invoke(getattr(commands, command), [str(word) for word in words], obj=context)
    finally:
        context.close()


def contents(url: str) -> dict[str, str]:
    """A digest of all rows of each table."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        digests = {}
        for table in dumps.count_rows(url):
            rows = connection.execute(text(f'SELECT t::text FROM "{table}" t ORDER BY 1')).scalars()
            digests[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    engine.dispose()
    return digests


def test_a_restored_database_holds_what_was_backed_up_and_goes_on_from_there(
    filled: Database, target: str, tmp_path: Path
) -> None:
    file = tmp_path / "city.backup"
    assert run("backup", filled.url, file).exit_code == 0
    result = run("restore", target, file)
    assert result.exit_code == 0, result.output
    rows = dumps.count_rows(target)
    assert rows == dumps.count_rows(filled.url)
    assert rows["lots"] == 3
    assert rows["space_ledger"] == 3
    assert contents(target) == contents(filled.url)
    engine = create_engine(target, poolclass=NullPool)
    revision.check_revision(engine)
    with unit_of_work(make_sessions(engine)) as uow:
        # Numbers of the ledger and the audit trail go on after the last one.
        lots.register_lot(uow.session, CLI, a_draft(), NOW, LedgerReason.OPENING_BALANCE)
    with make_sessions(engine)() as session:
        assert audit.verify_chain(session) is None
    engine.dispose()


def test_the_restored_ledger_is_as_append_only_as_before(
    filled: Database, target: str, tmp_path: Path
) -> None:
    dumps.dump(filled.url, tmp_path / "file")
    dumps.restore(target, tmp_path / "file")
    engine = create_engine(target, poolclass=NullPool)
    with engine.connect() as connection, pytest.raises(Exception, match="append-only"):
        connection.execute(text("DELETE FROM space_ledger"))
    engine.dispose()


def test_a_backup_can_be_read_by_its_owner_only_and_appears_when_it_is_whole(
    filled: Database, tmp_path: Path
) -> None:
    file = tmp_path / "city.backup"
    dumps.dump(filled.url, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(Exception, match="pg_dump"):
        dumps.dump(filled.url.replace("_flows", "_nothing"), tmp_path / "other")
    assert [path.name for path in tmp_path.iterdir()] == ["city.backup"]


def test_a_database_that_holds_data_is_replaced_only_when_told(
    filled: Database, sessions: Sessions, tmp_path: Path
) -> None:
    file = tmp_path / "city.backup"
    dumps.dump(filled.url, file)
    before = contents(filled.url)
    with unit_of_work(sessions) as uow:
        a_lot(uow.session)
        uow.session.execute(text("CREATE TABLE of_a_newer_version AS SELECT 1 AS one"))
    filled.engine.dispose()
    changed = contents(filled.url)
    with pytest.raises(dumps.DatabaseNotEmpty, match="--force"):
        dumps.restore(filled.url, file)
    assert contents(filled.url) == changed
    dumps.restore(filled.url, file, force=True)
    assert contents(filled.url) == before


@pytest.mark.parametrize(
    "spoil", [lambda whole: whole[: len(whole) // 2], lambda _: b"no backup", lambda _: b""]
)
def test_a_spoiled_backup_leaves_the_database_as_it_was(filled: Database, tmp_path: Path, spoil) -> None:
    file = tmp_path / "city.backup"
    dumps.dump(filled.url, file)
    file.write_bytes(spoil(file.read_bytes()))
    filled.engine.dispose()
    before = contents(filled.url)
    with pytest.raises(dumps.BackupUnreadable):
        dumps.restore(filled.url, file, force=True)
    assert contents(filled.url) == before


def test_a_database_at_work_is_not_replaced(filled: Database, tmp_path: Path) -> None:
    dumps.dump(filled.url, tmp_path / "file")
    filled.engine.dispose()
    with filled.engine.connect(), pytest.raises(dumps.DatabaseInUse, match="parking worker"):
        dumps.restore(filled.url, tmp_path / "file", force=True)


def test_a_password_stands_on_no_command_line_and_in_no_error(tmp_path: Path, monkeypatch) -> None:
    seen = []
    real = dumps.run_program

    def watched(words, **how):
        seen.append([str(word) for word in words])
        return real(words, **how)

    monkeypatch.setattr(dumps, "run_program", watched)
    with pytest.raises(Exception, match="pg_dump") as caught:
        dumps.dump("postgresql://somebody:sesame@127.0.0.1:1/none", tmp_path / "file")
    assert seen and "sesame" not in str(seen)
    assert "sesame" not in str(caught.value)


def test_a_backup_into_no_folder_says_so(filled: Database, tmp_path: Path) -> None:
    result = run("backup", filled.url, tmp_path / "nowhere" / "file")
    assert result.exit_code == 1
    assert "no folder" in result.output
