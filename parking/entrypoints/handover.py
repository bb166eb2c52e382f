"""Who serves while a killed command is started again? Its web processes, until those of the next one do.

A service manager starts the next command at once, but that loads for seconds: nobody is left unanswered.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from parking.entrypoints.database import embedded_in
from parking.entrypoints.processes import (
    PortTaken,
    end_with_command,
    hold_port,
    refuse_taken_port,
    turn_at_port,
    when_command_gone,
)
from parking.kernel.db.abandoned import stop_when_abandoned
from parking.kernel.folders import file_in, folder_in, make_folder, opened_folder
from parking.settings import Settings

PLACE = "WEB_HANDOVER"
"""Where a web process reads at which place it meets the next command; unset, it ends with its own."""
GENERATION = "WEB_GENERATION"
"""Where it reads which command of that place is its own."""

STOPS_WITHIN_S = 8
"""What a request under way may still take when its web process is told to end."""
# A service manager starts the next command within some seconds. Where nobody does, what is left must not hold
# the port, the memory and a version that was replaced for much longer.
_ALONE_FOR_S = 20.0
# Where many ask and the processors are busy, a next command may load for longer (35 s were measured). One of
# which nobody ever hears that it serves must not keep generation after generation.
_LOADS_WITHIN_S = 300.0
# Between the last line of its application and its open port a web process needs some milliseconds.
_LISTENS_WITHIN_S = 1.0
_LOOK_EVERY_S = 0.1
_COMMAND, _RUNNING, _PROCESSES, _SERVING = "command.lock", "running.lock", "processes.lock", "serving"


class Place:
    """A folder where the command of a port, its web processes and the next command meet.

    They are counted by POSIX locks: such a lock ends with its process, and a fork does not have its parent's.
    A process loses its lock when it closes any descriptor of the file, so what is held is never closed.

    Its commands are numbered: a pid may be that of a killed one. A number is kept as the time of a file, in
    whole seconds, because a full disk has room for that and for nothing else.
    """

    def __init__(self, folder: Path, generation: int = 0) -> None:
        """Make the folder where it is missing, and the one around it; `generation` is told by the command.

        Raises OSError.
        """
        self.data_dir = folder.parent.parent
        make_folder(self.data_dir)
        with opened_folder(self.data_dir) as around:
            run = folder_in(around, folder.parent.name)
        try:
            self._here = folder_in(run, folder.name)
        finally:
            os.close(run)
        self.folder, self.generation = folder, generation

    def take(self) -> bool:
        """Be its only command for as long as this process lives; False where another is. Raises OSError."""
        descriptor = self._open(_COMMAND)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self.generation = _number(descriptor) + 1
        os.utime(descriptor, (0, self.generation))
        self.withdraw()
        # For `has_command`: to look for a lock is to take it for an instant, which must keep no command out.
        fcntl.lockf(self._open(_RUNNING), fcntl.LOCK_SH)
        return True

    def join(self) -> None:
        """Be one of its web processes for as long as this process lives. Raises OSError."""
        fcntl.lockf(self._open(_PROCESSES), fcntl.LOCK_SH)

    def has_command(self) -> bool:
        """Whether a command runs here, be it that it still loads; not for one itself. Raises OSError."""
        return self._is_held(_RUNNING)

    def is_served(self) -> bool:
        """Whether web processes have joined; not for one itself. Raises OSError."""
        return self._is_held(_PROCESSES)

    def announce(self) -> None:
        """Say that from now on the web processes of this generation serve."""
        # Where even that cannot be said, those of killed commands go on until their time is over.
        with suppress(OSError):
            self._announce(self.generation)

    def withdraw(self) -> None:
        """As its command: what is announced from now on is of its web processes. Raises OSError."""
        self._announce(0)

    def announced(self) -> int:
        """The generation that was announced last, 0 where none was. Raises OSError."""
        descriptor = self._open(_SERVING)
        try:
            return _number(descriptor)
        finally:
            os.close(descriptor)

    def _announce(self, generation: int) -> None:
        descriptor = self._open(_SERVING)
        try:
            os.utime(descriptor, (0, generation))
        finally:
            os.close(descriptor)

    def end_others(self) -> None:
        """Tell the web processes of killed commands to end, and wait until they have. Raises OSError."""
        if not self.is_served():
            return
        self.announce()
        until = time.monotonic() + _LISTENS_WITHIN_S + STOPS_WITHIN_S + _LOOK_EVERY_S
        while self.is_served() and time.monotonic() < until:
            time.sleep(_LOOK_EVERY_S)

    def _is_held(self, name: str) -> bool:
        """Whether another process holds the lock; a lock of this process on the file would be lost."""
        descriptor = self._open(name)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def _open(self, name: str) -> int:
        """A descriptor that may be locked for oneself alone, which is not inherited by other programs."""
        return file_in(self._here, name, os.O_RDWR)


def take_port(settings: Settings) -> Place | None:
    """Be the only command of ours on the port for as long as this process lives; where its processes meet.

    None where nothing may be kept in the data folder: there nobody hands over. Raises PortTaken, also while
    the other command still loads, HostUnknown, AddressNotOurs, PortForbidden.
    """
    place = _place_of(settings)
    with turn_at_port(settings.port):
        try:
            refuse_taken_port(settings.host, settings.port)
        except PortTaken:
            # Shared with what a killed command left, and with nobody else; the last of it may just have gone.
            if place is None or not place.is_served():
                refuse_taken_port(settings.host, settings.port)
        hold_port(settings.host, settings.port)
    return place


def _place_of(settings: Settings) -> Place | None:
    try:
        place = Place(_folder(settings))
        is_ours = place.take()
    except OSError:
        return None
    if not is_ours:
        raise PortTaken.at(settings.port)
    return place


def _folder(settings: Settings) -> Path:
    # The address too: one deployment may listen on two, each by a command of its own.
    return settings.data_dir.absolute() / "run" / f"web-{quote(settings.host, safe='')}-{settings.port}"


def place_in(environ: Mapping[str, str]) -> Place | None:
    """In a web process: where its command told it to meet the next one. Raises OSError."""
    return Place(Path(environ[PLACE]), int(environ[GENERATION])) if PLACE in environ else None


def end_after_command(
    command: int,
    place: Place | None,
    alone_s: float = _ALONE_FOR_S,
    loads_s: float = _LOADS_WITHIN_S,
) -> None:
    """In a web process, before it listens: end when the process `command`, which made it, was succeeded.

    Where no next command runs `alone_s` seconds after it was gone, end then, and where one runs that nobody
    hears of, `loads_s` after it; without a place, and where it is gone already, at once. Raises OSError.
    """
    if place is None:
        end_with_command(command)
        return
    place.join()
    when_command_gone(command, lambda: _end_after_successor(place, alone_s, loads_s))


def announce_built(command: int, place: Place | None) -> None:
    """In a web process: it has built its application and will listen; those of killed commands may end."""
    # Whose command is gone will end as well, and is no successor.
    if place is not None and os.getppid() == command:
        place.announce()


def _end_after_successor(place: Place, alone_s: float, loads_s: float) -> None:
    # Whose place was taken away meets nobody any more.
    with suppress(OSError):
        _wait_for_successor(place, alone_s, loads_s)
        if not place.has_command():
            stop_when_abandoned(embedded_in(place.data_dir))
    # The web server answers what is under way, and nothing new.
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOPS_WITHIN_S)
    os._exit(1)


def _wait_for_successor(place: Place, alone_s: float, loads_s: float) -> None:
    began = time.monotonic()
    while (waited := time.monotonic() - began) < alone_s or (waited < loads_s and place.has_command()):
        if place.announced() > place.generation:
            time.sleep(_LISTENS_WITHIN_S)
            return
        time.sleep(_LOOK_EVERY_S)


def _number(descriptor: int) -> int:
    return int(os.fstat(descriptor).st_mtime)
