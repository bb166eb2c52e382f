"""How is a process started, watched and stopped, so that none is left behind?"""

from __future__ import annotations

import errno
import gc
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import Self

from parking.kernel.errors import N_, Unavailable

_LOOK_EVERY_S = 0.1
_LAST_PORT = 65535
_TURN_WITHIN_S = 5
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What tells a process of ours to end: Ctrl-C, its supervisor, a terminal that is closed."""
_PARENT = "PARENT_PID"
COMMAND = "WEB_COMMAND_PID"
"""Where a web process reads which process is its command."""


class PortTaken(Unavailable):
    """Another program listens there already."""

    code = "port_taken"
    text = N_("端口 %(port)s 已被占用：请停止占用它的程序，或用 PARKING_PORT=%(other)s 另选端口")

    @classmethod
    def at(cls, port: int) -> Self:
        """With a neighbour of the port as the other."""
        return cls(port=port, other=port + 1 if port < _LAST_PORT else port - 1)


class HostUnknown(Unavailable):
    """No address is known under the name of the host."""

    code = "host_unknown"
    text = N_("找不到主机 %(host)s：请用 PARKING_HOST 指定本机的地址")


class AddressNotOurs(Unavailable):
    """The host is another machine."""

    code = "address_not_ours"
    text = N_("%(host)s 不是本机的地址：请用 PARKING_HOST 指定本机的地址")


class PortForbidden(Unavailable):
    """The system keeps the port for others, as it does those below 1024."""

    code = "port_forbidden"
    text = N_("当前用户无权使用端口 %(port)s：请用 PARKING_PORT 另选 1024 以上的端口")


def share_processor() -> None:
    """Let threads of this process take turns each millisecond; Python's own five hold up whoever commits.

    A commit for many waits for the database several times, and after each for its turn, while those whose
    counters it holds wait for it: single passages came 1.1 to 1.3 times as fast.
    """
    sys.setswitchinterval(0.001)


@contextmanager
def uncollected() -> Iterator[None]:
    """Nothing looks for garbage in the block, nor afterwards among what it left: a start makes next to none.

    To look all the same took a seventh of an import of the whole platform.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def address_of(host: str) -> tuple[socket.AddressFamily, str]:
    """The address under which a host is listened on, that of IPv4 where it has both. Raises HostUnknown."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise HostUnknown(host=host) from problem
    family, *_, address = min(found, key=lambda each: each[0])
    return family, str(address[0])


def refuse_taken_port(host: str, port: int) -> None:
    """Raise PortTaken when somebody listens on the port or holds it.

    The web server itself would share the port in silence (SO_REUSEPORT): half the requests would go astray.
    Raises HostUnknown, AddressNotOurs, PortForbidden.
    """
    _bound(host, port, socket.SO_REUSEADDR).close()


def hold_port(host: str, port: int) -> int | None:
    """Keep the port from all but web processes of this user, until the descriptor is closed; it is inherited.

    Nobody listens while a command loads, nor while its web processes are made anew. Raises as above.
    """
    try:
        return _bound(host, port, socket.SO_REUSEPORT).detach()
    except PortTaken:
        # What lingers of connections of a program before (TIME_WAIT) forbids to hold it, not to listen.
        refuse_taken_port(host, port)
        return None


@contextmanager
def turn_at_port(port: int) -> Iterator[None]:
    """No two commands of this machine look at a port and hold it at once: both would find it free.

    Raises PortTaken where another one does not come to an end.
    """
    with socket.socket(socket.AF_UNIX) as turn:
        until = time.monotonic() + _TURN_WITHIN_S
        while sys.platform == "linux":
            try:
                # No file: it is gone with its process, and seen wherever the port is.
                turn.bind(f"\0parking-port-{port}")
                break
            except OSError as problem:
                if problem.errno != errno.EADDRINUSE:
                    raise
                if time.monotonic() > until:
                    raise PortTaken.at(port) from problem
                time.sleep(0.01)
        yield


def _bound(host: str, port: int, option: int) -> socket.socket:
    family, address = address_of(host)
    with ExitStack() as undo:
        try:
            bound = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
            bound.setsockopt(socket.SOL_SOCKET, option, 1)
            bound.bind((address, port))
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                raise PortTaken.at(port) from problem
            if problem.errno == errno.EACCES:
                raise PortForbidden(port=port) from problem
            raise AddressNotOurs(host=host) from problem
        undo.pop_all()
    return bound


def free_port(host: str = "127.0.0.1") -> int:
    """A port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def stop_on_signals() -> Event:
    """An event that SIGINT, SIGTERM or SIGHUP sets, SIGHUP not below `nohup`; call it in the main thread."""
    stop = Event()
    heard, tell = os.pipe()
    os.set_blocking(tell, False)

    def listen() -> None:
        while (told := os.read(heard, 1)) and told[0] not in ENDING:
            pass
        stop.set()

    Thread(target=listen, name="signals", daemon=True).start()
    # Not set by a handler: that runs when the main thread comes round to it, and a signal in the instant
    # before the main thread began to wait for the event was heard only when it had waited, so never.
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, ENDING),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING),
        after_in_child=_hear_nothing_of_the_parent,
    )
    for each in ENDING:
        if each != signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN:
            signal.signal(each, lambda _signal, _frame: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    return stop


def _hear_nothing_of_the_parent() -> None:
    """A forked process has its parent's ears: what ends it is no word to the parent, and it ends at once.

    A web process that was told to end before it had ears of its own was heard by nobody and killed later.
    What it is told in the instant of the fork waits for this.
    """
    signal.set_wakeup_fd(-1)
    for each in ENDING:
        if signal.getsignal(each) != signal.SIG_IGN:
            signal.signal(each, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


class Child:
    """A process of ours in a session of its own, so that a terminal's Ctrl-C reaches it only through us."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        self.name = name
        env = {**(os.environ if env is None else env), _PARENT: str(os.getpid())}
        self._process = subprocess.Popen(command, env=env, start_new_session=True)  # noqa: S603 - our own command

    @property
    def code(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.poll()

    def tell_to_stop(self) -> None:
        """Ask it to end, without waiting."""
        if self._process.poll() is None:
            self._process.terminate()

    def stop(self, patience_s: float = 15.0) -> int:
        """Ask it to end; what has not ended by then is killed with all that it started."""
        if self._process.poll() is None:
            self.tell_to_stop()
            try:
                self._process.wait(patience_s)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait()


def end_with_parent(when_gone: Callable[[], None]) -> None:
    """Call `when_gone` once when the process that started this one is gone, or is already."""
    # While this one loaded, whoever takes orphans may have become its parent.
    _watch(int(os.environ.get(_PARENT, os.getppid())), when_gone)


def end_with_command(command: int) -> None:
    """In a web process: end at once when the process `command`, which made it, is gone, or is already."""
    when_command_gone(command, lambda: os._exit(1))


def when_command_gone(command: int, then: Callable[[], None]) -> None:
    """In a web process: call `then` once when the process `command`, which made it, is gone.

    Where it is gone already, this process ends at once: nobody was served by it. Killed outright, a command
    tells nobody. From here on a terminal's Ctrl-C is the command's to pass on.
    """
    # Asked for the parent, not whether the command runs: killed, it may stay a zombie for long.
    if os.getppid() != command:
        os._exit(1)
    os.setsid()
    _watch(command, then)


def _watch(parent: int, when_gone: Callable[[], None]) -> None:
    def look() -> None:
        pause = Event()
        while os.getppid() == parent:
            pause.wait(_LOOK_EVERY_S)
        when_gone()

    Thread(target=look, name="parent-watch", daemon=True).start()
