"""How is an error told? As problem+json (RFC 9457) to machines, as a page with the same code to people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from flask import Flask, Response, g, make_response, render_template, request
from flask_babel import force_locale, gettext
from werkzeug.exceptions import HTTPException

from parking.kernel.db.away import is_away
from parking.kernel.errors import (
    N_,
    Conflict,
    FieldProblem,
    InvalidInput,
    NotAllowed,
    NotFound,
    ParkingError,
    RuleBroken,
    Unavailable,
)

PROBLEM_JSON = "application/problem+json"

_STATUS: tuple[tuple[type[ParkingError], int], ...] = (
    (InvalidInput, 422),
    (NotFound, 404),
    (NotAllowed, 403),
    (Conflict, 409),
    (RuleBroken, 422),
    (Unavailable, 503),
)

_HTTP: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", N_("请求格式有误")),
    401: ("not_signed", N_("没有可以确认的签名")),
    403: ("not_allowed", N_("没有权限")),
    404: ("not_found", N_("没有找到")),
    405: ("method_not_allowed", N_("这个地址不支持这种请求方法")),
    406: ("not_acceptable", N_("无法按要求的格式回答")),
    408: ("timed_out", N_("请求超时")),
    413: ("too_large", N_("提交的内容太大")),
    415: ("unsupported_type", N_("不支持这种内容格式")),
    422: ("invalid_input", N_("提交的内容有误")),
    429: ("too_many", N_("请求太频繁，请稍后再试")),
    500: ("internal", N_("服务器出错了，我们已记录")),
    503: ("unavailable", N_("暂时无法使用，请稍后再试")),
}

# Whoever is told this may come again soon.
_LATER = (429, 503)

# What marshmallow says by itself, in our words; a schema's own sentences come as `Told`.
_MARSHMALLOW: Mapping[str, tuple[str, str]] = {
    "Unknown field.": ("unknown_parameter", N_("没有这个参数")),
    "Missing data for required field.": ("missing", N_("缺少这一项")),
    "Field may not be null.": ("missing", N_("缺少这一项")),
    "Not a valid number.": ("not_a_number", N_("不是有效的数字")),
    "Not a valid integer.": ("not_an_integer", N_("不是有效的整数")),
    "Not a valid boolean.": ("not_a_boolean", N_("应为 true 或 false")),
    "Not a valid datetime.": ("not_an_instant", N_("不是有效的时间，应如 2026-11-21T18:30:00+08:00")),
    "Invalid JSON body.": ("not_json", N_("请求正文不是有效的 JSON")),
    "Invalid input type.": ("not_an_object", N_("请求正文应是一个 JSON 对象")),
    "Invalid value.": ("invalid", N_("不是有效的值")),
    "Not a valid string.": ("not_a_text", N_("不是有效的文字")),
    "Not a valid utf-8 string.": ("not_a_text", N_("不是有效的文字")),
    "Not a valid date.": ("not_a_date", N_("不是有效的日期，应如 2026-11-21")),
    "Not a valid aware datetime.": (
        "not_an_instant",
        N_("不是有效的时间，应如 2026-11-21T18:30:00+08:00（须带时区）"),
    ),
    "Not a valid list.": ("not_a_list", N_("应是一个列表")),
    "Not a valid mapping type.": ("not_an_object", N_("应是一个 JSON 对象")),
    "Invalid type.": ("not_an_object", N_("应是一个 JSON 对象")),
    "Number too large.": ("not_a_number", N_("不是有效的数字")),
    "Special numeric values (nan or infinity) are not permitted.": ("not_a_number", N_("不是有效的数字")),
}

# The same, of the sentences with numbers.
_NUMBERED: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"Length must be between (?P<least>\d+) and (?P<most>\d+)\."),
        "bad_length",
        N_("长度应在 %(least)s 到 %(most)s 之间"),
    ),
    (re.compile(r"Longer than maximum length (?P<most>\d+)\."), "bad_length", N_("长度不能超过 %(most)s")),
    (re.compile(r"Shorter than minimum length (?P<least>\d+)\."), "bad_length", N_("长度不能少于 %(least)s")),
    (
        re.compile(r"Must be greater than or equal to (?P<min>\S+) and less than or equal to (?P<max>\S+)\."),
        "out_of_range",
        N_("应在 %(min)s 到 %(max)s 之间"),
    ),
    (re.compile(r"Must be one of: (?P<choices>.+)\."), "not_a_choice", N_("只能是：%(choices)s")),
)


class Told(str):
    """A schema's message that keeps its code, Chinese sentence and values, so that it can be translated."""

    code: str
    text: str
    params: Mapping[str, object]

    def __new__(cls, code: str, text: str, **params: object) -> Told:
        told = super().__new__(cls, text % params if params else text)
        told.code, told.text, told.params = code, text, params
        return told


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, before it is written in any language: sentences are msgids with their values."""

    status: int
    code: str
    text: str
    params: Mapping[str, object]
    fields: tuple[FieldProblem, ...] = ()
    # What else a machine is told, as RFC 9457 allows: members of the document by name.
    members: Mapping[str, Any] = field(default_factory=dict)


def of(error: Exception) -> Problem:
    """Any exception as a problem; what we do not know is an internal error that gives nothing away.

    Where the database is away the same may be asked again.
    """
    if isinstance(error, ParkingError):
        status = getattr(error, "status", None) or next(
            (status for kind, status in _STATUS if isinstance(error, kind)), 500
        )
        members = getattr(error, "members", {})
        return Problem(status, error.code, error.text, error.params, error.problems, members)
    if isinstance(error, HTTPException) and error.code is not None:
        code, text = _HTTP.get(error.code, ("http_error", N_("请求没有成功")))
        return Problem(error.code, code, text, {}, tuple(_fields(getattr(error, "data", None))))
    status = 503 if is_away(error) else 500
    return Problem(status, *_HTTP[status], {})


def _fields(data: Any) -> Iterator[FieldProblem]:
    """The field problems that webargs attached: {location: {field: [messages]}}, however deep."""
    messages = data.get("messages", {}) if isinstance(data, Mapping) else {}
    for location in messages.values() if isinstance(messages, Mapping) else ():
        yield from _flattened(location, "")


def field_problems(messages: Any) -> tuple[FieldProblem, ...]:
    """What a schema of marshmallow found wrong, field by field."""
    return tuple(_flattened(messages, ""))


def _flattened(messages: Any, path: str) -> Iterator[FieldProblem]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            # What is wrong with an object within is told of the field that holds it.
            within = path if path and name == "_schema" else f"{path}.{name}" if path else str(name)
            yield from _flattened(inner, within)
        return
    # What two validators say alike is one problem.
    told: dict[str, FieldProblem] = {}
    for message in messages if isinstance(messages, list) else [messages]:
        problem = _in_our_words(path, message)
        told.setdefault(problem.text % problem.params if problem.params else problem.text, problem)
    yield from told.values()


def _in_our_words(path: str, message: object) -> FieldProblem:
    if isinstance(message, Told):
        return FieldProblem(path, message.code, message.text, message.params)
    said = str(message)
    if said == "Invalid input type." and path != "_schema":
        said = "Invalid type."
    if (known := _MARSHMALLOW.get(said)) is not None:
        return FieldProblem(path, *known)
    for pattern, code, text in _NUMBERED:
        if (found := pattern.fullmatch(said)) is not None:
            return FieldProblem(path, code, text, found.groupdict())
    return FieldProblem(path, *_MARSHMALLOW["Invalid value."])


def sentence(text: str, params: Mapping[str, object]) -> str:
    """A msgid with its values, in the reader's language; a value called label is a msgid itself."""
    told = {
        name: gettext(str(value)) if name == "label" and value else value for name, value in params.items()
    }
    return gettext(text, **told) if told else gettext(text)


def _in(locale: str, problem: FieldProblem) -> str:
    with force_locale(locale):
        return sentence(problem.text, problem.params)


def document(problem: Problem) -> dict[str, Any]:
    """The RFC 9457 document; the reader's language in `detail`, both languages for each field.

    An error of a portal may carry a `status` of its own and `members` that the document holds beside.
    """
    title = _HTTP.get(problem.status, (problem.code, problem.text))[1]
    told: dict[str, Any] = {
        "type": f"urn:parking:problem:{problem.code}",
        "title": gettext(title),
        "status": problem.status,
        "detail": sentence(problem.text, problem.params),
        "instance": _instance(),
        "code": problem.code,
        "request_id": g.get("request_id"),
    }
    told.update(problem.members)
    if problem.fields:
        told["errors"] = field_errors(problem.fields)
    return told


def field_errors(problems: Iterable[FieldProblem]) -> list[dict[str, str]]:
    """Each field's problem in both languages."""
    return [
        {"field": each.field, "code": each.code, "msg_zh": _in("zh", each), "msg_en": _in("en", each)}
        for each in problems
    ]


def _instance() -> str:
    """The address that was asked for; of a device's, which holds its secret, only the beginning."""
    return "/compat/" if request.path.startswith("/compat/") else request.path


def wants_page() -> bool:
    """True where a person reads: outside the API, and where HTML is asked for before JSON."""
    if request.path.startswith(("/api/", "/compat/", "/networks/")):
        return False
    best = request.accept_mimetypes.best_match(["text/html", "application/json", PROBLEM_JSON], "text/html")
    return best == "text/html"


def answer(error: Exception) -> Response:
    """The response for an exception, in the form that the caller reads."""
    problem = of(error)
    if wants_page():
        g.failed = problem.status >= 500
        fields = [(each.field, sentence(each.text, each.params)) for each in problem.fields]
        page = render_template("error.html", problem=document(problem), fields=fields)
        response = make_response(page, problem.status)
    else:
        response = Response(orjson.dumps(document(problem)), problem.status, content_type=PROBLEM_JSON)
    if isinstance(error, HTTPException):
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
    elif problem.status in _LATER:
        response.headers["Retry-After"] = str(retry_after_s(problem.params))
    return response


def retry_after_s(params: Mapping[str, Any]) -> int:
    """After how many seconds to come again, by an error's `retry_after_s` or `minutes`; else 1."""
    return int(params.get("retry_after_s") or 60 * params.get("minutes", 0) or 1)


def init_problems(app: Flask) -> None:
    """Let every exception of an app be told by this module."""

    def unexpected(error: Exception) -> Response:
        app.logger.error("unexpected", exc_info=error, extra={"request_id": g.get("request_id")})
        return answer(error)

    app.register_error_handler(ParkingError, answer)
    app.register_error_handler(HTTPException, answer)
    app.register_error_handler(Exception, unexpected)
