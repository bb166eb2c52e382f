"""How does root keep files in a user's folder? So that the user owns them, and without following a link.

Every name is opened below a descriptor of its folder: between a look and a use the user may exchange a path.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

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


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Make a folder, and those around it, where they are missing: each for the owner of the one around it.

    `mode` (less the umask) is that of the last. Raises OSError.
    """
    if path.is_dir():
        return
    make_folder(path.parent)
    with opened_folder(path.parent) as around:
        os.close(inner_folder(around, path.name, mode))


def inner_folder(parent: int, name: str, mode: int = 0o700) -> int:
    """A descriptor of the folder of that name, made where it is missing for the owner of the one around it.

    Raises OSError, also for a link.
    """
    try:
        os.mkdir(name, mode, dir_fd=parent)
    except FileExistsError:
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    descriptor = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    _give(descriptor, parent)
    return descriptor


def folder_in(parent: int, name: str) -> int:
    """As `inner_folder`, but nobody else's. Raises PermissionError where it belongs to a third user.

    Root's is one, beside a user's: the user may have given a folder of root's another name.
    """
    descriptor = inner_folder(parent, name)
    try:
        owner = os.fstat(parent).st_uid if os.geteuid() == 0 else os.geteuid()
        if os.fstat(descriptor).st_uid != owner:
            raise PermissionError(f"{name} belongs to another user")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def file_in(parent: int, name: str, flags: int) -> int:
    """A descriptor of the file of that name, made where it is missing, for its owner alone (0600).

    Raises OSError, also for a link, and for what is no file.
    """
    try:
        descriptor = os.open(name, flags | _HERE | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=parent)
    except FileExistsError:
        return open_file(parent, name, flags)
    # Only what is made here: what was there may be another name of a file elsewhere.
    _give(descriptor, parent)
    return descriptor


def open_file(parent: int, name: str, flags: int) -> int:
    """A descriptor of the file of that name. Raises OSError, also for a link, and for what is no file."""
    # A pipe would be waited for.
    descriptor = os.open(name, flags | _HERE | os.O_NONBLOCK, dir_fd=parent)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), name)
    return descriptor


def write_whole(path: Path, content: bytes) -> None:
    """Write a file for the owner of its folder alone, whole or not at all.

    What has its name, be it a link or another name of a file elsewhere, makes way and keeps what it holds.
    Raises OSError.
    """
    with opened_folder(path.parent) as around:
        unfinished = f".{path.name}-{token_hex(8)}"
        try:
            with os.fdopen(file_in(around, unfinished, os.O_WRONLY), "wb") as file:
                file.write(content)
            os.replace(unfinished, path.name, src_dir_fd=around, dst_dir_fd=around)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(unfinished, dir_fd=around)
            raise


def refuse_link_of_user(path: Path) -> None:
    """Raise PermissionError where root would follow another user's link."""
    if os.geteuid() == 0 and path.is_symlink() and path.lstat().st_uid != 0:
        raise PermissionError(f"{path} is another user's link")


def _give(descriptor: int, parent: int) -> None:
    """Keep root from leaving what the owner of the folder around it cannot open afterwards."""
    owner = os.fstat(parent)
    if os.geteuid() == 0 and owner.st_uid != 0:
        # On a network folder all may be of one owner, whoever made it, and nothing can be given.
        with suppress(PermissionError):
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
