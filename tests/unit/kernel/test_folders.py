"""Does root leave a user's folder usable for the user, and touch nothing outside of it?"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from integrations.storage import LocalFolder
from parking.boundary.files import StoreUnavailable
from parking.entrypoints.demo_money import network_keys, write_networks
from parking.entrypoints.handover import take_port
from parking.entrypoints.processes import free_port
from parking.entrypoints.simulator.barriers.street_file import write_street
from parking.kernel.db.cluster import Cluster, open_lock
from parking.kernel.folders import file_in, folder_in, opened_folder
from parking.kernel.keyfile import KeyNotUsable, read_or_make
from parking.settings import Settings
from tests.adapters import papers

NOBODY = 65534
ROOTS = (0, 0)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """A user's folder."""
    folder = tmp_path / "users"
    folder.mkdir(mode=0o700)
    os.chown(folder, NOBODY, NOBODY)
    return folder


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of root's, elsewhere."""
    file = tmp_path / "secret"
    file.write_text("root's\n" * 8)
    return file


def owner(path: Path) -> tuple[int, int]:
    told = path.lstat()
    return told.st_uid, told.st_gid


def test_what_root_makes_in_a_users_folder_is_the_users(users: Path) -> None:
    with opened_folder(users) as around:
        made = folder_in(around, "folder")
        os.close(file_in(made, "file", os.O_RDWR))
        os.close(made)
    assert {owner(path) for path in users.rglob("*")} == {(NOBODY, NOBODY)}
    assert [path.stat().st_mode & 0o777 for path in users.rglob("*")] == [0o700, 0o600]


def test_a_link_in_a_users_folder_is_not_followed(users: Path, secret: Path) -> None:
    (users / "file").symlink_to(secret)
    (users / "missing").symlink_to(secret.parent / "made")
    (users / "folder").symlink_to(secret.parent)
    with opened_folder(users) as around:
        for name in ("file", "missing"):
            with pytest.raises(OSError):
                file_in(around, name, os.O_RDWR)
        with pytest.raises(OSError):
            folder_in(around, "folder")
    assert owner(secret) == owner(secret.parent) == ROOTS
    assert not (secret.parent / "made").exists()


@pytest.mark.parametrize("name", ["barriers.json", "networks.toml"])
@pytest.mark.parametrize("lead", [Path.symlink_to, Path.hardlink_to])
def test_what_root_writes_for_a_demo_changes_no_file_elsewhere(
    users: Path, secret: Path, name: str, lead: Callable[[Path, Path], None]
) -> None:
    told = secret.read_text()
    lead(users / name, secret)
    if name.endswith("toml"):
        write_networks(users / name, network_keys(), "http://127.0.0.1:1")
    else:
        write_street(users / name, {"platform": "http://127.0.0.1:1"})
    assert secret.read_text() == told
    assert owner(secret) == ROOTS
    assert [path.name for path in users.iterdir()] == [name]
    assert owner(users / name) == (NOBODY, NOBODY)
    assert (users / name).lstat().st_mode & 0o777 == 0o600


def test_the_secret_that_root_makes_is_the_users(users: Path) -> None:
    key = users / "new" / "secret.key"
    read_or_make(key)
    assert {owner(path) for path in users.rglob("*")} == {(NOBODY, NOBODY)}
    assert key.stat().st_mode & 0o777 == 0o600


def test_root_takes_no_secret_where_a_users_link_leads(users: Path, secret: Path) -> None:
    (users / "secret.key").symlink_to(secret)
    os.chown(users / "secret.key", NOBODY, NOBODY, follow_symlinks=False)
    with pytest.raises(KeyNotUsable):
        read_or_make(users / "secret.key")


def test_papers_that_root_keeps_are_the_users(users: Path) -> None:
    LocalFolder(users / "files").keep("现场.png", papers.GOOD["平面图.png"]())
    assert {owner(path) for path in users.rglob("*")} == {(NOBODY, NOBODY)}


@pytest.mark.parametrize("link", ["files", "files/unfinished", "files/{:.2}", "files/{:.2}/{:.2}"])
def test_papers_are_kept_nowhere_where_a_users_link_leads(users: Path, secret: Path, link: str) -> None:
    paper = papers.GOOD["平面图.png"]()
    with tempfile.TemporaryDirectory() as elsewhere:
        digest = LocalFolder(Path(elsewhere)).keep("平面图.png", paper).sha256
    at = users / link.format(digest, digest[2:])
    for folder in (users / "files", users / "files" / digest[:2]):
        if at.is_relative_to(folder) and at != folder:
            folder.mkdir()
            os.chown(folder, NOBODY, NOBODY)
    led = secret.parent / "led"
    led.mkdir()
    at.symlink_to(led)
    os.chown(at, NOBODY, NOBODY, follow_symlinks=False)
    with pytest.raises(StoreUnavailable):
        LocalFolder(users / "files").keep("平面图.png", paper)
    assert list(led.iterdir()) == []


def test_another_name_of_a_file_of_roots_gives_it_to_nobody(users: Path, secret: Path) -> None:
    os.link(secret, users / "file")
    with opened_folder(users) as around:
        os.close(file_in(around, "file", os.O_RDWR))
    assert owner(secret) == ROOTS


@pytest.mark.parametrize("other", [NOBODY - 1, 0], ids=["another's", "root's"])
def test_a_folder_of_a_third_user_is_refused_and_stays_whose_it_is(users: Path, other: int) -> None:
    (users / "folder").mkdir()
    os.chown(users / "folder", other, other)
    with opened_folder(users) as around, pytest.raises(PermissionError):
        folder_in(around, "folder")
    assert owner(users / "folder") == (other, other)


def test_a_pipe_in_the_place_of_a_file_keeps_root_waiting_for_nobody(users: Path) -> None:
    os.mkfifo(users / "gate.lock")
    with pytest.raises(OSError):
        open_lock(users / "gate.lock")


def test_no_folder_of_roots_is_taken_for_one_that_a_database_left(users: Path, tmp_path: Path) -> None:
    (users / "data").mkdir(mode=0o700)
    roots, link = tmp_path / "parking-pg-roots", users / "parking-pg-link"
    roots.mkdir()
    link.symlink_to(roots)
    os.chown(link, NOBODY, NOBODY, follow_symlinks=False)
    for path in (users / "data", users / "data" / "postmaster.pid"):
        path.touch()
        os.chown(path, NOBODY, NOBODY)
    for told in (roots, link):
        (users / "data" / "postmaster.pid").write_text(f"12\n{users}\n0\n5432\n{told}\n")
        assert Cluster(users).socket_folder is None
        Cluster(users).stop()
    assert roots.exists()


@pytest.mark.parametrize("link", ["run", "run/web-127.0.0.1-{port}", "run/web-127.0.0.1-{port}/command.lock"])
def test_a_command_hands_over_nowhere_where_a_link_leads(users: Path, secret: Path, link: str) -> None:
    port = free_port()
    at = users / link.format(port=port)
    at.parent.mkdir(parents=True, exist_ok=True)
    for each in at.parents:
        if each.is_relative_to(users):
            os.chown(each, NOBODY, NOBODY)
    before = sorted(secret.parent.iterdir())
    at.symlink_to(secret if at.suffix else secret.parent)
    assert take_port(Settings.from_env({"PARKING_DATA_DIR": str(users), "PARKING_PORT": str(port)})) is None
    assert sorted(secret.parent.iterdir()) == before
    assert owner(secret) == owner(secret.parent) == ROOTS


def test_the_embedded_database_opens_no_link_as_a_lock(users: Path, secret: Path) -> None:
    (users / "gate.lock").symlink_to(secret)
    with pytest.raises(OSError):
        open_lock(users / "gate.lock")
    assert owner(secret) == ROOTS


def test_what_a_crashed_database_left_is_read_and_written_by_no_link(users: Path, secret: Path) -> None:
    told = secret.read_text()
    (users / "data").mkdir()
    (users / "data" / "postmaster.pid").symlink_to(secret)
    with pytest.raises(OSError):
        Cluster(users).ensure_running({})
    assert secret.read_text() == told
