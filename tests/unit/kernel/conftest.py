"""Where may a test start servers of its own?"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from parking.kernel.db.embedded import EmbeddedServer, stop_unused
from tests.databases import FAST, quick_place
from tests.unit.kernel.server_users import ServerUser


@pytest.fixture
def folder() -> Iterator[Path]:
    """A place for a server, which is gone afterwards. Not tmp_path: its name is too long for a socket."""
    with tempfile.TemporaryDirectory(prefix="pk-", dir=quick_place()) as name:
        place = Path(name) / "pg"
        yield place
        if place.exists():
            assert stop_unused(place), "a user is left"


@pytest.fixture(scope="session")
def _made() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pk-", dir=quick_place()) as name:
        place = Path(name) / "pg"
        EmbeddedServer.open(place, options=FAST).close()
        yield place / "data"


@pytest.fixture
def made(folder: Path, _made: Path) -> Path:
    """`folder` with data in it; a copy, because making them is what takes long."""
    folder.mkdir(mode=0o700)
    shutil.copytree(_made, folder / "data")
    return folder


@pytest.fixture
def start_user(folder: Path) -> Iterator[Callable[..., ServerUser]]:
    """Starts processes that use the server of `folder`, or of another place; none outlives the test."""
    started: list[ServerUser] = []

    def start(place: Path = folder, **how: object) -> ServerUser:
        started.append(ServerUser(place, **how))
        return started[-1]

    yield start
    for user in started:
        user.kill()
