"""Do data of another major version come over whole, and stay where they are when they cannot?"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import psycopg
import pytest

from parking.kernel.db import moving, programs
from parking.kernel.db.cluster import Cluster, locked_file
from parking.kernel.db.embedded import DATABASE, EmbeddedServer, OtherMajor, create_database
from tests.databases import FAST
from tests.unit.kernel.server_users import ask, plain

OLD = 16


@pytest.fixture
def old_folder(folder: Path) -> Path:
    """A folder as a version of ours that used PostgreSQL 16 would have left it."""
    data = folder / "data"
    data.mkdir(parents=True, mode=0o700)
    owner = data.stat().st_uid
    prefix = programs.prefix_for(owner)
    os.chown(data, programs.owner_under(prefix, owner), -1)
    how = ["--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
    programs.run_program([*prefix, programs.bin_folder(OLD) / "initdb", "-D", data, *how])
    cluster = Cluster(folder, major=OLD)
    cluster.ensure_running(FAST)
    create_database(cluster, DATABASE)
    with psycopg.connect(plain(cluster.url(DATABASE))) as connection:
        connection.execute("CREATE TABLE kept AS SELECT '停车场' || n AS name FROM generate_series(1, 500) n")
    cluster.stop()
    return folder


def test_data_of_16_are_refused_then_moved_and_kept_beside(old_folder: Path) -> None:
    with pytest.raises(OtherMajor):
        EmbeddedServer.open(old_folder)
    kept = moving.move(old_folder)
    assert (kept / "PG_VERSION").read_text().strip() == str(OLD)
    with EmbeddedServer.open(old_folder, options=FAST) as server:
        assert str(ask(server.url, "SHOW server_version")).startswith("18.")
        assert ask(server.url, "SELECT count(*) || max(name) FROM kept") == "500停车场99"
    assert sorted(path.name for path in old_folder.iterdir() if path.is_dir()) == ["data", "data-16"]
    with pytest.raises(moving.NothingToMove):
        moving.move(old_folder)


def test_a_move_that_fails_leaves_the_old_data_as_they_were(
    old_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as broken, pytest.raises(OSError, match="no room"):
        broken.setattr(moving, "restore", no_room)
        moving.move(old_folder)
    assert [path.name for path in old_folder.iterdir() if path.is_dir()] == ["data"]
    assert not Cluster(old_folder).is_alive()
    assert moving.move(old_folder).name == "data-16"


def test_data_in_use_are_not_moved(folder: Path) -> None:
    folder.mkdir()
    with locked_file(folder / "users.lock") as user:
        fcntl.flock(user, fcntl.LOCK_SH)
        with pytest.raises(moving.StillUsed):
            moving.move(folder)


def test_a_version_that_the_wheel_lacks_is_said_with_the_way_out(folder: Path) -> None:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "PG_VERSION").write_text("13\n")
    with pytest.raises(moving.MajorNotCarried, match=r"13.*pg_dump -Fc.*parking restore"):
        moving.move(folder)
