"""How long may one ask last, and whom may it reach? Sockets that obey what their thread has in hand.

A time-out of a socket starts anew with every byte, so a slow sender could hold a thread for hours. Here every
receive is given only what is left of the whole ask: connecting, TLS, headers and body together.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import certifi
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context


@dataclass(slots=True)
class Ask:
    """One fetch of one thread: its deadline, where it goes and how far it came; `tls` shows a certificate."""

    started: float
    total_s: float
    connect_s: float
    address: str = ""
    phase: str = "looking up the name"
    connected_anew: bool = False
    tls: ssl.SSLContext | None = None

    @property
    def elapsed_s(self) -> float:
        return monotonic() - self.started

    def remaining_s(self) -> float:
        """Seconds left; raises TimeoutError when there are none."""
        left = self.total_s - self.elapsed_s
        if left <= 0:
            raise TimeoutError("the total time is used up")
        return left


_local = threading.local()


@contextmanager
def in_hand(ask: Ask) -> Iterator[None]:
    """Everything that this thread's sockets do inside the block counts against `ask`."""
    _local.ask = ask
    try:
        yield
    finally:
        _local.ask = None


def current_ask() -> Ask:
    """The ask of this thread; a connection outside any ask is a mistake of ours and refused."""
    ask: Ask | None = getattr(_local, "ask", None)
    if ask is None:
        raise RuntimeError("a socket of the fetcher was used outside a fetch")
    return ask


class _Plain(socket.socket):
    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(current_ask().remaining_s())
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(current_ask().remaining_s())
        super().sendall(*args, **kwargs)


class _Secure(ssl.SSLSocket):
    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(current_ask().remaining_s())
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(current_ask().remaining_s())
        super().sendall(*args, **kwargs)


def _connect(connection: HTTPConnection) -> socket.socket:
    """Connect to the very address that was checked: no name is looked up here."""
    ask = current_ask()
    ask.connected_anew = True
    ask.phase = "connecting"
    family = socket.AF_INET6 if ":" in ask.address else socket.AF_INET
    sock = _Plain(family, socket.SOCK_STREAM)
    try:
        for option in connection.socket_options or ():
            sock.setsockopt(*option)
        sock.settimeout(min(ask.connect_s, ask.remaining_s()))
        sock.connect((ask.address, connection.port))
        # What follows on this socket (TLS) may take all that is left, and no more.
        sock.settimeout(ask.remaining_s())
    except BaseException:
        sock.close()
        raise
    return sock


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self)

    def connect(self) -> None:
        super().connect()
        current_ask().phase = "answering"


class _SecureConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        sock = _connect(self)
        current_ask().phase = "agreeing on TLS"
        return sock

    def connect(self) -> None:
        super().connect()
        current_ask().phase = "answering"


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


POOL_CLASSES = {"http": _PlainPool, "https": _SecurePool}


def tls_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """A checking TLS context, made once (reading the authorities takes tens of milliseconds).

    `ca_file` names the authorities to trust; without it the public ones of certifi.
    """
    context = create_urllib3_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cafile=str(ca_file or certifi.where()))
    context.sslsocket_class = _Secure
    return context
