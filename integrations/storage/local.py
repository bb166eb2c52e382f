"""How does a plain folder keep papers by their content, whole or not at all?

`ab/cd/abcd…` is named by the SHA-256 of what it holds, and nothing of the sender's name is in a path. A file
is written beside the others, flushed to the disk and only then given its name; nothing is ever deleted.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

import structlog

from integrations.storage.screening import screen
from parking.boundary.files import FileNotKept, KeptFile, StoreUnavailable
from parking.kernel.folders import file_in, inner_folder, make_folder, opened_folder, refuse_link_of_user

_log = structlog.get_logger("parking.files")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_UNFINISHED = "unfinished"


class LocalFolder:
    """A FileStore in one folder of this machine, which no web server may serve. Safe for many processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, name: str, content: bytes) -> KeptFile:
        """See FileStore.keep: screened, then written whole or not at all."""
        paper = screen(name, content)
        digest = hashlib.sha256(paper.content).hexdigest()
        path = self._path(digest)
        try:
            if not _holds(path, digest):
                self._write(digest, paper.content)
        except OSError as problem:
            raise _unavailable("write", digest, problem) from problem
        return KeptFile(digest, paper.media_type, len(paper.content), paper.name)

    def read(self, sha256: str) -> bytes:
        """See FileStore.read; what no longer has its digest is not handed out."""
        if not _DIGEST.fullmatch(sha256):
            raise FileNotKept
        try:
            content = self._path(sha256).read_bytes()
        except FileNotFoundError:
            raise FileNotKept from None
        except OSError as problem:
            raise _unavailable("read", sha256, problem) from problem
        if hashlib.sha256(content).hexdigest() != sha256:
            raise _unavailable("read", sha256, None)
        return content

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:4] / digest

    def _write(self, digest: str, content: bytes) -> None:
        refuse_link_of_user(self._folder)
        if not self._folder.is_dir():
            make_folder(self._folder, 0o700)
            with opened_folder(self._folder.parent) as around:
                os.fsync(around)
        unfinished = token_hex(16)
        with (
            opened_folder(self._folder) as top,
            _inner(top, _UNFINISHED) as waiting,
            _inner(top, digest[:2]) as above,
            _inner(above, digest[2:4]) as here,
        ):
            try:
                with os.fdopen(file_in(waiting, unfinished, os.O_WRONLY), "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(unfinished, digest, src_dir_fd=waiting, dst_dir_fd=here)
            except BaseException:
                with suppress(OSError):
                    os.unlink(unfinished, dir_fd=waiting)
                raise
            os.fsync(here)


@contextmanager
def _inner(parent: int, name: str) -> Iterator[int]:
    """A folder for its owner alone, whose name in its parent survives a loss of power."""
    is_new = name not in os.listdir(parent)
    descriptor = inner_folder(parent, name)
    try:
        if is_new:
            os.fsync(parent)
        yield descriptor
    finally:
        os.close(descriptor)


def _holds(path: Path, digest: str) -> bool:
    """Whether the very content is there already; what has been damaged is written anew."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except FileNotFoundError:
        return False


def _unavailable(doing: str, digest: str, problem: OSError | None) -> StoreUnavailable:
    reason = type(problem).__name__ if problem else "digest differs"
    _log.error(
        "store unavailable", doing=doing, sha256=digest, errno=problem and problem.errno, reason=reason
    )
    return StoreUnavailable()
