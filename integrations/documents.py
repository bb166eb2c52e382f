"""Is a body the kind of document that its source promised? Hardened readers of JSON, XML and plain text.

No document type, no entity, no network, no bottomless nesting; the declared encoding holds, and a body that
does not keep to it is refused as a whole.
"""

from __future__ import annotations

import codecs
import json
import re
import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from math import isfinite
from typing import Any

import orjson
from lxml import etree

from integrations.records import shown
from parking.boundary.feeds import BreakReason, FeedBroken

_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
# UTF-32 begins like UTF-16 and is looked for first.
_MARKED = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# A megabyte of empty elements would be a hundred of objects.
_MOST_ELEMENTS = 200_000
# They are looked up one by one, each from the first: a hundred thousand would take minutes.
_MOST_ATTRIBUTES = 200
_ENCODING_ERRORS = frozenset(
    getattr(etree.ErrorTypes, name)
    for name in ("ERR_UNKNOWN_ENCODING", "ERR_UNSUPPORTED_ENCODING", "ERR_INVALID_ENCODING")
)


# A text, also one that never ends, or what may be a number.
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|-?[0-9][0-9.eE+-]*', re.DOTALL)
# Whoever reads a number takes this one for not finite, and nobody takes it for a text.
_TOO_LARGE = repr(sys.float_info.max)
# What Python can decode and a feed has a use for: not "zip", nor UTF-7, in which "<" is written otherwise.
_ENCODINGS = frozenset(
    codecs.lookup(name).name
    for name in (
        "ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gbk", "gb2312", "big5",
        "big5hkscs", "shift_jis", "euc_jp", "euc_kr", "latin-1", "windows-1250", "windows-1251",
        "windows-1252", "windows-1254", "iso-8859-2", "iso-8859-9", "iso-8859-15", "mac-roman",
    )
)  # fmt: skip
_XML_DECLARATION = re.compile(rb"<\?xml\s")
_DECLARED_ENCODING = re.compile(rb"""\bencoding\s*=\s*["']([^"']*)["']""")
_NO_TYPE = "a document type is not allowed"


class Element(dict[str, Any]):
    """An XML element: its children by local name (several of one name as a list), `@name`, `#text`.

    A child without children and attributes is its text alone.
    """


def known_encoding(told: str) -> str | None:
    """The name of an encoding that feeds may be written in, None for every other."""
    try:
        name = codecs.lookup(told).name
    except (LookupError, ValueError):
        return None
    return name if name in _ENCODINGS else None


def decoded(body: bytes, encoding: str | None = None) -> str:
    """The text of a body: by its byte-order mark, else by `encoding`, else UTF-8. Raises FeedBroken."""
    name = next((name for mark, name in _MARKED if body.startswith(mark)), encoding or "utf-8")
    try:
        text = body.decode(name)
    except UnicodeDecodeError as problem:
        raise FeedBroken(BreakReason.WRONG_ENCODING, f"byte {problem.start}") from None
    if not text.strip("\ufeff \r\n\t\x00"):
        raise FeedBroken(BreakReason.EMPTY)
    return text


def json_document(body: bytes) -> Any:
    """The value of a JSON text (UTF-8, with or without byte-order mark, or UTF-16/32). Raises FeedBroken."""
    try:
        # UTF-8 without a mark, as nearly every feed: no second copy of the text is made.
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _told_json(body)


def _told_json(body: bytes) -> Any:
    """What is no plain JSON of UTF-8: read after all, or refused with its reason."""
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
        if "depth" in problem.msg:
            raise FeedBroken(BreakReason.TOO_LARGE, "nested too deeply") from None
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
        if isfinite(float(told)):
            return told
        return f"-{_TOO_LARGE}" if told.startswith("-") else _TOO_LARGE
    except ValueError:
        return told


def xml_elements(
    body: bytes, started: Sequence[str], ended: Sequence[str]
) -> Iterator[tuple[str, etree._Element]]:
    """Yields ("start", element) and ("end", element) for the named elements of any namespace, in order.

    Of an element of `ended` its content is dropped when the next one is asked for, so that memory stays flat.
    Raises FeedBroken, possibly after some elements: then they must not be used.
    """
    for event, element in _xml_events(body, [f"{{*}}{name}" for name in (*started, *ended)]):
        is_record = local_name(element) in ended
        if is_record != (event == "end"):
            continue
        yield event, element
        if is_record and not _inside_same(element):
            _drop(element)


def xml_tree(body: bytes, encoding: str | None = None) -> Element:
    """The whole document as an element that holds the root. Raises FeedBroken."""
    inside = [Element()]
    told = 0
    for event, element in _xml_events(body, None, encoding):
        if event == "start":
            told += 1
            if told > _MOST_ELEMENTS or len(element.attrib) > _MOST_ATTRIBUTES:
                raise FeedBroken(BreakReason.TOO_LARGE, f"line {element.sourceline}: too many to hold")
            inside.append(Element({f"@{_local(str(name))}": value for name, value in element.items()}))
            continue
        entry = inside.pop()
        text = (element.text or "").strip()
        if entry and text:
            entry["#text"] = text
        _add(inside[-1], local_name(element), entry or text)
        _drop(element)
    return inside[0]


def _add(parent: Element, name: str, child: Element | str) -> None:
    if name not in parent:
        parent[name] = child
    elif isinstance(parent[name], list):
        parent[name].append(child)
    else:
        parent[name] = [parent[name], child]


def _xml_events(
    body: bytes, tags: Sequence[str] | None, encoding: str | None = None
) -> Iterator[tuple[str, etree._Element]]:
    _refuse_what_is_no_plain_xml(body, encoding)
    events = etree.iterparse(
        BytesIO(body),
        events=("start", "end"),
        tag=tags,
        encoding=encoding,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    looked = False
    try:
        for event, element in events:
            # Also where it was written so that nobody saw it in the bytes.
            if not looked and element.getroottree().docinfo.internalDTD is not None:
                raise FeedBroken(BreakReason.NOT_XML, _NO_TYPE)
            looked = True
            yield event, element
    except etree.XMLSyntaxError as problem:
        code = getattr(problem, "code", None)
        if code == etree.ErrorTypes.ERR_RESOURCE_LIMIT and "depth" in problem.msg:
            raise FeedBroken(BreakReason.TOO_LARGE, "nested too deeply") from None
        reason = BreakReason.WRONG_ENCODING if code in _ENCODING_ERRORS else BreakReason.NOT_XML
        raise FeedBroken(reason, f"line {problem.lineno}") from None


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return _local(str(element.tag))


def _local(name: str) -> str:
    return name.rpartition("}")[2]


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


def _refuse_what_is_no_plain_xml(body: bytes, encoding: str | None) -> None:
    """No document type, nor an encoding that hides one; `encoding` is surer than what the document says."""
    start = _start(body)
    if not start.startswith(b"<"):
        raise FeedBroken(BreakReason.NOT_XML, "it does not begin like XML")
    # UTF-16 hides the word behind zeros.
    if b"<!DOCTYPE" in (body.replace(b"\x00", b"") if b"\x00" in body[:64] else body):
        raise FeedBroken(BreakReason.NOT_XML, _NO_TYPE)
    if encoding is None and _XML_DECLARATION.match(start):
        declaration, end, _ = start.partition(b"?>")
        if not end:
            raise FeedBroken(BreakReason.NOT_XML, "line 1")
        for told in _DECLARED_ENCODING.findall(declaration):
            name = told.decode("ascii", "replace")
            if known_encoding(name) is None:
                raise FeedBroken(BreakReason.WRONG_ENCODING, f"an encoding that is not read: {shown(name)}")
