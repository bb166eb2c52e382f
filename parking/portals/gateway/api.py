"""How is an operation of the gateway declared? With its scope, its rate, its words for the document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response
from marshmallow import Schema

from parking.accounts.rules import Scope
from parking.portals._http.api import ApiBlueprint, ProblemSchema
from parking.portals._http.problems import PROBLEM_JSON
from parking.portals.gateway.calling import Asked, View, guarded
from parking.portals.gateway.rates import Bucket
from parking.portals.gateway.signing import CLIENT, MESSAGE_ID, SIGNATURE, TIMESTAMP, WINDOW_S

blueprint = ApiBlueprint(
    "gateway",
    __name__,
    url_prefix="/api/v1/gateway",
    description="What passes the barriers, told by vendors; every call is signed / 道闸与 ETC 接入",
)

_PROBLEMS = {
    400: "The body is no JSON, or a header or the address cannot be read (it holds a NUL).",
    401: "Not signed, wrongly signed (`signature_wrong`), or not now (`clock_skew`, with our time).",
    403: "The client was not granted this kind of call.",
    404: "No such lot, or not one of yours.",
    413: "More than 1 MB.",
    415: "Not application/json.",
    422: "Fields are wrong; each is named in `errors`.",
    429: "Too many calls: come again after Retry-After seconds.",
    503: "Too busy, or the database is away: tell the same again after Retry-After seconds; what was kept is "
    "then `repeated`.",
}
_HEADERS = {
    "client": (CLIENT, "The number of the client, told when it was registered."),
    "messageId": (MESSAGE_ID, "Names the message; the same when it is sent again. No dots."),
    "timestamp": (TIMESTAMP, f"Unix seconds, within {WINDOW_S} s of ours."),
    "signature": (
        SIGNATURE,
        "`v1,` and the Base64 of HMAC-SHA256 over `id.timestamp.content` with the client's key; the content "
        "is the raw body, or path and query of a call without one. Several, by spaces, while keys change.",
    ),
}
# What OpenAPI calls the parts of a signature, each a header.
SECURITY_SCHEMES = {
    scheme: {"type": "apiKey", "in": "header", "name": name, "description": says}
    for scheme, (name, says) in _HEADERS.items()
}
blueprint.security_schemes = SECURITY_SCHEMES
SIGNED: list[dict[str, list[str]]] = [{scheme: [] for scheme in SECURITY_SCHEMES}]
_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "Names the message where each attempt has a new webhook-id; kept for 48 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}


def operation(
    method: str,
    rule: str,
    *,
    scope: Scope | None,
    bucket: Bucket,
    repeats: str | None = None,
    body: Schema | None = None,
    example: Any = None,
    query: Schema | None = None,
    answers: Mapping[int, tuple[type[Schema], Any]],
) -> Callable[[Callable[..., Response]], View]:
    """Serve a view at `rule`. `answers` are its successes: schema and example by status."""

    def decorate(view: Callable[..., Response]) -> View:
        called = guarded(view, Asked(scope, bucket, repeats))
        called._apidoc = _described(view, body, example, query, answers, repeats)  # type: ignore[attr-defined]
        blueprint.add_url_rule(rule, view_func=called, methods=[method])
        return view

    return decorate


def _described(
    view: Callable[..., Response],
    body: Schema | None,
    example: Any,
    query: Schema | None,
    answers: Mapping[int, tuple[type[Schema], Any]],
    repeats: str | None,
) -> Mapping[str, Any]:
    """The operation's part of the OpenAPI document, gathered by the blueprint's own decorators."""

    def described() -> None: ...

    described.__doc__ = view.__doc__
    told: Any = described
    for status, (schema, shown) in answers.items():
        told = blueprint.alt_response(status, schema=schema, example=shown, success=True)(told)
    for status, says in _PROBLEMS.items():
        if body is not None or status not in (413, 415):
            told = blueprint.alt_response(
                status, schema=ProblemSchema, description=says, content_type=PROBLEM_JSON
            )(told)
    if body is not None:
        told = blueprint.arguments(body, location="json", example=example)(told)
    if query is not None:
        told = blueprint.arguments(query, location="query")(told)
    extra: dict[str, Any] = {"security": SIGNED}
    if repeats is not None:
        extra["parameters"] = [_KEY]
    documented: Mapping[str, Any] = blueprint.doc(**extra)(told)._apidoc
    return documented
