"""How do we ask an outside address without being led astray, held up or flooded? The only door out.

No redirect, no proxy, no cookie, no `.netrc`, no retry of an answered ask; addresses are judged before they
are connected to, the total time and the size hold whatever the other side does, and nothing of a query string
or of a credential is told on.
"""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass, field
from functools import partial
from http.client import RemoteDisconnected
from pathlib import Path
from time import monotonic
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from integrations.http_addresses import Resolver, choose
from integrations.http_asks import POOL_CLASSES, Ask, current_ask, in_hand, tls_context
from integrations.http_bodies import TooLarge, read_body
from integrations.http_credentials import ClientContexts, Presented, presented
from integrations.http_exchanges import Watched, exchange_of, retry_after_s, validator
from integrations.http_failures import Refusal, causes_of, diagnosis
from integrations.http_targets import Target, target_of
from parking.boundary.fetching import Exchange, Fetched, FetchFailed, FetchFailure, FetchRequest

_HOSTS_KEPT = 256
_CONNECTIONS_KEPT_PER_HOST = 64
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
_DROPPED = (RemoteDisconnected, ConnectionResetError, BrokenPipeError)


@dataclass(slots=True)
class _Talk:
    """One ask from beginning to end, as far as it came."""

    request: FetchRequest
    ask: Ask
    target: Target
    shown: str
    sent: dict[str, str] = field(default_factory=dict, repr=False)
    answer: BaseHTTPResponse | None = None
    watched: Watched | None = None

    def exchange(self) -> Exchange:
        return exchange_of(self.request.method, self.shown, self.sent, self.answer, self.watched)


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
                "ssl_context": current_ask().tls or self._tls,
                "assert_hostname": host_params["host"],
                "server_hostname": host_params["host"],
            }
        address = current_ask().address
        host_params["host"] = f"[{address}]" if ":" in address else address
        return host_params, pool_kwargs


class HardenedFetcher:
    """`boundary.fetching.Fetcher` over requests; keeps connections alive, safe for many threads.

    `ca_file` names the certificate authorities to trust instead of the public ones; `user_agent` is who asks.
    """

    def __init__(self, ca_file: Path | None = None, user_agent: str = "city-parking") -> None:
        # urllib3 writes whole addresses with their query strings: at DEBUG each, at WARNING odd answers'.
        logging.getLogger("urllib3").setLevel(logging.ERROR)
        self._headers = {"User-Agent": user_agent, **_HEADERS}
        self._resolver = Resolver()
        tls = tls_context(ca_file)
        self._contexts = ClientContexts(partial(tls_context, ca_file))
        self._adapters = {
            "http": _PinningAdapter(False, tls),
            "https": _PinningAdapter(True, tls),
        }

    def fetch(self, request: FetchRequest) -> Fetched:
        """Ask once; no redirect. Raises FetchFailed with its reason."""
        ask = Ask(started=monotonic(), total_s=request.total_s, connect_s=request.connect_s)
        target = target_of(request.url)
        talk = _Talk(request, ask, target, target.shown())
        with in_hand(ask):
            try:
                shows = presented(request.credential, target.scheme)
                talk.shown = target.shown(shows.query)
                ask.tls = self._contexts.context_of(shows.pem) if shows.pem else None
                found = self._resolver.addresses(target.host, target.port, ask.remaining_s())
                ask.address = choose(found, target.port, request.allowed_networks)
                talk.answer = self._send(talk, shows)
                return _read(talk, talk.answer)
            except Exception as problem:
                reason, detail = diagnosis(problem, ask)
        raise FetchFailed(
            reason,
            f"{target.origin}: {detail}",
            elapsed_s=ask.elapsed_s,
            retry_after_s=_rest_of(talk.answer),
            exchange=talk.exchange(),
        )

    def close(self) -> None:
        """Close every connection that is kept."""
        for adapter in self._adapters.values():
            adapter.close()

    def _send(self, talk: _Talk, shows: Presented) -> BaseHTTPResponse:
        request, ask, target = talk.request, talk.ask, talk.target
        # The pool of the adapter and not a session: a session reads the whole body of a redirect into memory.
        pool = self._adapters[target.scheme].get_connection_with_tls_context(target.prepared, True)
        headers = {**self._headers, "Host": target.host_header, **dict(request.headers)}
        if request.etag is not None:
            headers["If-None-Match"] = request.etag
        if request.last_modified is not None:
            headers["If-Modified-Since"] = request.last_modified
        talk.sent = {**headers, **dict(shows.headers)}
        for again in (True, False):
            ask.connected_anew = False
            ask.phase = "answering"
            try:
                return pool.urlopen(
                    request.method,
                    target.path_with(shows.query),
                    body=request.post,
                    headers=talk.sent,
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
                    and any(isinstance(c, _DROPPED) for c in causes_of(problem))
                )
                if not (stale and again):
                    raise
        raise AssertionError("unreachable")


def _read(talk: _Talk, answer: BaseHTTPResponse) -> Fetched:
    request, talk.ask.phase = talk.request, "sending the body"
    talk.watched = watched = Watched(answer)
    conditional = request.etag is not None or request.last_modified is not None
    finished = False
    try:
        if answer.status == 304 and conditional:
            body = None
            # Read to its end, though it has none: else it keeps its connection for as long as it is kept.
            # What is announced in chunks, and does not come, is not waited for.
            if not answer.chunked:
                answer.drain_conn()
                finished = True
        else:
            _check_status(answer.status, watched, posted=request.post is not None)
            if _told_length(answer) > request.max_bytes:
                raise TooLarge
            body = read_body(watched, answer.headers.get("Content-Encoding", ""), request.max_bytes)
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
        etag=validator(answer.headers.get("ETag")),
        last_modified=validator(answer.headers.get("Last-Modified")),
        elapsed_s=talk.ask.elapsed_s,
        exchange=talk.exchange,
    )


def _check_status(status: int, watched: Watched, *, posted: bool) -> None:
    if status in (301, 302, 303, 307, 308):
        raise Refusal(FetchFailure.REDIRECTED, f"status {status}")
    if status != 200 and not (posted and 200 <= status < 300):
        # Most say in the body what they did not like.
        watched.glimpse()
        raise Refusal(FetchFailure.BAD_STATUS, f"status {status}")


def _rest_of(answer: BaseHTTPResponse | None) -> float | None:
    asked_to_wait = answer is not None and answer.status in (429, 503)
    return retry_after_s(answer.headers) if answer is not None and asked_to_wait else None


def _told_length(answer: BaseHTTPResponse) -> int:
    told = answer.headers.get("Content-Length", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 19 else 0
