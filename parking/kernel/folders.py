"""How does root keep files in a user's folder? So that the user owns them, and without following a link.

Every name is opened below a descriptor of its folder: between a look and a use the user may exchange a path.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_HERE = os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@contextmanager
def opened_folder(path: Path) -> Iterator[int]:
    """A descriptor of a folder of which whoever started us spoke: where it lies is theirs to say."""
    descriptor = os.open(path, _FOLDER)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def folder_in(parent: int, name: str) -> int:
    """A descriptor of the folder of that name, made where it is missing, for its owner alone (0700).

    Raises OSError, also for a link, and PermissionError where it belongs to a third user.
    """
    with suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=parent)
    descriptor = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    try:
        if os.fstat(descriptor).st_uid == 0:
            _give(descriptor, parent)
        owner = os.fstat(parent).st_uid if os.geteuid() == 0 else os.geteuid()
        if os.fstat(descriptor).st_uid != owner:
            raise PermissionError(f"{name} belongs to another user")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def file_in(parent: int, name: str, flags: int) -> int:
    """A descriptor of the file of that name, made where it is missing, for its owner alone (0600).

    Raises OSError, also for a link.
    """
    try:
        descriptor = os.open(name, flags | _HERE | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=parent)
    except FileExistsError:
        return os.open(name, flags | _HERE, dir_fd=parent)
    # Only what is made here: what was there may be another name of a file elsewhere.
    _give(descriptor, parent)
    return descriptor


def _give(descriptor: int, parent: int) -> None:
    """Keep root from leaving what the owner of the folder around it cannot open afterwards."""
    owner = os.fstat(parent)
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
