"""How does a machine without a database server get a real PostgreSQL under its own folder?

Several processes share one server. They are counted by a lock that the kernel drops with them, so that the
last one out stops the server however the others ended; a server without users is taken over by the next. Each
of them looks whether the server lives: one that was killed is started again at its address.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

import structlog
from psycopg import sql

from parking.kernel.db.cluster import Cluster, open_lock
from parking.kernel.db.programs import MAJOR, is_known
from parking.kernel.errors import N_, Conflict, NotAllowed, Unavailable
from parking.kernel.folders import make_folder, refuse_link_of_user

DATABASE = "parking"
_LOOK_EVERY_S = 0.2
_RETRY_AFTER_S = 2.0
_log = structlog.get_logger(__name__)
# A process forked meanwhile would inherit what is locked here, and keep it locked for as long as it lives.
_nobody_forks = Lock()
os.register_at_fork(
    before=_nobody_forks.acquire,
    after_in_parent=_nobody_forks.release,
    after_in_child=_nobody_forks.release,
)


class OtherMajor(Conflict):
    """The data were made by another major version of PostgreSQL."""

    code = "database_other_major"
    text = N_(
        "数据目录 %(folder)s 属于 PostgreSQL %(found)s，本程序使用 %(wanted)s：请运行 parking database move"
    )


class FolderNotOurs(NotAllowed):
    """The folder belongs to another user of this machine."""

    code = "database_folder_not_ours"
    text = N_("当前用户无权使用数据目录 %(folder)s：请以其所有者身份运行，或用 PARKING_DATA_DIR 另选目录")


class FolderUnusable(Unavailable):
    """Nothing can be kept there, whoever asks; `reason` is the system's."""

    code = "database_folder_unusable"
    text = N_("数据目录 %(folder)s 无法使用（%(reason)s）：请检查磁盘，或用 PARKING_DATA_DIR 另选目录")


class EmbeddedServer:
    """One use of the server of a folder; a context manager. Never open it in a web worker, which may not
    run its clean-up.
    """

    def __init__(self, cluster: Cluster, users: int, options: Mapping[str, str]) -> None:
        self._cluster, self._options = cluster, options
        self._users: int | None = users
        self.url, self._listens_in = cluster.url(DATABASE), cluster.socket_folder
        self.bin = cluster.bin
        self._closed = Event()
        self._watch = Thread(target=self._keep_running, name="database-watch", daemon=True)
        self._watch.start()

    @classmethod
    def open(cls, folder: Path, *, options: Mapping[str, str] | None = None) -> Self:
        """Start the server of `folder`, or attach to it, and make the database `parking` if it is missing.

        `options` are server settings and hold only where this call starts the server; without them
        durability is as PostgreSQL ships it. Raises OtherMajor, FolderNotOurs, FolderUnusable,
        ServerNotStarted, ForeignServer, ProgramsMissing, RootNotPossible, UserCannotReach, ProgramFailed.
        """
        folder = found(folder)
        with gate(folder):
            cluster = Cluster(folder)
            if cluster.major is None:
                cluster.create_data(sync=(options or {}).get("fsync") != "off")
            elif cluster.major != str(MAJOR):
                raise OtherMajor(folder=cluster.data, found=cluster.major, wanted=MAJOR)
            users = open_lock(folder / "users.lock")
            try:
                fcntl.flock(users, fcntl.LOCK_SH)
                cluster.ensure_running(options or {})
                create_database(cluster, DATABASE)
                return cls(cluster, users, options or {})
            except BaseException:
                os.close(users)
                raise

    def url_of(self, database: str) -> str:
        """The address of another database of this server."""
        return self._cluster.url(database)

    def close(self) -> None:
        """Leave; the last one out stops the server. A second call does nothing."""
        if self._users is None:
            return
        self._closed.set()
        self._watch.join()
        os.close(self._users)
        self._users = None
        stop_unused(self._cluster.folder)

    def _keep_running(self) -> None:
        """Start the server again where its first process was killed; nobody else does."""
        pause = _LOOK_EVERY_S
        while not self._closed.wait(pause):
            pause = _LOOK_EVERY_S
            with _nobody_forks:
                try:
                    if not self._cluster.is_alive():
                        self._start_again()
                except Exception as problem:
                    # Whatever it was: whoever gives up here leaves nobody who looks.
                    _log.error("database.not_started", reason=type(problem).__name__, said=str(problem))
                    pause = _RETRY_AFTER_S

    def _start_again(self) -> None:
        with gate(self._cluster.folder):
            # Another of its users may have been first.
            if not self._cluster.is_alive():
                self._cluster.ensure_running(self._options, at=self._listens_in)
                _log.warning("database.started_again")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def stop_unused(folder: Path) -> bool:
    """Stop the server of `folder` if nobody uses it; True when none runs afterwards. Raises FolderNotOurs."""
    folder = found(folder)
    with gate(folder):
        users = open_lock(folder / "users.lock")
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            Cluster(folder).stop()
            return True
        finally:
            os.close(users)


def no_place(folder: Path, problem: OSError) -> FolderNotOurs | FolderUnusable:
    """What is told of a folder where nothing can be kept."""
    if problem.errno in (errno.EROFS, errno.ENOSPC, errno.ENOTDIR, errno.EINVAL, errno.ELOOP, errno.EIO):
        return FolderUnusable(folder=folder, reason=os.strerror(problem.errno))
    return FolderNotOurs(folder=folder)


def found(folder: Path) -> Path:
    """Where a folder really lies. Raises FolderNotOurs where another user's link would lead root there."""
    try:
        refuse_link_of_user(folder)
    except PermissionError as problem:
        raise FolderNotOurs(folder=folder) from problem
    return folder.resolve()


@contextmanager
def gate(folder: Path) -> Iterator[None]:
    """Only one process at a time makes, starts, stops or moves the server of a folder.

    The folder is made where it is missing, for the owner of the one around it. Raises FolderNotOurs,
    FolderUnusable.
    """
    try:
        make_folder(folder.parent)
        if is_known(folder.parent.stat().st_uid):
            make_folder(folder, 0o700)
        else:
            # It stays ours: PostgreSQL makes no data for whom the machine does not know.
            folder.mkdir(mode=0o700, exist_ok=True)
        door = open_lock(folder / "gate.lock")
        writable = os.access(folder, os.W_OK)
        is_fixed = os.statvfs(folder).f_flag & os.ST_RDONLY
    except OSError as problem:
        raise no_place(folder, problem) from problem
    try:
        if not writable:
            raise no_place(folder, OSError(errno.EROFS if is_fixed else errno.EACCES, ""))
        fcntl.flock(door, fcntl.LOCK_EX)
        yield
    finally:
        os.close(door)


def create_database(cluster: Cluster, name: str) -> None:
    """Create a database of a running server unless it is there."""
    with cluster.connect() as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not found:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
