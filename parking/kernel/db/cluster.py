"""How is one data folder of PostgreSQL made, started and stopped?

Whether its server lives is told by a lock that the server inherits, never by a pid: a pid may be a zombie's,
or another process's after a restart of the container.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import re
import shlex
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL

from parking.kernel.db.programs import (
    MAJOR,
    ProgramFailed,
    UserCannotReach,
    bin_folder,
    is_known,
    owner_under,
    prefix_for,
    run_program,
)
from parking.kernel.errors import N_, Unavailable
from parking.kernel.folders import file_in, folder_in, open_file, opened_folder

_START_S = 60
# From the last line of a server until the system has taken its processes away.
_END_S = 20
_PORT = 5432
# sun_path holds 103 bytes on macOS, 107 on Linux; the name of the socket takes 16 of them.
_LONGEST_SOCKET_FOLDER = 86
_PRIVATE = "parking-pg-"
# Larger than any pid that a system gives.
_NO_PID = "999999999"
_LARGEST_LOG = 5_000_000


class ServerNotStarted(Unavailable):
    """PostgreSQL did not answer in time; `reason` is the end of its log."""

    code = "database_not_started"
    text = N_("内嵌数据库未能启动（日志 %(log)s）：%(reason)s")


class ForeignServer(Unavailable):
    """A server that somebody started by hand runs on our data folder."""

    code = "database_started_by_hand"
    text = N_("数据目录 %(folder)s 正被另行启动的 PostgreSQL（进程 %(pid)s）使用，请先停止它")


class Cluster:
    """The data folder `folder/data`, its logs and its socket; callers take turns by a lock of their own."""

    def __init__(self, folder: Path, *, major: int = MAJOR, data: str = "data") -> None:
        self.folder = folder
        self.data = folder / data
        self._start_log = folder / "log"
        self._pid_file = self.data / "postmaster.pid"
        self.bin = bin_folder(major)

    @property
    def major(self) -> str | None:
        """The major version that made the data, None while there is none."""
        try:
            return (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return None

    @property
    def log(self) -> Path:
        """The file that the server wrote into last: one of each weekday, or that of its start."""
        return max(self._logs(), key=lambda path: path.stat().st_mtime, default=self._start_log)

    @property
    def socket_folder(self) -> Path | None:
        """Where the running server listens, as it wrote it down itself.

        The owner of the data may have written there what is another's: that is no socket's.
        """
        lines = self._pid_lines()
        if len(lines) <= 4 or not lines[4]:
            return None
        told = Path(lines[4])
        try:
            found = told.lstat()
            is_owners = found.st_uid == self.folder.stat().st_uid
        except OSError:
            return None
        return told if is_owners and stat.S_ISDIR(found.st_mode) else None

    def url(self, database: str) -> str:
        """The address for SQLAlchemy; only while the server runs."""
        # The port names the socket's file; said, because PGPORT would say otherwise.
        where = {"host": str(self.socket_folder), "port": str(_PORT), **self._peer()}
        return URL.create("postgresql+psycopg", "postgres", database=database, query=where).render_as_string(
            hide_password=False
        )

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """A connection of the server's owner, each statement its own transaction."""
        if self.socket_folder is None:
            raise psycopg.OperationalError("no socket yet")
        return psycopg.connect(
            host=str(self.socket_folder),
            port=_PORT,
            user="postgres",
            dbname=database,
            autocommit=True,
            connect_timeout=5,
            **self._peer(),
        )

    def _peer(self) -> dict[str, Any]:
        """As whom libpq must find the server running: a user's socket may be a link to root's own."""
        owner = self.folder.stat().st_uid
        is_users = os.geteuid() == 0 and owner != 0 and is_known(owner)
        return {"requirepeer": pwd.getpwuid(owner).pw_name} if is_users else {}

    def create_data(self, *, sync: bool = True) -> None:
        """Run initdb; a folder that was left half made by a kill is thrown away first.

        Raises UserCannotReach, RootNotPossible, ProgramFailed.
        """
        fresh = self.folder / f"{self.data.name}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        with opened_folder(self.folder) as around:
            os.close(folder_in(around, fresh.name))
        prefix = self._prefix(fresh)
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        zone = ["--set=timezone=UTC", "--set=log_timezone=UTC"]
        how = ["--username=postgres", "--auth=trust", *([] if sync else ["--no-sync"])]
        self._run([*prefix, self.bin / "initdb", "-D", fresh, *locale, *zone, *how])
        fresh.rename(self.data)

    def ensure_running(self, options: Mapping[str, str], *, at: Path | None = None) -> None:
        """Attach to the living server, or start one with these settings; waits for one that starts or ends.

        `at`: the socket folder where it listened before, and where it is still looked for.
        Raises ServerNotStarted, ForeignServer, UserCannotReach, RootNotPossible, ProgramFailed.
        """
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            if not self.is_alive():
                self._start(options, at)
                return
            if self._answers():
                return
            time.sleep(0.05)
        raise ServerNotStarted(log=self.log, reason=self._end_of_log())

    def is_alive(self) -> bool:
        """Whether any process of the server still lives."""
        with locked_file(self.folder / "server.lock") as file:
            try:
                # Shared: two that ask at once are not the server to one another.
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def stop(self) -> None:
        """End the server without waiting for its clients, and take away what it left behind.

        Returns when its last process has gone. Raises ProgramFailed.
        """
        socket_folder = self.socket_folder
        if self.is_alive():
            self._tell_to_stop()
        if socket_folder is not None and _is_private(socket_folder):
            shutil.rmtree(socket_folder, ignore_errors=True)

    def _tell_to_stop(self) -> None:
        # Its files stay whose they are: it may have been started in another way than we would start it.
        prefix = prefix_for(self.data.stat().st_uid, is_roots=self._is_roots(), to_signal=True)
        try:
            self._run([*prefix, self.bin / "pg_ctl", "-D", self.data, "-m", "fast", "stop"])
        except ProgramFailed:
            # It was ending already: its pid file, or its first process, goes before the last one does.
            if not self._ends():
                raise
        else:
            self._ends()

    def _ends(self) -> bool:
        """Wait for the last process of a server that was told to stop; whether it has gone."""
        deadline = time.monotonic() + _END_S
        while self.is_alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def _start(self, options: Mapping[str, str], at: Path | None) -> None:
        left = self._remove_what_a_crash_left()
        socket_folder = at if at and self._made_again(at) else left or self._new_socket_folder()
        # In a user's folder they may be links; what root renames there is the user's to do.
        for log in self._logs() if self.folder.stat().st_uid == os.geteuid() else ():
            if log.stat().st_size > _LARGEST_LOG:
                log.replace(log.with_suffix(".old"))
        settings = {
            "listen_addresses": "",
            "port": str(_PORT),
            "unix_socket_directories": str(socket_folder),
            "unix_socket_permissions": "0700",
            # Its own log repeats no row either: what it would say in DETAIL quotes one.
            "log_error_verbosity": "terse",
            # A file of each weekday, begun anew a week later, however long the server runs.
            "logging_collector": "on",
            "log_filename": "%a.log",
            "log_rotation_age": "1d",
            "log_rotation_size": "0",
            "log_truncate_on_rotation": "on",
            **options,
        }
        words = " ".join(shlex.quote(f"--{name}={value}") for name, value in settings.items())
        how = ["-w", "-t", str(_START_S), "-l", str(self._start_log), "-o", words]
        with locked_file(self.folder / "server.lock") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            prefix = self._prefix(self.data)
            try:
                self._run([*prefix, self.bin / "pg_ctl", "-D", self.data, *how, "start"], keep_open=[file])
            except ProgramFailed as problem:
                raise ServerNotStarted(log=self.log, reason=self._end_of_log()) from problem

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _prefix(self, data: Path) -> tuple[str, ...]:
        owner = data.stat().st_uid
        is_roots = self._is_roots()
        prefix = prefix_for(owner, is_roots=is_roots)
        wanted = owner_under(prefix, owner)
        if prefix[:1] == ("setpriv",) and not is_roots:
            self._check_reach(prefix, wanted)
        if wanted != owner:
            for path in [data, *data.rglob("*")]:
                os.chown(path, wanted, -1, follow_symlinks=False)
        return prefix

    def _is_roots(self) -> bool:
        """Whether root alone can put anything into our folder, or another one into its place."""
        here = self.folder.stat()
        above = {parent.stat().st_uid for parent in self.folder.parents} - {0}
        # Whom this machine does not know cannot log in on it: the owner of a folder of a container's host.
        return here.st_uid == 0 and not here.st_mode & 0o077 and not any(map(is_known, above))

    def _check_reach(self, prefix: tuple[str, ...], uid: int) -> None:
        try:
            self._run([*prefix, "test", "-w", self.folder, "-a", "-x", self.bin / "postgres"])
        except ProgramFailed as problem:
            user = pwd.getpwuid(uid).pw_name if is_known(uid) else uid
            raise UserCannotReach(user=user, folder=self.folder, programs=self.bin) from problem

    def _run(self, words: Sequence[str | Path], *, keep_open: Sequence[int] = ()) -> None:
        # Whoever it becomes has nothing to look for where root works.
        run_program(words, keep_open=keep_open, cwd="/")

    def _new_socket_folder(self) -> Path:
        plain = re.fullmatch(r"[^\s,'\"\\]+", str(self.folder))
        if plain and len(os.fsencode(self.folder)) <= _LONGEST_SOCKET_FOLDER:
            return self.folder
        # Made 0700 for us alone.
        made = Path(tempfile.mkdtemp(prefix=_PRIVATE, dir=_private_place()))
        self._give_to_owner(made)
        return made

    def _made_again(self, folder: Path) -> bool:
        """Whether a private socket folder is there, ours alone; one that ended in order took its own away."""
        if not _is_private(folder):
            return False
        try:
            folder.mkdir(0o700)
        except FileExistsError:
            found = folder.lstat()
            is_owners = found.st_uid == self.folder.stat().st_uid
            return is_owners and stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
        self._give_to_owner(folder)
        return True

    def _give_to_owner(self, made: Path) -> None:
        if os.geteuid() == 0:
            owner = self.folder.stat()
            os.chown(made, owner.st_uid, owner.st_gid)

    def _remove_what_a_crash_left(self) -> Path | None:
        """The private socket folder of a server that was killed: whoever used it goes on looking there."""
        lines = self._pid_lines()
        if lines and lines[0].isdigit() and _serves(int(lines[0]), self.data):
            raise ForeignServer(folder=self.data, pid=lines[0])
        told = self.socket_folder
        private = told if told is not None and _is_private(told) else None
        for left in chain(*(place.glob(".s.PGSQL.*") for place in (self.folder, private) if place)):
            left.unlink()
        # No process of our server lives, yet PostgreSQL would take a zombie, or another process under the
        # same pid, for it. The rest of the file tells it which shared memory to free.
        if len(lines) > 6:
            self._pid_file.unlink()
            with opened_folder(self.data) as data:
                file = file_in(data, self._pid_file.name, os.O_WRONLY)
            with os.fdopen(file, "w") as kept:
                kept.write("\n".join([_NO_PID, *lines[1:]]) + "\n")
        else:
            self._pid_file.unlink(missing_ok=True)
        return private

    def _pid_lines(self) -> list[str]:
        try:
            # Not another file, by a link of the owner of the data: root writes back what it reads.
            with opened_folder(self.data) as data:
                file = open_file(data, self._pid_file.name, os.O_RDONLY)
        except FileNotFoundError:
            return []
        with os.fdopen(file) as kept:
            return kept.read().splitlines()

    def _logs(self) -> list[Path]:
        logs = [self._start_log, *(self.data / "log").glob("*.log")]
        return [path for path in logs if path.exists()]

    def _end_of_log(self) -> str:
        log = self.log
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return "\n".join(lines[-5:])


@contextmanager
def locked_file(path: Path) -> Iterator[int]:
    """A descriptor to lock on: the lock goes when the last process that inherited it has closed it."""
    descriptor = open_lock(path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_lock(path: Path) -> int:
    """Open a file that is there only to be locked; not inherited unless passed on by name."""
    with opened_folder(path.parent) as folder:
        return file_in(folder, path.name, os.O_RDONLY)


def _is_private(folder: Path) -> bool:
    """Whether it was made as a private socket folder: a pid file may name any folder of the owner's."""
    return folder.name.startswith(_PRIVATE) and folder.parent == _private_place()


def _private_place() -> Path:
    """Where private socket folders are made; a very long TMPDIR would not hold a socket either."""
    place = tempfile.gettempdir()
    return Path(place if len(place) < 60 else "/tmp")  # noqa: S108


def _serves(pid: int, data: Path) -> bool:
    """Whether the process is a PostgreSQL of these data: another one may have got the pid since."""
    if "postgres" not in _command_of(pid):
        return False
    process = Path(f"/proc/{pid}")
    try:
        # It serves nobody's data but those of its own user.
        return process.stat().st_uid == data.stat().st_uid and (process / "cwd").samefile(data)
    except FileNotFoundError:
        return False
    except OSError:
        # It does not say where it works.
        return True


def _command_of(pid: int) -> str:
    """The command line of a living process; empty for none, for a zombie, and where there is no /proc."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")[0]
    except OSError:
        return ""
