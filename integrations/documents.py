"""Is a body the kind of document that its source promised? Hardened readers of JSON and XML.

No document type, no entity, no network, no bottomless nesting; the declared encoding holds, and a body that
does not keep to it is refused as a whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from math import isfinite
from typing import Any

import orjson
from lxml import etree

from parking.boundary.feeds import BreakReason, FeedBroken

_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_ENCODING_ERRORS = frozenset(
    getattr(etree.ErrorTypes, name)
    for name in ("ERR_UNKNOWN_ENCODING", "ERR_UNSUPPORTED_ENCODING", "ERR_INVALID_ENCODING")
)


# A text, also one that never ends, or what may be a number.
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|-?[0-9][0-9.eE+-]*', re.DOTALL)
# Whoever reads a number refuses it as not finite.
_TOO_LARGE = '"1e999"'


def json_document(body: bytes) -> Any:
    """The value of a JSON text (UTF-8, with or without byte-order mark, or UTF-16/32). Raises FeedBroken."""
    start = _start(body)
    if start.startswith(b"<"):
        raise FeedBroken(BreakReason.NOT_JSON, "it begins like HTML or XML")
    try:
        text = body.decode(json.detect_encoding(body)).removeprefix("\ufeff")
    except UnicodeDecodeError as problem:
        raise FeedBroken(BreakReason.WRONG_ENCODING, f"byte {problem.start}") from None
    if not text.strip():
        raise FeedBroken(BreakReason.EMPTY)
    try:
        return _loaded(text)
    except orjson.JSONDecodeError as problem:
        raise FeedBroken(BreakReason.NOT_JSON, f"line {problem.lineno}, column {problem.colno}") from None


def _loaded(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        if "infinity" not in problem.msg:
            raise
    # A number that is too large is a fault of its record, not of the document.
    return orjson.loads(_JSON_TOKEN.sub(_bounded, text))


def _bounded(token: re.Match[str]) -> str:
    told = token[0]
    if told.startswith('"'):
        return told
    try:
        return told if isfinite(float(told)) else _TOO_LARGE
    except ValueError:
        return told


def xml_elements(
    body: bytes, started: Sequence[str], ended: Sequence[str]
) -> Iterator[tuple[str, etree._Element]]:
    """Yields ("start", element) and ("end", element) for the named elements of any namespace, in order.

    Of an element of `ended` its content is dropped when the next one is asked for, so that memory stays flat.
    Raises FeedBroken, possibly after some elements: then they must not be used.
    """
    _refuse_what_is_no_plain_xml(body)
    tags = [f"{{*}}{name}" for name in (*started, *ended)]
    events = etree.iterparse(
        BytesIO(body),
        events=("start", "end"),
        tag=tags,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for event, element in events:
            is_record = local_name(element) in ended
            if is_record != (event == "end"):
                continue
            yield event, element
            if is_record and not _inside_same(element):
                _drop(element)
    except etree.XMLSyntaxError as problem:
        reason = (
            BreakReason.WRONG_ENCODING
            if getattr(problem, "code", None) in _ENCODING_ERRORS
            else BreakReason.NOT_XML
        )
        raise FeedBroken(reason, f"line {problem.lineno}") from None


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _inside_same(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag == element.tag


def _drop(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _start(body: bytes) -> bytes:
    for mark in _BOMS:
        body = body.removeprefix(mark)
    start = body[:4096].replace(b"\x00", b"").lstrip()
    if not start and not body.replace(b"\x00", b"").strip():
        raise FeedBroken(BreakReason.EMPTY)
    return start


def _refuse_what_is_no_plain_xml(body: bytes) -> None:
    start = _start(body)
    if not start.startswith(b"<"):
        raise FeedBroken(BreakReason.NOT_XML, "it does not begin like XML")
    # UTF-16 hides the word behind zeros.
    if b"<!DOCTYPE" in (body.replace(b"\x00", b"") if b"\x00" in body[:64] else body):
        raise FeedBroken(BreakReason.NOT_XML, "a document type is not allowed")
