"""How do requests reach the stage? An ASGI callable: feeds with ETag and 304, clouds, networks, /control."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson

from parking.entrypoints.simulator.barriers.street import Street
from parking.entrypoints.simulator.barriers.told import METHODS
from parking.entrypoints.simulator.control import BadOrder, Control, NobodyHere, read_order
from parking.entrypoints.simulator.networks import Networks, UnknownNetwork
from parking.entrypoints.simulator.plays import Answer, Manner
from parking.entrypoints.simulator.stage import Ready, Stage

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_JSON: Headers = [(b"content-type", b"application/json")]
_LARGEST_ORDER = 10_000
_LARGEST_MESSAGE = 1_000_000
_CLOUDS, _NETWORKS = "/clouds/", "/networks/"


class TooLong(ValueError):
    """Nobody says so much here."""


class Simulator:
    """The application; `stopping` ends whoever hangs or drips."""

    def __init__(self, stage: Stage, street: Street, networks: Networks) -> None:
        self._stage = stage
        self._street = street
        self._networks = networks
        self._control = Control(stage, street, networks)
        self.stopping = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path, method = scope["path"], scope["method"]
        if path == "/control":
            await self._command(method, receive, send)
        elif path.startswith(_CLOUDS):
            await self._cloud(scope, receive, send)
        elif path.startswith(_NETWORKS):
            await self._network(scope, receive, send)
        elif method not in ("GET", "HEAD"):
            await _reply(send, 405, [(b"allow", b"GET, HEAD")], b"")
        elif (ready := self._stage.ask(path)) is None:
            await _reply(send, 404, _JSON, b'{"error": "no source here; see /control"}')
        else:
            await self._feed(scope, ready, receive, send)

    async def _feed(self, scope: Scope, ready: Ready, receive: Receive, send: Send) -> None:
        answer = ready.answer
        if answer.manner is Manner.NEVER:
            await self._pause(receive, None)
            await _reply(send, 503, [], b"")
            return
        headers: Headers = [
            (b"content-type", answer.content_type.encode()),
            (b"etag", ready.etag.encode()),
            (b"last-modified", format_datetime(answer.modified_at.astimezone(UTC), usegmt=True).encode()),
            (b"cache-control", b"no-cache"),
        ]
        if answer.status == 200 and _unchanged(scope["headers"], ready):
            await _reply(send, 304, headers[1:], b"")
        elif scope["method"] == "HEAD":
            await _reply(send, answer.status, headers, b"", length=len(answer.body))
        elif answer.manner is Manner.BYTE_A_SECOND:
            await self._drip(answer, headers, receive, send)
        else:
            await _reply(send, answer.status, headers, answer.body)

    async def _drip(self, answer: Answer, headers: Headers, receive: Receive, send: Send) -> None:
        length = (b"content-length", str(len(answer.body)).encode())
        await send({"type": "http.response.start", "status": answer.status, "headers": [*headers, length]})
        for place in range(len(answer.body)):
            byte = answer.body[place : place + 1]
            await send({"type": "http.response.body", "body": byte, "more_body": True})
            if await self._pause(receive, 1.0):
                break
        await send({"type": "http.response.body", "body": b""})

    async def _pause(self, receive: Receive, seconds: float | None) -> bool:
        """Wait; True when the caller went away or the simulator stops."""
        waits = [asyncio.ensure_future(self.stopping.wait()), asyncio.ensure_future(_gone(receive))]
        done, pending = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in pending:
            wait.cancel()
        return bool(done)

    async def _command(self, method: str, receive: Receive, send: Send) -> None:
        if method == "GET":
            await _reply(send, 200, _JSON, orjson.dumps(self._control.overview()))
            return
        if method != "POST":
            await _reply(send, 405, [(b"allow", b"GET, POST")], b"")
            return
        try:
            order = read_order(await _body(receive, _LARGEST_ORDER))
            # A barrier's thread may be sending: whoever waits for it must not hold up the feeds.
            is_quick = "source" in order
            done = (
                self._control.direct(order)
                if is_quick
                else await asyncio.to_thread(self._control.direct, order)
            )
        except (BadOrder, TooLong) as problem:
            await _reply(send, 422, _JSON, orjson.dumps({"error": str(problem)}))
        except NobodyHere as problem:
            await _reply(send, 404, _JSON, orjson.dumps({"error": str(problem)}))
        else:
            await _reply(send, 200, _JSON, orjson.dumps(done))

    async def _cloud(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Below /clouds/<slug>: a vendor's cloud is asked what passed, or told who may enter."""
        slug, _, rest = scope["path"].removeprefix(_CLOUDS).partition("/")
        lot = self._street.cloud(slug)
        if lot is None or scope["method"] not in METHODS:
            await _reply(send, 404, _JSON, b"{}")
            return
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        body = await _body(receive, _LARGEST_MESSAGE)
        told = (scope["method"], f"/{rest}", query, body, self._stage.clock())
        answer = await asyncio.to_thread(lot.answer, *told)
        if answer.never:
            await self._pause(receive, None)
        await _reply(send, 503 if answer.never else answer.status, _JSON, answer.body)

    async def _network(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Below /networks/<name>: a network takes money, or shows a person a page."""
        name, _, rest = scope["path"].removeprefix(_NETWORKS).partition("/")
        body = await _body(receive, _LARGEST_MESSAGE)
        try:
            # It may call back while it answers.
            reply = await asyncio.to_thread(self._networks.answer, name, scope["method"], f"/{rest}", body)
        except UnknownNetwork:
            await _reply(send, 404, _JSON, b"{}")
            return
        if reply is None:
            await self._pause(receive, None)
            await _reply(send, 503, [], b"")
            return
        headers: Headers = [(b"content-type", reply.content_type.encode())]
        if reply.location is not None:
            headers.append((b"location", reply.location.encode()))
        await _reply(send, reply.status, headers, reply.body, length=reply.length)


def _unchanged(headers: Headers, ready: Ready) -> bool:
    """Whether what the caller holds is still the answer (RFC 9110: a tag goes before a date)."""
    told_by = {bytes(name): bytes(value).decode("latin-1") for name, value in headers}
    tags = told_by.get(b"if-none-match")
    if tags is not None:
        return ready.etag in (tag.strip() for tag in tags.split(","))
    since = told_by.get(b"if-modified-since")
    try:
        return since is not None and ready.answer.modified_at <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _body(receive: Receive, most: int) -> bytes:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > most:
            raise TooLong("too long")
        more = message.get("more_body", False)
    return body


async def _reply(
    send: Send, status: int, headers: Headers, body: bytes, *, length: int | None = None
) -> None:
    told_length = [] if status == 304 else [(b"content-length", str(length or len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *told_length]})
    await send({"type": "http.response.body", "body": body})
