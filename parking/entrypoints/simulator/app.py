"""How do requests reach the stage? An ASGI callable: feeds with ETag and 304, /control, bad manners."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import orjson

from parking.entrypoints.simulator.barriers.barrier import Fault
from parking.entrypoints.simulator.barriers.street import Street, UnknownBarrier
from parking.entrypoints.simulator.city import Play
from parking.entrypoints.simulator.plays import Answer, Manner
from parking.entrypoints.simulator.stage import Ready, Stage, UnknownSource, told

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_JSON: Headers = [(b"content-type", b"application/json")]
_LARGEST_ORDER = 10_000


class BadOrder(ValueError):
    """What was posted to /control cannot be done."""


class Simulator:
    """The application; `stopping` ends whoever hangs or drips."""

    def __init__(self, stage: Stage, street: Street) -> None:
        self._stage = stage
        self._street = street
        self.stopping = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path, method = scope["path"], scope["method"]
        if path == "/control":
            await self._control(method, receive, send)
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

    async def _control(self, method: str, receive: Receive, send: Send) -> None:
        if method == "GET":
            overview = {**self._stage.overview(), "barriers": self._street.overview()}
            await _reply(send, 200, _JSON, orjson.dumps(overview))
            return
        if method != "POST":
            await _reply(send, 405, [(b"allow", b"GET, POST")], b"")
            return
        try:
            done = await self._direct(_object(await _body(receive)))
        except BadOrder as problem:
            await _reply(send, 422, _JSON, orjson.dumps({"error": str(problem)}))
        except UnknownSource as problem:
            await _reply(send, 404, _JSON, orjson.dumps({"error": f"no source {problem}"}))
        except UnknownBarrier as problem:
            await _reply(send, 404, _JSON, orjson.dumps({"error": f"no barrier {problem}"}))
        else:
            await _reply(send, 200, _JSON, orjson.dumps(done))

    async def _direct(self, order: Mapping[str, Any]) -> Mapping[str, Any]:
        if "barrier" in order:
            # Its lot's thread may be sending: whoever waits for it must not hold up the feeds.
            return await asyncio.to_thread(self._street.direct, *_barrier_order(order))
        return told(self._stage.direct(*_order(order)))


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        order = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise BadOrder("not JSON") from problem
    if not isinstance(order, dict):
        raise BadOrder("an object is wanted")
    return order


def _barrier_order(order: Mapping[str, Any]) -> tuple[str, Fault, int]:
    """{"barrier": slug, "plays": fault, "every": n}: each n-th crossing shows the fault. Raises BadOrder."""
    slug, plays, every = order["barrier"], order.get("plays"), order.get("every", 1)
    if set(order) - {"barrier", "plays", "every"} or not isinstance(slug, str):
        raise BadOrder('"barrier" with "plays" and perhaps "every"; nothing else is known')
    if not isinstance(plays, str) or plays not in tuple(Fault):
        raise BadOrder(f"a barrier plays one of {', '.join(Fault)}")
    if not isinstance(every, int) or isinstance(every, bool) or not 1 <= every <= 10_000:
        raise BadOrder('"every" is a number from 1 to 10000')
    return slug, Fault(plays), every


def _order(order: Mapping[str, Any]) -> tuple[str, Play | None, Play | None]:
    """{"source": slug, "live": play, "static": play}; at least one of the two. Raises BadOrder."""
    if not isinstance(order.get("source"), str):
        raise BadOrder("an object with the slug of a source is wanted")
    if set(order) - {"source", "live", "static"} or not set(order) & {"live", "static"}:
        raise BadOrder('"live" or "static" says what it shall play; nothing else is known')
    return order["source"], _play(order.get("live")), _play(order.get("static"))


def _play(told: object) -> Play | None:
    if told is None:
        return None
    if not isinstance(told, str) or told not in tuple(Play):
        raise BadOrder(f"a source plays one of {', '.join(Play)}")
    return Play(told)


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


async def _body(receive: Receive) -> bytes:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _LARGEST_ORDER:
            raise BadOrder("too long")
        more = message.get("more_body", False)
    return body


async def _reply(
    send: Send, status: int, headers: Headers, body: bytes, *, length: int | None = None
) -> None:
    told_length = [] if status == 304 else [(b"content-length", str(length or len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *told_length]})
    await send({"type": "http.response.body", "body": body})
