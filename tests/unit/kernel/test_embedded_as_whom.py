"""May anybody run the embedded server, and is nobody's home opened for it?"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from parking.kernel.db import programs
from parking.kernel.db.cluster import Cluster
from parking.kernel.db.embedded import EmbeddedServer, FolderNotOurs, stop_unused
from tests.databases import FAST
from tests.unit.kernel.server_users import ServerUser, ask

Start = Callable[..., ServerUser]
NOBODY = 65534
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
        assert user.url() == server.url
    assert user.leave() == 0
    again = start_user(before=AS_NOBODY)
    assert ask(again.url()) == "parking"
    assert again.leave() == 0
    assert {path.stat().st_uid for path in own.rglob("*")} == {NOBODY}


def test_a_plain_user_is_told_that_a_folder_is_not_theirs(made: Path, start_user: Start) -> None:
    stop_unused(made)
    made.parent.chmod(0o755)
    user = start_user(before=AS_NOBODY)
    assert user.process.wait(timeout=60) == 1
    assert FolderNotOurs.__name__ in user.process.stderr.read()


def as_owned_by_nobody(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    for path in (folder, folder.parent, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    return folder
