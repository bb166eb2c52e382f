"""Which address does a name lead to, and may we go there?

Only addresses of the public internet are open; a private one only inside the ranges that an administrator
allowed for that source. The address that was judged here is the one that is connected to.
"""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from requests_hardened.ip_filter import EXTRA_BLOCKED_NET_RANGES

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PUBLIC_PORTS = frozenset({80, 443, 8080, 8443})
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_RESOLVERS = 32


class AddressRefused(Exception):
    """We do not go there. The text names no more than the address itself."""


@lru_cache(maxsize=1024)
def networks_of(ranges: tuple[str, ...]) -> tuple[Network, ...]:
    """The ranges as networks. Raises ValueError for a text that is none."""
    return tuple(ip_network(text.strip(), strict=False) for text in ranges)


def is_public(address: Address) -> bool:
    """True for a unicast address of the public internet, judged by the IPv4 address inside a mapped one."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.scope_id is not None or address not in _GLOBAL_UNICAST:
            return False
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    return not any(address in blocked for blocked in EXTRA_BLOCKED_NET_RANGES)


def is_allowed(address: Address, networks: Iterable[Network]) -> bool:
    """True when the address, or the IPv4 address mapped into it, lies in one of the ranges."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)


def choose(addresses: Sequence[str], port: int, ranges: tuple[str, ...]) -> str:
    """The first address that may be connected to at this port. Raises AddressRefused when there is none."""
    try:
        networks = networks_of(ranges)
    except ValueError:
        raise AddressRefused("an allowed range is not well-formed") from None
    reason = "no address"
    for text in addresses:
        address = ip_address(text)
        if is_allowed(address, networks):
            return text
        if not is_public(address):
            reason = f"{text} is not a public address"
        elif port not in PUBLIC_PORTS:
            reason = f"port {port} is not open to sources"
        else:
            return text
    raise AddressRefused(reason)


class Resolver:
    """Looks names up with a time-out, which the system's own call does not have.

    A look-up that hangs keeps one of a fixed number of daemon threads busy; the asker goes on without it.
    """

    def __init__(self, threads: int = _RESOLVERS) -> None:
        self._wanted: queue.SimpleQueue[tuple[str, int, Future[list[str]]]] = queue.SimpleQueue()
        self._threads = threads
        self._started = 0
        self._idle = 0
        self._lock = threading.Lock()

    def addresses(self, host: str, port: int, timeout_s: float) -> list[str]:
        """The addresses of a name, in the system's order. Raises socket.gaierror or TimeoutError."""
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass
        future: Future[list[str]] = Future()
        self._start_thread_if_needed()
        self._wanted.put((host, port, future))
        try:
            return future.result(timeout=timeout_s)
        except TimeoutError:
            future.cancel()
            raise

    def _start_thread_if_needed(self) -> None:
        with self._lock:
            if self._idle > 0:
                self._idle -= 1
            elif self._started < self._threads:
                self._started += 1
                threading.Thread(target=self._work, name="resolver", daemon=True).start()

    def _work(self) -> None:
        while True:
            host, port, future = self._wanted.get()
            if future.set_running_or_notify_cancel():
                try:
                    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                    future.set_result(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
                except (OSError, UnicodeError) as problem:
                    future.set_exception(problem)
            with self._lock:
                self._idle += 1
