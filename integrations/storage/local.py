"""How does a plain folder keep papers by their content, whole or not at all?

`ab/cd/abcd…` is named by the SHA-256 of what it holds, and nothing of the sender's name is in a path. A file
is written beside the others, flushed to the disk and only then given its name; nothing is ever deleted.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

import structlog

from integrations.storage.screening import screen
from parking.boundary.files import FileNotKept, KeptFile, StoreUnavailable

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
                self._write(path, paper.content)
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

    def _write(self, path: Path, content: bytes) -> None:
        waiting = self._folder / _UNFINISHED
        for folder in (self._folder, waiting, path.parent.parent, path.parent):
            _make(folder)
        descriptor, unfinished = tempfile.mkstemp(dir=waiting)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(unfinished).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(unfinished).unlink()
            raise
        _flush(path.parent)


def _holds(path: Path, digest: str) -> bool:
    """Whether the very content is there already; what has been damaged is written anew."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except FileNotFoundError:
        return False


def _make(folder: Path) -> None:
    """A folder for us alone, whose name in its parent survives a loss of power."""
    if folder.is_dir():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _flush(folder.parent)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unavailable(doing: str, digest: str, problem: OSError | None) -> StoreUnavailable:
    reason = type(problem).__name__ if problem else "digest differs"
    _log.error(
        "store unavailable", doing=doing, sha256=digest, errno=problem and problem.errno, reason=reason
    )
    return StoreUnavailable()
