"""How do other makers' devices tell us in their own dialect? At /compat/<vendor>/<secret>/<what they add>.

The secret in the address says which device speaks; the dialect reads and answers. What is refused of a device
that sends again until it is answered is acknowledged too, and kept in quarantine.
"""

from __future__ import annotations

from typing import Any

import structlog
from flask import Response, current_app, request
from werkzeug.exceptions import NotFound

from parking.boundary.gates import (
    DialectContext,
    GateDialect,
    GateReading,
    GateReply,
    GateRequest,
    GateUnreadable,
    SignatureWrong,
    Verdict,
)
from parking.kernel.db.away import is_away
from parking.kernel.errors import Unavailable
from parking.lots.queries import GateBooks
from parking.lots.queries.gates import DeviceFacts
from parking.portals._http.api import ApiBlueprint, ProblemSchema
from parking.portals._http.services import services
from parking.portals.gateway import compat_keeping as keeping
from parking.portals.gateway.compat_bodies import BodyTooLarge, received_body
from parking.portals.gateway.compat_hearing import hear
from parking.portals.gateway.compat_strangers import Strangers
from parking.portals.gateway.errors import TooMany

_STATE = "parking_compat"
_log = structlog.get_logger(__name__)

blueprint = ApiBlueprint(
    "compat",
    __name__,
    url_prefix="/compat",
    description="Devices and clouds of other makers, in their own dialects / 设备与厂商平台的原有协议",
)

_ANY: dict[str, Any] = {"schema": {}}
_DOC: dict[str, Any] = {
    "requestBody": {
        "description": "What the device sends, forms and multiparts as well: its first bytes tell what it "
        "is, not its content type.",
        "content": {
            "application/json": _ANY,
            "application/xml": _ANY,
            "application/octet-stream": _ANY,
        },
    },
    "parameters": [
        {
            "in": "path",
            "name": "vendor",
            "required": True,
            "schema": {"type": "string"},
            "example": "vzenith",
        },
        {"in": "path", "name": "secret", "required": True, "schema": {"type": "string"}},
    ],
}
_REST = {"in": "path", "name": "rest", "required": True, "schema": {"type": "string"}}


@blueprint.route("/<string:vendor>/<string:secret>", methods=["POST"], strict_slashes=False)
@blueprint.doc(**_DOC)
@blueprint.response(200, {}, description="In the device's dialect: heard; no barrier is ever opened.")
@blueprint.alt_response(404, schema=ProblemSchema, description="No such dialect.")
@blueprint.alt_response(429, schema=ProblemSchema, description="Too many calls with secrets of nobody.")
@blueprint.alt_response(503, schema={}, description="In the device's dialect: busy, send it again.")
def tell(vendor: str, secret: str) -> Response:
    """Tell what a device saw, at the address that its registration gave it."""
    return _tell(vendor, secret, "")


@blueprint.route("/<string:vendor>/<string:secret>/<path:rest>", methods=["POST"])
@blueprint.doc(**{**_DOC, "parameters": [*_DOC["parameters"], _REST]})
@blueprint.response(200, {}, description="In the device's dialect: heard; no barrier is ever opened.")
@blueprint.alt_response(404, schema=ProblemSchema, description="No such dialect.")
@blueprint.alt_response(429, schema=ProblemSchema, description="Too many calls with secrets of nobody.")
@blueprint.alt_response(503, schema={}, description="In the device's dialect: busy, send it again.")
def tell_there(vendor: str, secret: str, rest: str) -> Response:
    """The same behind a path that the device adds by itself, as /NotificationInfo/TollgateInfo."""
    return _tell(vendor, secret, rest)


def _tell(vendor: str, secret: str, rest: str) -> Response:
    dialect = services().dialects.get(vendor)
    if dialect is None:
        raise NotFound
    context: DialectContext | None = None
    try:
        device = _books().now().device(vendor, secret)
        if device is None:
            return _stranger(dialect, rest)
        context = DialectContext(device.time_zone, device.secrets, device.profile)
        return _answered(dialect, device, rest, context)
    except Exception as problem:
        if not is_away(problem):
            raise
        _log.warning("compat.busy", vendor=vendor, reason=type(getattr(problem, "orig", problem)).__name__)
        return _answer(dialect.reply(_asked(rest, b""), None, Verdict.BUSY, context))


def _answered(dialect: GateDialect, device: DeviceFacts, rest: str, context: DialectContext) -> Response:
    try:
        asked = _asked(rest, received_body(exact=dialect.manifest.signs))
    except BodyTooLarge:
        keeping.keep_refused(device, "too_large", services().clock.now())
        return _answer(dialect.reply(_asked(rest, b""), None, Verdict.UNREADABLE, context))
    reading, verdict = _heard(dialect, device, asked, context)
    return _answer(dialect.reply(asked, reading, verdict, context))


def _heard(
    dialect: GateDialect, device: DeviceFacts, asked: GateRequest, context: DialectContext
) -> tuple[GateReading | None, Verdict]:
    """What was read and what became of it; what is refused is kept aside before it is acknowledged."""
    try:
        reading = dialect.read(asked, context)
    except SignatureWrong as wrong:
        keeping.keep_refused(device, wrong.code, asked.received_at)
        return None, Verdict.SIGNATURE_WRONG
    except GateUnreadable as unreadable:
        keeping.keep_refused(device, unreadable.code, asked.received_at, field=unreadable.field)
        return None, Verdict.UNREADABLE
    try:
        return reading, hear(device, reading, asked.received_at, request.remote_addr or "")
    except Unavailable:
        return reading, Verdict.BUSY


def _stranger(dialect: GateDialect, rest: str) -> Response:
    """Nobody's secret, or one that is no longer good: answered alike, listed as seen, counted nowhere."""
    strangers: Strangers = current_app.extensions.setdefault(_STATE, Strangers())
    wait_s = strangers.wait_s(request.remote_addr or "")
    if wait_s:
        raise TooMany(retry_after_s=wait_s)
    try:
        asked = _asked(rest, received_body(exact=dialect.manifest.signs))
    except BodyTooLarge:
        asked = _asked(rest, b"")
    serial = dialect.serial_of(asked)
    keeping.note_unknown(dialect.manifest.name, serial, request.remote_addr or "", asked.received_at)
    return _answer(dialect.reply(asked, None, Verdict.UNKNOWN_DEVICE))


def _books() -> GateBooks:
    books = services().books
    if books is None:
        raise Unavailable
    return books


def _asked(rest: str, body: bytes) -> GateRequest:
    return GateRequest(
        method=request.method,
        path=rest,
        query=request.args.to_dict(),
        headers={name.lower(): value for name, value in request.headers.items()},
        content_type=request.content_type or "",
        body=body,
        received_at=services().clock.now(),
    )


def _answer(reply: GateReply) -> Response:
    response = Response(reply.body, reply.status, content_type=reply.content_type)
    for name, value in reply.headers:
        response.headers[name] = value
    return response
