"""Where do the web processes of a command count, so that one can tell the sum? In a folder of its own."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "parking-web-metrics-"


@contextmanager
def meters_folder() -> Iterator[Path]:
    """A folder that is there for the block, below the system's for temporary files.

    What killed commands left there is taken away, once their web processes have ended too: a lock says who
    uses a folder, and goes with the last process that was forked from the one that took it. Raises OSError.
    """
    _remove_abandoned()
    folder, held = _make()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _make() -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        # Another command may find it before it is locked, and take it away.
        with suppress(FileNotFoundError):
            held = _opened(folder)
            fcntl.flock(held, fcntl.LOCK_EX)
            if folder.exists():
                return folder, held
            os.close(held)


def _remove_abandoned() -> None:
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        # In use, another user's, or taken away by another command.
        with suppress(OSError):
            _remove(left)


def _remove(folder: Path) -> None:
    descriptor = _opened(folder)
    try:
        if os.fstat(descriptor).st_uid == os.geteuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
    finally:
        os.close(descriptor)


def _opened(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
