"""Was this message told before? A lot that tries again gets the answer that it missed, and nothing twice.

A message is named by its webhook-id, and by its Idempotency-Key where the caller gives one: then a caller may
make a new webhook-id for each attempt. Answers are kept for two days. What was refused is not kept: it is
judged anew.

A single passage is named by its own event id in the database, so its message needs no row: this process
remembers the latest in memory, which costs microseconds, and any other process answers "repeated".
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

from flask import Response, request

from parking.accounts.queries.messages import kept_messages
from parking.accounts.rules.calls import KeptMessage
from parking.accounts.service.messages import keep_message
from parking.kernel.db.unit_of_work import unit_of_work
from parking.portals._http.negotiation import JSON
from parking.portals._http.services import services
from parking.portals.gateway.errors import BadIdempotencyKey, MessageReused

if TYPE_CHECKING:
    from parking.portals.gateway.calling import Call

LIGHT, DURABLE, SEALED = "light", "durable", "sealed"
"""Remembered by this process; kept; kept sealed, as the answer holds what is nowhere kept in the clear."""

_KEY = "Idempotency-Key"
_MESSAGE = "webhook-id"
_is_key = re.compile(r"[ -~]{1,255}", re.ASCII).fullmatch
_RECENT = 20_000
_Answer = tuple[int, bytes, int]


class Recent:
    """The latest messages of this process with their answers, as many as memory is meant to hold."""

    def __init__(self, most: int = _RECENT) -> None:
        self._most = most
        self._answers: OrderedDict[tuple[str, str], _Answer] = OrderedDict()
        self._lock = Lock()

    def get(self, client_id: str, message_id: str) -> _Answer | None:
        """(Fingerprint of the body, answer, status) of a message that was taken."""
        return self._answers.get((client_id, message_id))

    def put(self, client_id: str, message_id: str, told: _Answer) -> None:
        with self._lock:
            self._answers[client_id, message_id] = told
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)


def once(call: Call, recent: Recent, how: str, view: Callable[[], Response]) -> Response:
    """The answer of `view`, or the one that this message got before.

    Raises MessageReused for an id that stood for another body, BadIdempotencyKey.
    """
    key = request.headers.get(_KEY)
    if key is not None and _is_key(key) is None:
        raise BadIdempotencyKey
    if how == LIGHT and key is None:
        return _lightly(call, recent, view)
    return _durably(call, key, view, is_sealed=how == SEALED)


def message_name(call: Call) -> str:
    """What stays the same at every attempt: the Idempotency-Key, else the webhook-id."""
    key = request.headers.get(_KEY)
    return f"id:{call.message_id}" if key is None else f"key:{key}"


def _lightly(call: Call, recent: Recent, view: Callable[[], Response]) -> Response:
    known = recent.get(call.client.id, call.message_id)
    fingerprint = hash(call.body)
    if known is not None:
        if known[0] != fingerprint:
            raise MessageReused(header=_MESSAGE)
        return _again(known[1], known[2])
    response = view()
    if response.status_code < 300:
        told = fingerprint, response.get_data(), response.status_code
        recent.put(call.client.id, call.message_id, told)
    return response


def _durably(call: Call, key: str | None, view: Callable[[], Response], *, is_sealed: bool) -> Response:
    """The effect comes before the row: what is told has ids of its own, so doing it again changes nothing."""
    sealer, context = services().sealer, f"answer:{call.client.id}"
    digest = sealer.fingerprint(request.path.encode(), call.body)
    with services().sessions() as session:
        known = kept_messages(session, call.client.id, call.message_id, key)
    for each in known:
        if each.digest != digest:
            raise MessageReused(header=_MESSAGE if each.message_id == call.message_id else _KEY)
    if known:
        answer = known[0].answer
        return _again(sealer.open(answer, context) if is_sealed else answer, known[0].status)
    response = view()
    if response.status_code < 300:
        answer = response.get_data()
        answer = sealer.seal(answer, context) if is_sealed else answer
        kept = KeptMessage(call.client.id, call.message_id, key, digest, response.status_code, answer)
        with unit_of_work(services().sessions) as uow:
            keep_message(uow.session, kept, call.received_at)
    return response


def _again(body: bytes, status: int) -> Response:
    response = Response(body, status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Idempotent-Replayed"] = "true"
    return response
