"""How do we ask an outside address without being led astray, held up or flooded? The only door out.

No redirect, no proxy, no cookie, no retry of an answered ask; addresses are judged before they are connected
to, the total time and the size hold whatever the other side does, and nothing of a query string is told on.
"""

from __future__ import annotations

import logging
import re
import socket
import ssl
from http.client import RemoteDisconnected
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.exceptions import HTTPError, IncompleteRead, SSLError

from integrations.http_addresses import AddressRefused, Resolver, choose, networks_of
from integrations.http_asks import POOL_CLASSES, Ask, current_ask, in_hand, tls_context
from integrations.http_bodies import BrokenOff, TooLarge, Undecodable, read_body
from parking.boundary.fetching import Fetched, FetchFailed, FetchFailure, FetchRequest

_HOSTS_KEPT = 256
_CONNECTIONS_KEPT_PER_HOST = 64
_SANE_URL = re.compile(r"https?://[^\s\\\x00-\x1f\x7f]+", re.IGNORECASE)
_HEADERS = {"User-Agent": "city-parking", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
_DROPPED = (RemoteDisconnected, ConnectionResetError, BrokenPipeError)


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

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        # The context already holds the authorities; naming a file would read it at every connection.
        conn.cert_reqs = "CERT_REQUIRED"

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
        with in_hand(ask):
            prepared, origin = self._prepare(request, ask)
            try:
                answer = self._send(prepared, ask)
                return self._read(answer, request, ask, origin)
            except FetchFailed:
                raise
            except Exception as problem:
                raise _failed(problem, ask, origin) from None

    def close(self) -> None:
        """Close every connection that is kept."""
        for adapter in self._adapters.values():
            adapter.close()

    def _prepare(self, request: FetchRequest, ask: Ask) -> tuple[requests.PreparedRequest, str]:
        """The request ready to be sent and the origin as it may be told; the ask gets its address."""
        prepared, origin = _prepared(request)
        parts = urlsplit(str(prepared.url))
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = self._resolver.addresses(str(parts.hostname), port, ask.remaining_s())
            ask.address = choose(found, port, request.allowed_networks)
        except AddressRefused as refusal:
            raise FetchFailed(
                FetchFailure.ADDRESS_REFUSED, f"{origin}: {refusal}", elapsed_s=ask.elapsed_s
            ) from None
        except TimeoutError:
            raise FetchFailed(
                FetchFailure.TIMED_OUT, f"{origin}: looking up the name", elapsed_s=ask.elapsed_s
            ) from None
        except (socket.gaierror, UnicodeError):
            raise FetchFailed(FetchFailure.NAME_UNKNOWN, origin, elapsed_s=ask.elapsed_s) from None
        return prepared, origin

    def _send(self, prepared: requests.PreparedRequest, ask: Ask) -> requests.Response:
        # The adapter itself and not a session: a session reads the whole body of a redirect into memory.
        adapter = self._adapters[urlsplit(str(prepared.url)).scheme]
        for last in (False, True):
            ask.connected_anew = False
            ask.phase = "answering"
            timeout = (ask.connect_s, ask.remaining_s())
            try:
                return adapter.send(prepared, stream=True, timeout=timeout, verify=True, proxies={})
            except requests.ConnectionError as problem:
                # A kept connection that the other side closed meanwhile never carried our ask.
                stale = not ask.connected_anew and any(isinstance(c, _DROPPED) for c in _causes(problem))
                if last or not stale:
                    raise
        raise AssertionError("unreachable")

    def _read(self, answer: requests.Response, request: FetchRequest, ask: Ask, origin: str) -> Fetched:
        ask.phase = "sending the body"
        conditional = request.etag is not None or request.last_modified is not None
        finished = False
        try:
            body = None
            if not (answer.status_code == 304 and conditional):
                _check_status(answer, ask, origin)
                if _told_length(answer) > request.max_bytes:
                    raise TooLarge
                body = read_body(answer.raw, answer.headers.get("Content-Encoding", ""), request.max_bytes)
            finished = True
        finally:
            # Only a connection whose answer was read to its end may carry another.
            if finished:
                answer.raw.release_conn()
            else:
                answer.raw.close()
        return Fetched(
            body=body,
            content_type=answer.headers.get("Content-Type", ""),
            etag=answer.headers.get("ETag"),
            last_modified=answer.headers.get("Last-Modified"),
            elapsed_s=ask.elapsed_s,
        )


def _prepared(request: FetchRequest) -> tuple[requests.PreparedRequest, str]:
    """The request as it will be sent, and scheme, host and port for messages. Raises FetchFailed."""
    if not _SANE_URL.fullmatch(request.url):
        raise FetchFailed(FetchFailure.ADDRESS_REFUSED, "not a plain http or https address")
    headers = dict(_HEADERS)
    if request.etag is not None:
        headers["If-None-Match"] = request.etag
    if request.last_modified is not None:
        headers["If-Modified-Since"] = request.last_modified
    try:
        networks_of(request.allowed_networks)
        prepared = requests.Request("GET", request.url, headers=headers).prepare()
        parts = urlsplit(str(prepared.url))
        host, port = parts.hostname, parts.port
        user_told = "@" in urlsplit(request.url).netloc or "@" in parts.netloc
    except (requests.RequestException, ValueError):
        raise FetchFailed(FetchFailure.ADDRESS_REFUSED, "not a well-formed address") from None
    if not host or port == 0 or parts.scheme not in ("http", "https"):
        raise FetchFailed(FetchFailure.ADDRESS_REFUSED, "not a plain http or https address")
    if user_told:
        raise FetchFailed(FetchFailure.ADDRESS_REFUSED, "the address names a user")
    prepared.headers["Host"] = parts.netloc
    return prepared, f"{parts.scheme}://{parts.netloc}"


def _check_status(answer: requests.Response, ask: Ask, origin: str) -> None:
    status = answer.status_code
    if status in (301, 302, 303, 307, 308):
        raise FetchFailed(FetchFailure.REDIRECTED, f"{origin}: status {status}", elapsed_s=ask.elapsed_s)
    if status != 200:
        raise FetchFailed(FetchFailure.BAD_STATUS, f"{origin}: status {status}", elapsed_s=ask.elapsed_s)


def _told_length(answer: requests.Response) -> int:
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


def _failed(problem: Exception, ask: Ask, origin: str) -> FetchFailed:
    """What went wrong, told by the phase; the libraries' own texts hold whole addresses and are not used."""
    causes = _causes(problem)
    certificate = next((c for c in causes if isinstance(c, ssl.SSLCertVerificationError)), None)
    if isinstance(problem, TooLarge):
        reason, detail = FetchFailure.TOO_LARGE, "more than the limit"
    elif isinstance(problem, Undecodable):
        reason, detail = FetchFailure.BAD_ENCODING, str(problem)
    elif isinstance(problem, BrokenOff) or any(isinstance(c, IncompleteRead) for c in causes):
        reason, detail = FetchFailure.BROKE_OFF, "the body ends in the middle"
    elif any(isinstance(c, TimeoutError) for c in causes) or ask.elapsed_s >= ask.total_s:
        reason, detail = FetchFailure.TIMED_OUT, ask.phase
    elif certificate is not None:
        reason, detail = FetchFailure.TLS_FAILED, certificate.verify_message
    elif ask.phase == "agreeing on TLS" or any(isinstance(c, SSLError) for c in causes):
        reason, detail = FetchFailure.TLS_FAILED, type(causes[-1]).__name__
    elif ask.phase == "connecting":
        reason, detail = FetchFailure.CONNECT_FAILED, _system_word(causes)
    elif isinstance(problem, (requests.RequestException, HTTPError, OSError)):
        reason, detail = FetchFailure.BROKE_OFF, f"{ask.phase}: {_system_word(causes)}"
    else:
        raise problem
    return FetchFailed(reason, f"{origin}: {detail}", elapsed_s=ask.elapsed_s)


def _system_word(causes: list[BaseException]) -> str:
    """The operating system's word for it, else the kind of the innermost exception."""
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return type(causes[-1]).__name__
