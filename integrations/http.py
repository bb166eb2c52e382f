"""How do we ask an outside address without being led astray, held up or flooded? The only door out.

No redirect, no proxy, no cookie, no retry of an answered ask; addresses are judged before they are connected
to, the total time and the size hold whatever the other side does, and nothing of a query string is told on.
"""

from __future__ import annotations

import logging
import re
import socket
import ssl
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError, SSLError

from integrations.http_addresses import AddressRefused, Resolver, choose
from integrations.http_asks import POOL_CLASSES, Ask, current_ask, in_hand, tls_context
from integrations.http_bodies import BrokenOff, TooLarge, Undecodable, read_body
from parking.boundary.fetching import Fetched, FetchFailed, FetchFailure, FetchRequest

_HOSTS_KEPT = 256
_CONNECTIONS_KEPT_PER_HOST = 64
_SANE_URL = re.compile(r"https?://[^\s\\\x00-\x1f\x7f]+", re.IGNORECASE)
_HEADERS = {"User-Agent": "city-parking", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
_DEFAULT_PORTS = {"http": 80, "https": 443}
_DROPPED = (RemoteDisconnected, ConnectionResetError, BrokenPipeError)


@dataclass(frozen=True, slots=True)
class _Plan:
    """An address taken apart: what is sent, where to, and the origin as it may be told."""

    prepared: requests.PreparedRequest
    scheme: str
    host: str
    port: int
    target: str
    host_header: str

    @property
    def origin(self) -> str:
        """As much of the address as may be told."""
        return f"{self.scheme}://{self.host_header}"


class _PinningAdapter(IPFilterAdapter):
    """Connects to the address that the fetch in hand chose, under the name that was asked for.

    The base class looks the name up itself, without a time-out, and knows no ranges per source.
    """

    def __init__(self, is_https_proto: bool, tls: ssl.SSLContext) -> None:
        self._tls = tls
        super().__init__(is_https_proto=is_https_proto)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(_HOSTS_KEPT, _CONNECTIONS_KEPT_PER_HOST)
        self.poolmanager.pool_classes_by_scheme = POOL_CLASSES

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        host, pool = HTTPAdapter.build_connection_pool_key_attributes(self, request, True, None)
        host_params, pool_kwargs = dict(host), dict(pool)
        if self._is_https_proto:
            pool_kwargs |= {
                "ssl_context": self._tls,
                "assert_hostname": host_params["host"],
                "server_hostname": host_params["host"],
            }
        address = current_ask().address
        host_params["host"] = f"[{address}]" if ":" in address else address
        return host_params, pool_kwargs


class HardenedFetcher:
    """`boundary.fetching.Fetcher` over requests; keeps connections alive, safe for many threads.

    `ca_file` names the certificate authorities to trust instead of the public ones.
    """

    def __init__(self, ca_file: Path | None = None) -> None:
        # At DEBUG urllib3 writes whole addresses with their query strings.
        logging.getLogger("urllib3").setLevel(logging.INFO)
        self._resolver = Resolver()
        tls = tls_context(ca_file)
        self._adapters = {
            "http": _PinningAdapter(False, tls),
            "https": _PinningAdapter(True, tls),
        }

    def fetch(self, request: FetchRequest) -> Fetched:
        """Ask once; no redirect. Raises FetchFailed with its reason."""
        ask = Ask(started=monotonic(), total_s=request.total_s, connect_s=request.connect_s)
        plan = _plan(request.url)
        with in_hand(ask):
            try:
                found = self._resolver.addresses(plan.host, plan.port, ask.remaining_s())
                ask.address = choose(found, plan.port, request.allowed_networks)
                answer = self._send(plan, request, ask)
                return self._read(answer, request, ask)
            except _Refusal as refusal:
                reason, detail = refusal.reason, refusal.detail
            except Exception as problem:
                reason, detail = _diagnosis(problem, ask)
        raise FetchFailed(reason, f"{plan.origin}: {detail}", elapsed_s=ask.elapsed_s)

    def close(self) -> None:
        """Close every connection that is kept."""
        for adapter in self._adapters.values():
            adapter.close()

    def _send(self, plan: _Plan, request: FetchRequest, ask: Ask) -> BaseHTTPResponse:
        # The pool of the adapter and not a session: a session reads the whole body of a redirect into memory.
        pool = self._adapters[plan.scheme].get_connection_with_tls_context(plan.prepared, True)
        headers = {**_HEADERS, "Host": plan.host_header, **dict(request.headers)}
        if request.etag is not None:
            headers["If-None-Match"] = request.etag
        if request.last_modified is not None:
            headers["If-Modified-Since"] = request.last_modified
        for again in (True, False):
            ask.connected_anew = False
            ask.phase = "answering"
            try:
                return pool.urlopen(
                    request.method,
                    plan.target,
                    body=request.post,
                    headers=headers,
                    redirect=False,
                    retries=False,
                    assert_same_host=False,
                    preload_content=False,
                    decode_content=False,
                    timeout=ask.remaining_s(),
                )
            except (HTTPError, OSError) as problem:
                # A kept connection that the other side closed meanwhile never carried our ask; what was
                # posted may have arrived all the same, and whoever posts decides whether to repeat it.
                stale = (
                    request.post is None
                    and not ask.connected_anew
                    and any(isinstance(c, _DROPPED) for c in _causes(problem))
                )
                if not (stale and again):
                    raise
        raise AssertionError("unreachable")

    def _read(self, answer: BaseHTTPResponse, request: FetchRequest, ask: Ask) -> Fetched:
        ask.phase = "sending the body"
        conditional = request.etag is not None or request.last_modified is not None
        finished = False
        try:
            body = None
            if not (answer.status == 304 and conditional):
                _check_status(answer.status, posted=request.post is not None)
                if _told_length(answer) > request.max_bytes:
                    raise TooLarge
                body = read_body(answer, answer.headers.get("Content-Encoding", ""), request.max_bytes)
            finished = True
        finally:
            # Only a connection whose answer was read to its end may carry another.
            if finished:
                answer.release_conn()
            else:
                answer.close()
        return Fetched(
            body=body,
            content_type=answer.headers.get("Content-Type", ""),
            etag=answer.headers.get("ETag"),
            last_modified=answer.headers.get("Last-Modified"),
            elapsed_s=ask.elapsed_s,
        )


class _Refusal(Exception):
    """We do not take this answer."""

    def __init__(self, reason: FetchFailure, detail: str) -> None:
        self.reason = reason
        self.detail = detail


@lru_cache(maxsize=4096)
def _plan(url: str) -> _Plan:
    """Take an address apart, once for all its pulls. Raises FetchFailed for what is no plain address."""
    if not _SANE_URL.fullmatch(url):
        raise FetchFailed(FetchFailure.ADDRESS_REFUSED, "not a plain http or https address")
    try:
        prepared = requests.Request("GET", url).prepare()
        parts = urlsplit(str(prepared.url))
        port = parts.port if parts.port is not None else _DEFAULT_PORTS[parts.scheme]
        user_told = "@" in urlsplit(url).netloc or "@" in parts.netloc
    except (requests.RequestException, ValueError, KeyError):
        raise FetchFailed(FetchFailure.ADDRESS_REFUSED, "not a well-formed address") from None
    if user_told:
        raise FetchFailed(FetchFailure.ADDRESS_REFUSED, "the address names a user")
    if not parts.hostname or port == 0:
        raise FetchFailed(FetchFailure.ADDRESS_REFUSED, "no host or no port")
    return _Plan(prepared, parts.scheme, parts.hostname, port, prepared.path_url, parts.netloc)


def _check_status(status: int, *, posted: bool) -> None:
    if status in (301, 302, 303, 307, 308):
        raise _Refusal(FetchFailure.REDIRECTED, f"status {status}")
    if status != 200 and not (posted and 200 <= status < 300):
        raise _Refusal(FetchFailure.BAD_STATUS, f"status {status}")


def _told_length(answer: BaseHTTPResponse) -> int:
    told = answer.headers.get("Content-Length", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 19 else 0


def _causes(problem: BaseException) -> list[BaseException]:
    """The exception and all that are wrapped in it, however the libraries wrapped them."""
    found: list[BaseException] = []
    waiting: list[Any] = [problem]
    while waiting and len(found) < 20:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return found


def _diagnosis(problem: Exception, ask: Ask) -> tuple[FetchFailure, str]:
    """What went wrong, told by the phase; the libraries' own texts hold whole addresses and are not used."""
    causes = _causes(problem)
    timed_out = ask.elapsed_s >= ask.total_s or any(isinstance(c, TimeoutError) for c in causes)
    match problem:
        case AddressRefused():
            return FetchFailure.ADDRESS_REFUSED, str(problem)
        case socket.gaierror() | UnicodeError():
            return FetchFailure.NAME_UNKNOWN, "no such name"
        case TooLarge():
            return FetchFailure.TOO_LARGE, "more than the limit"
        case Undecodable():
            return FetchFailure.BAD_ENCODING, str(problem)
        case BrokenOff():
            return FetchFailure.BROKE_OFF, "the body ends in the middle"
        case _ if any(isinstance(c, IncompleteRead) for c in causes):
            return FetchFailure.BROKE_OFF, "the body ends in the middle"
        case _ if timed_out:
            return FetchFailure.TIMED_OUT, ask.phase
        case SSLError() | ssl.SSLError():
            word = next((c.verify_message for c in causes if isinstance(c, ssl.SSLCertVerificationError)), "")
            return FetchFailure.TLS_FAILED, word or type(causes[-1]).__name__
        case HTTPError() | HTTPException() | OSError() if ask.phase == "connecting":
            return FetchFailure.CONNECT_FAILED, _system_word(causes)
        case HTTPError() | HTTPException() | OSError():
            return FetchFailure.BROKE_OFF, f"{ask.phase}: {_system_word(causes)}"
    raise problem


def _system_word(causes: list[BaseException]) -> str:
    """The operating system's word for it, else the kind of the innermost exception."""
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return type(causes[-1]).__name__
