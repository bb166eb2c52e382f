"""Who calls, may they, how often, and was it said before? Asked around every operation of the gateway."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, cast

import orjson
from flask import Flask, Response, current_app, g, request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import HTTPException

from parking.accounts.rules import Scope
from parking.kernel.errors import InvalidInput, ParkingError
from parking.kernel.sealing import Sealer
from parking.portals._http import problems
from parking.portals._http.negotiation import JSON
from parking.portals._http.services import services
from parking.portals.gateway import signing
from parking.portals.gateway.calls import CallLog, Noted
from parking.portals.gateway.errors import (
    NotJson,
    NotJsonType,
    ScopeMissing,
    SignatureWrong,
    TooMany,
    UnknownLot,
)
from parking.portals.gateway.rates import Bucket, Buckets, rates_for
from parking.portals.gateway.repeats import Recent, once

if TYPE_CHECKING:
    from datetime import datetime

    from parking.lots.queries.gates import ClientFacts, GateBook
    from parking.visits.service.intake import Intake

KEY = "parking_gateway"
View = Callable[..., Response]
_JSON_OUT = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS


@dataclass(frozen=True, slots=True)
class Call:
    """A proven call. `received_at` is our clock."""

    client: ClientFacts
    book: GateBook
    message_id: str
    body: bytes
    received_at: datetime

    def own_lot(self, lot_key: str, field: str | None = None) -> str:
        """The id of a lot of this client, by id or code. Raises UnknownLot, also for a foreign one."""
        lot_id = self.book.lot_id_of(lot_key)
        if lot_id is None or lot_id not in self.client.lots:
            raise UnknownLot(field)
        return lot_id


@dataclass(frozen=True, slots=True)
class Asked:
    """What an operation asks of its caller. `repeats`: how a message that comes again is known."""

    scope: Scope | None
    bucket: Bucket
    repeats: str | None = None


class Gateway:
    """What one process remembers of its callers."""

    def __init__(self, passages_per_s: float, sealer: Sealer) -> None:
        self.buckets = Buckets(rates_for(passages_per_s))
        self.policies = {
            bucket: f'"{bucket}";q={rate.burst};w={max(1, round(rate.burst / rate.per_s))}'
            for bucket, rate in self.buckets.rates.items()
        }
        self.recent = Recent()
        self.calls = CallLog(sealer)


def gateway() -> Gateway:
    """The memory of the present app."""
    return gateway_of(current_app)


def gateway_of(app: Flask) -> Gateway:
    """The memory of an app."""
    found = app.extensions.get(KEY)
    if found is None:
        own = app.extensions["parking"]
        found = app.extensions.setdefault(KEY, Gateway(own.gateway_rate, own.sealer))
    return cast(Gateway, found)


def call() -> Call:
    """The call that is being answered."""
    return cast(Call, g.gateway_call)


def intake() -> Intake:
    """The door for what this caller tells."""
    found = services().intake
    if found is None:
        raise RuntimeError("this application was built without an intake")
    return found


def answer(document: Any, status: int = 200) -> Response:
    """An answer in JSON that nobody may keep."""
    response = Response(orjson.dumps(document, option=_JSON_OUT), status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response


def document() -> dict[str, Any]:
    """The body as a JSON object. Raises NotJsonType, NotJson."""
    if request.mimetype != JSON:
        raise NotJsonType
    told = read_json(call().body)
    if not isinstance(told, dict):
        raise NotJson
    return told


def read_json(body: bytes) -> Any:
    """What a body says, in UTF-8; half a character in a name reads "?". Raises NotJson."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    # Half a character written as an escape is JSON but no text: its field is refused, not the whole message.
    try:
        # From bytes it would read UTF-16 too. A mark at the beginning is no part of the text.
        text = body.decode("utf-8-sig")
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_named)
    except (ValueError, RecursionError):
        raise NotJson from None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _named(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names can be told again: a field that nobody knows is refused by its name."""
    return {name.encode("utf-8", "replace").decode(): value for name, value in pairs}


def loaded(schema: Schema, told: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What was told, checked. Raises InvalidInput with every field that is wrong."""
    try:
        return cast(dict[str, Any], schema.load(document() if told is None else told))
    except ValidationError as error:
        raise InvalidInput(problems=problems.field_problems(error.messages)) from None


def guarded(view: View, asked: Asked) -> View:
    """The view behind the signature, the scope, the rate and the memory of messages; every call is noted."""

    @functools.wraps(view)
    def called(**arguments: Any) -> Response:
        began = perf_counter()
        noted = Noted(request.environ.get("HTTP_PARKING_CLIENT", ""), services().clock.now())
        try:
            response = _answered(view, asked, arguments, noted)
        except (ParkingError, HTTPException) as error:
            response = problems.answer(error)
        except Exception as error:
            _note(noted, began, problems.of(error).status, b"")
            raise
        _note(noted, began, response.status_code, response.get_data())
        if "gateway_rate" in g:
            response.headers["RateLimit-Policy"], response.headers["RateLimit"] = g.gateway_rate
        return response

    return called


def _note(noted: Noted, began: float, status: int, body: bytes) -> None:
    gateway().calls.note(noted, request.method, request.path, status, perf_counter() - began, body)


def _answered(view: View, asked: Asked, arguments: Mapping[str, Any], noted: Noted) -> Response:
    books = services().books
    if books is None:
        raise RuntimeError("this application was built without a register of clients")
    book = books.now()
    # A claim that names nobody is not worth a line: only clients have a log.
    noted.is_known = book.client(noted.client_id) is not None
    environ = request.environ
    body = request.get_data(cache=False)
    noted.body, noted.message_id = body, environ.get("HTTP_WEBHOOK_ID", "")
    claim = signing.Claim.of(environ)
    content = target() if request.method == "GET" else body
    client = book.client(claim.client_id)
    key = signing.verify(client, claim, content, noted.at)
    if client is None:
        raise SignatureWrong
    noted.is_signed = True
    if (sightings := services().sightings) is not None:
        sightings.key(key.id, noted.at)
    g.gateway_call = Call(client, book, claim.message_id, body, noted.at)
    _keep_to_rate(client.id, asked.bucket)
    if asked.scope is not None and asked.scope not in client.scopes:
        raise ScopeMissing(scope=asked.scope)
    if asked.repeats is None:
        return view(**arguments)
    return once(g.gateway_call, gateway().recent, asked.repeats, lambda: view(**arguments))


def target() -> bytes:
    """Path and query as they were asked for, which a call without a body signs in its place."""
    path = request.path.encode()
    query = request.environ.get("QUERY_STRING", "").encode("latin-1")
    return path + b"?" + query if query else path


def _keep_to_rate(client_id: str, bucket: Bucket) -> None:
    memory = gateway()
    allowance = memory.buckets.take(client_id, bucket, monotonic())
    g.gateway_rate = (
        memory.policies[bucket],
        f'"{bucket}";r={allowance.remaining};t={allowance.reset_s}',
    )
    if not allowance.allowed:
        raise TooMany(retry_after_s=max(1, allowance.reset_s))
