"""May anybody run the embedded server, and is nobody's home opened for it?"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from parking.kernel.db import programs
from parking.kernel.db.cluster import Cluster
from parking.kernel.db.embedded import EmbeddedServer, FolderNotOurs, stop_unused
from tests.databases import FAST, quick_place
from tests.unit.kernel.server_users import ServerUser, ask, plain

Start = Callable[..., ServerUser]
NOBODY = 65534
UNKNOWN = 42_424_242
AS_NOBODY = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
namespaces = pytest.mark.skipif(not programs.user_namespaces_allowed(), reason="no user namespaces here")


@pytest.fixture
def no_namespaces(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`unshare` fails as it does in a container without the right to make user namespaces."""
    with tempfile.TemporaryDirectory() as name:
        unshare = Path(name) / "unshare"
        unshare.write_text("#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2; exit 1\n")
        unshare.chmod(0o755)
        monkeypatch.setenv("PATH", f"{name}:{os.environ['PATH']}")
        yield


def modes_above(path: Path) -> list[tuple[Path, int]]:
    return [(parent, stat.S_IMODE(parent.stat().st_mode)) for parent in path.parents]


def processes_of(folder: Path) -> set[int]:
    """The uids of the server's processes."""
    pid = (folder / "data" / "postmaster.pid").read_text().splitlines()[0]
    return {Path(f"/proc/{pid}").stat().st_uid}


@namespaces
def test_root_serves_from_a_private_home_without_opening_it(made: Path) -> None:
    above = modes_above(made)
    with EmbeddedServer.open(made, options=FAST) as server:
        assert ask(server.url) == "parking"
        assert modes_above(made) == above
    assert {path.stat().st_uid for path in [made, *made.rglob("*")]} == {0}


@pytest.mark.usefixtures("no_namespaces")
def test_root_without_user_namespaces_serves_as_nobody_from_a_private_home(folder: Path) -> None:
    above = modes_above(folder)
    assert above[0] == (folder.parent, 0o700), "nobody could pass anyway"
    with EmbeddedServer.open(folder, options=FAST) as server:
        assert ask(server.url) == "parking"
        assert processes_of(folder) == {NOBODY}
        assert modes_above(folder) == above
        # Whoever else is nobody on this machine must not reach it.
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.stat().st_uid == 0
    assert not Cluster(folder).is_alive()


@namespaces
def test_data_made_with_user_namespaces_are_served_without_them_and_back(
    made: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    path = os.environ["PATH"]
    request.getfixturevalue("no_namespaces")
    with EmbeddedServer.open(made, options=FAST) as server:
        assert ask(server.url) == "parking"
    monkeypatch.setenv("PATH", path)
    with EmbeddedServer.open(made, options=FAST) as server:
        assert ask(server.url) == "parking"


@namespaces
def test_a_server_started_with_user_namespaces_is_stopped_without_them(
    made: Path, start_user: Start, request: pytest.FixtureRequest
) -> None:
    user = start_user()
    assert ask(user.url()) == "parking"
    user.kill()
    request.getfixturevalue("no_namespaces")
    assert stop_unused(made)
    assert not Cluster(made).is_alive()
    with EmbeddedServer.open(made, options=FAST) as server:
        assert ask(server.url) == "parking"


def test_root_that_may_neither_says_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(programs.RootNotPossible, match="PARKING_DATABASE_URL"):
        EmbeddedServer.open(folder)


def test_a_plain_user_serves_from_a_folder_of_their_own(folder: Path, start_user: Start) -> None:
    own = as_owned_by_nobody(folder)
    user = start_user(before=AS_NOBODY, env={"HOME": "/nonexistent"})
    assert ask(user.url()) == "parking"
    assert processes_of(own) == {NOBODY}
    assert user.leave() == 0
    assert {path.stat().st_uid for path in own.rglob("*")} == {NOBODY}


def test_root_serves_a_users_folder_as_that_user_and_leaves_it_usable(made: Path, start_user: Start) -> None:
    own = as_owned_by_nobody(made)
    with EmbeddedServer.open(own, options=FAST) as server:
        assert ask(server.url) == "parking"
        assert processes_of(own) == {NOBODY}
        user = start_user(before=AS_NOBODY)
        assert f"{user.url()}&requirepeer=nobody" == server.url
    assert user.leave() == 0
    again = start_user(before=AS_NOBODY)
    assert ask(again.url()) == "parking"
    assert again.leave() == 0
    assert {path.stat().st_uid for path in own.rglob("*")} == {NOBODY}


def test_what_root_makes_in_a_users_empty_folder_is_the_users(folder: Path, start_user: Start) -> None:
    os.chown(folder.parent, NOBODY, NOBODY)
    with EmbeddedServer.open(folder, options=FAST) as server:
        assert ask(server.url) == "parking"
    assert {path.stat().st_uid for path in [folder, *folder.rglob("*")]} == {NOBODY}
    user = start_user(before=AS_NOBODY)
    assert ask(user.url()) == "parking"
    assert user.leave() == 0


def test_root_makes_its_own_in_a_folder_of_whom_the_machine_does_not_know(folder: Path) -> None:
    """As in a container, whose user is of its host."""
    os.chown(folder.parent, UNKNOWN, UNKNOWN)
    folder.parent.chmod(0o755)
    with EmbeddedServer.open(folder, options=FAST) as server:
        assert ask(server.url) == "parking"


def test_a_users_link_leads_root_to_no_other_database(made: Path) -> None:
    link = made.parent / "link"
    link.symlink_to(made)
    with EmbeddedServer.open(link, options=FAST) as server:
        assert ask(server.url) == "parking"
    os.chown(link, NOBODY, NOBODY, follow_symlinks=False)
    with pytest.raises(FolderNotOurs):
        EmbeddedServer.open(link, options=FAST)


def test_a_pid_that_another_users_database_has_by_now_is_no_obstacle(made: Path, start_user: Start) -> None:
    """Of its process a plain user is not told where it works."""
    with (
        tempfile.TemporaryDirectory(prefix="pk-", dir=quick_place()) as roots,
        EmbeddedServer.open(Path(roots), options=FAST),
    ):
        pid = (Path(roots) / "data" / "postmaster.pid").read_text().splitlines()[0]
        (made / "data" / "postmaster.pid").write_text(f"{pid}\n{made}\n")
        as_owned_by_nobody(made)
        user = start_user(before=AS_NOBODY)
        assert ask(user.url()) == "parking"
        assert user.leave() == 0


def test_a_users_socket_leads_root_to_no_database_of_roots(made: Path) -> None:
    own = as_owned_by_nobody(made)
    with (
        EmbeddedServer.open(own, options=FAST) as users,
        tempfile.TemporaryDirectory(prefix="pk-", dir=quick_place()) as roots,
        EmbeddedServer.open(Path(roots), options=FAST),
    ):
        socket = own / ".s.PGSQL.5432"
        socket.rename(own / "kept")
        socket.symlink_to(Path(roots) / socket.name)
        for connect in (Cluster(own).connect, lambda: psycopg.connect(plain(users.url))):
            with pytest.raises(psycopg.OperationalError, match="requirepeer"):
                connect()
        (own / "kept").rename(socket)


def test_what_a_users_database_runs_for_root_has_no_right_of_roots(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("root's")
    secret.chmod(0o600)
    tmp_path.chmod(0o700)
    monkeypatch.setenv("PARKING_SECRET_KEY", "root's")
    own = as_owned_by_nobody(made)
    with (
        EmbeddedServer.open(own, options=FAST) as server,
        psycopg.connect(plain(server.url), autocommit=True) as connection,
    ):
        connection.execute("CREATE TABLE told (line text)")
        for wanted in (f"cat {secret}", f"touch {tmp_path}/made", "cat /proc/self/environ | grep SECRET"):
            with pytest.raises(psycopg.errors.ExternalRoutineException):
                connection.execute(f"COPY told FROM PROGRAM '{wanted}'")
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_root_is_told_of_a_users_folder_that_the_user_cannot_reach(made: Path) -> None:
    as_owned_by_nobody(made)
    os.chown(made.parent, 0, 0)
    with pytest.raises(programs.UserCannotReach, match=f"nobody.*{made}"):
        EmbeddedServer.open(made, options=FAST)
    assert not Cluster(made).is_alive()


@pytest.mark.usefixtures("no_namespaces")
@pytest.mark.parametrize("open_to", ["the-owner-above", "all"])
def test_nobody_gets_no_right_of_roots_where_others_may_put_something_into_the_folder(
    folder: Path, open_to: str
) -> None:
    folder.mkdir(mode=0o700)
    if open_to == "all":
        folder.chmod(0o777)
    else:
        os.chown(folder.parent, NOBODY, NOBODY)
    with pytest.raises(programs.UserCannotReach):
        EmbeddedServer.open(folder, options=FAST)


def test_a_server_that_root_started_answers_its_owner_also_over_a_long_path(
    folder: Path, start_user: Start
) -> None:
    deep = folder / ("a-long-way-" * 12)
    as_owned_by_nobody(deep)
    as_owned_by_nobody(folder)
    with EmbeddedServer.open(deep, options=FAST) as server:
        user = start_user(deep, before=AS_NOBODY)
        assert f"{user.url()}&requirepeer=nobody" == server.url
        assert ask(server.url) == "parking"
        assert user.leave() == 0


def test_a_plain_user_is_told_that_a_folder_is_not_theirs(made: Path, start_user: Start) -> None:
    stop_unused(made)
    made.parent.chmod(0o755)
    user = start_user(before=AS_NOBODY)
    assert user.process.wait(timeout=60) == 1
    assert FolderNotOurs.__name__ in user.process.stderr.read()


def as_owned_by_nobody(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in (folder, folder.parent, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    return folder
