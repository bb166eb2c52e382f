"""Which document did a device send? Hardened readers of JSON, XML, forms and multiparts.

They are told by their first bytes: a device's word for its content type is often wrong. No document type, no
entity, no bottomless nesting; pictures are never kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from integrations.documents import json_document
from parking.boundary.feeds import FeedBroken
from parking.boundary.gates import GateUnreadable

_MAX_PARTS = 40
_MAX_XML = 512_000
_MAX_FIELDS = 200
_XML_ENCODING = re.compile(rb"""^<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,20})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
# What firmwares forget to escape, as in a camera's name "Gate & Exit".
_STRAY_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
_ENTITY = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_BOUNDARY = re.compile(rb"\s{0,16}--([^\r\n]{1,200})\r?\n")
_BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|(?<=\n)\r?\n")
_NAME = re.compile(rb"""name="?([^";\r\n]{0,200})""")
# What firmwares declare. Python knows more codecs, some of which take minutes for half a megabyte.
_ENCODINGS = {
    **dict.fromkeys(("utf-8", "utf8", "us-ascii", "ascii"), "utf-8"),
    **dict.fromkeys(("gb2312", "gbk", "gb18030"), "gb18030"),
    **dict.fromkeys(("iso-8859-1", "latin1", "windows-1252"), "cp1252"),
    "big5": "big5",
    "utf-16": "utf-16",
}
_PICTURE_STARTS = (b"\xff\xd8", b"\x89PNG", b"BM", b"GIF8")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a multipart that is no picture."""

    name: str
    data: bytes = field(repr=False)


def json_object(body: bytes) -> dict[str, Any]:
    """The object of a JSON text. Raises GateUnreadable."""
    try:
        document = json_document(body)
    except FeedBroken as broken:
        raise GateUnreadable(str(broken.reason)) from None
    if not isinstance(document, dict):
        raise GateUnreadable("not_an_object")
    return document


def begins_like(body: bytes) -> str:
    """What a body seems to be by its first bytes: "json", "xml", "multipart", "empty" or "other"."""
    start = body[:256].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return "empty" if not body.strip() else "other"
    if start.startswith((b"{", b"[")):
        return "json"
    if start.startswith(b"<") or start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "xml"
    return "multipart" if start.startswith(b"--") else "other"


def xml_root(body: bytes) -> Element:
    """The root of an XML text, stray ampersands escaped. Raises GateUnreadable; entities are refused."""
    if len(body) > _MAX_XML:
        raise GateUnreadable("too_large")
    text = _DECLARATION.sub("", _decoded(body), count=1)
    if _ENTITY.search(text):
        raise GateUnreadable("entities_refused")
    try:
        return fromstring(_STRAY_AMPERSAND.sub("&amp;", text), forbid_dtd=True)
    except DefusedXmlException:
        raise GateUnreadable("entities_refused") from None
    except (ParseError, ValueError):
        raise GateUnreadable("not_xml") from None


def local_name(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def parts_of(body: bytes) -> list[Part]:
    """The parts of a multipart but its pictures, whatever boundary its header told. Raises GateUnreadable.

    Cameras leave out the disposition, the closing boundary after a picture, or end lines with a bare newline.
    """
    first = _BOUNDARY.match(body)
    if first is None:
        raise GateUnreadable("not_multipart")
    limits = re.compile(rb"(?:\A\s*|\r?\n)--" + re.escape(first[1].rstrip()) + rb"(--)?[ \t]*(?:\r?\n|\Z)")
    parts: list[Part] = []
    begun: int | None = None
    for limit in limits.finditer(body):
        if begun is not None:
            parts += _part(body, begun, limit.start())
        if len(parts) > _MAX_PARTS:
            raise GateUnreadable("too_many_parts")
        begun = None if limit[1] else limit.end()
        if limit[1]:
            return parts
    # No closing boundary: a cut in a picture loses nothing, a cut elsewhere may have changed a value.
    if begun is None or not parts or _part(body, begun, len(body)):
        raise GateUnreadable("truncated")
    return parts


def form_of(body: bytes) -> Mapping[str, str]:
    """The fields of a form, multipart or urlencoded, the first of each name. Raises GateUnreadable."""
    fields: dict[str, str] = {}
    try:
        if begins_like(body) == "multipart":
            for part in parts_of(body):
                fields.setdefault(part.name, part.data.decode())
        else:
            pairs = parse_qsl(
                body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS, strict_parsing=True
            )
            for name, value in pairs:
                fields.setdefault(name, value)
    except UnicodeDecodeError:
        raise GateUnreadable("wrong_encoding") from None
    except ValueError:
        raise GateUnreadable("not_a_form") from None
    return fields


def _part(body: bytes, start: int, end: int) -> list[Part]:
    """The part between two boundaries, none for a picture."""
    blank = _BLANK_LINE.search(body, start, end)
    if blank is None:
        return []
    if body.startswith(_PICTURE_STARTS, blank.end(), end):
        return []
    name = _NAME.search(body, start, blank.start())
    return [Part(name[1].decode(errors="replace") if name else "", body[blank.end() : end])]


def _decoded(body: bytes) -> str:
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    else:
        body = body.removeprefix(b"\xef\xbb\xbf")
        told = _XML_ENCODING.match(body.lstrip()[:200])
        encoding = _ENCODINGS.get(told[1].decode().lower(), "") if told else "utf-8"
    if not encoding:
        raise GateUnreadable("wrong_encoding")
    try:
        return body.decode(encoding)
    except UnicodeError:
        raise GateUnreadable("wrong_encoding") from None
