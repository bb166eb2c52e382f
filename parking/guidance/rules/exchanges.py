"""How is an exchange written down so that it may be read? Without a secret, a plate or a person in it.

What the fetcher hands over has no secret in what was said; but an answer may quote anything.
"""

from __future__ import annotations

import codecs
import html
import re
from base64 import b64encode
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from email.message import Message
from urllib.parse import parse_qsl, urlsplit

from parking.boundary.credentials import Credential, CredentialKind
from parking.boundary.feeds import ProblemKind, RecordProblem
from parking.boundary.fetching import Exchange
from parking.guidance.rules.hiding import HIDDEN, without_secrets
from parking.plates.rules import LIKE_A_PLATE

KEPT_FOR_S = 86_400
MOST_KEPT = 5
"""Of one pull; an older one goes."""

NOT_AGAIN_WITHIN_S = 600
"""A pull that goes on failing for the same reason is noted again after so many seconds."""

FAULTY_RECORDS = "faulty_records"
"""The reason of an exchange whose answer was taken, but not all of it."""

LONGEST_BODY = 4_000
# A shorter value of a query ("json", "2026") is a word like any other.
_SHORTEST_KEY = 6
_BINARY = (b"PK\x03\x04", b"\x1f\x8b", b"%PDF", b"\x89PNG", b"\xff\xd8\xff")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_NAMED = (
    r"(?:pass(?:word|wd)?|pwd|secret|token|api[-_]?key|app[-_]?(?:key|secret)|access[-_]?key|auth\w{0,60}"
    r"|sign(?:ature)?|session\w{0,60}|cookie|credential\w{0,60}|plate\w{0,60}|licen[cs]e\w{0,60}|car_?n(?:o|um\w{0,60})"
    r"|hphm|cphm?|phone\w{0,60}|mobile|tel|sjhm?|lxdh|手机\w{0,60}|车牌\w{0,60}|号牌\w{0,60}|密钥|密码|电话)"
)
_FIELDS = (
    # JSON, a query or a form, an element: the name stays, the value goes.
    re.compile(rf'("\w{{0,60}}{_NAMED}"\s*:\s*"?)(?:(?<=")(?:[^"\\]|\\.)*|[^\s,"\[\]{{}}]+)', re.IGNORECASE),
    re.compile(rf"(\b\w{{0,60}}{_NAMED}=)[^&\s\"'<>]+", re.IGNORECASE),
    re.compile(rf"(<(?:\w+:)?\w{{0,60}}{_NAMED}(?:\s[^<>]*)?>)[^<]*", re.IGNORECASE),
    # As headers are written: some values have blanks in them, some come after the name of a scheme.
    re.compile(r"((?:authorization|cookie)\s*[:：]\s*)[^\s\"'<>][^\n\"'<>]*", re.IGNORECASE),
    re.compile(r"(\b(?:bearer|basic)[ \t]+)[\w.~+/=-]+", re.IGNORECASE),
    re.compile(rf"(\b\w{{0,60}}{_NAMED}'?\s*[:：=]\s*'?)[^\s&,;\"'<>\[\]{{}}]+", re.IGNORECASE),
)
_PERSONS = re.compile(
    # Mobile and fixed numbers as people group them, those with 86 before them, a citizen's, mail addresses.
    r"(?<!\d)(?:(?:00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"
    r"|(?<![\d.])0\d{2,3}[ )）-]{0,2}[2-8]\d{2,3}[ -]?\d{4}(?!\d)"
    r"|(?:\+|(?<!\d)00)86[ -]?(?:\d[ -]?){8,11}(?!\d)"
    r"|(?<!\d)\d{17}[\dXx](?!\d)|[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+"
)
# The database keeps no NUL, and a terminal is not to be steered.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Worth looking at the document for; an unknown lot is no fault of it.
_ORDINARY = frozenset({ProblemKind.UNKNOWN_LOT})


@dataclass(frozen=True, slots=True)
class ExchangeText:
    """An exchange as it may be kept: request and answer as lines, the body's beginning as text."""

    status: int | None
    request: str
    answer: str
    body: str


Written = Callable[[], ExchangeText]
"""An exchange that is written down once somebody wants it."""


def exchange_text(exchange: Exchange, url: str, credential: Credential | None) -> ExchangeText:
    """`url` is the address that was asked: the values of its query are as secret as the credential."""
    secrets = _secrets(url, credential)
    return ExchangeText(
        status=exchange.status,
        request="\n".join([f"{exchange.method} {exchange.target}", *_lines(exchange.sent)]),
        answer=_redacted("\n".join(_lines(exchange.told)), secrets),
        body=_body(exchange, secrets),
    )


def is_worth_a_look(problems: Iterable[RecordProblem]) -> bool:
    """Whether what was wrong with records lies in the document."""
    return any(problem.kind not in _ORDINARY for problem in problems)


def _lines(headers: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers]


def _redacted(text: str, secrets: Collection[str]) -> str:
    """Without what lets somebody ask like us, without keys of theirs, and without plates and persons."""
    text = without_secrets(_CONTROL.sub("\ufffd", text.replace("\r", "")), secrets)
    for field in _FIELDS:
        text = field.sub(rf"\g<1>{HIDDEN}", text)
    return _PERSONS.sub(HIDDEN, LIKE_A_PLATE.sub(HIDDEN, text))


def _body(exchange: Exchange, secrets: Collection[str]) -> str:
    text = _text(exchange.head, _content_type(exchange))
    if text is None:
        # What cannot be read cannot be redacted.
        return f"({len(exchange.head)} bytes, {exchange.head[:4].hex(' ')} …)" if exchange.head else ""
    # Before anything is unescaped: half of a secret's escapes would no longer be told from itself.
    text = without_secrets(text, secrets)
    text = html.unescape(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), text))
    text = _redacted(text, secrets)
    cut = exchange.cut or len(text) > LONGEST_BODY
    return text[:LONGEST_BODY].encode("utf-8", "replace").decode() + (" …" if cut else "")


def _secrets(url: str, credential: Credential | None) -> set[str]:
    """Everything that would let somebody ask like us."""
    found = {value for _, value in parse_qsl(urlsplit(url).query) if len(value) >= _SHORTEST_KEY}
    if credential is not None and credential.kind is not CredentialKind.CERTIFICATE:
        found.add(credential.secret)
        if credential.kind is CredentialKind.BASIC:
            found.add(b64encode(f"{credential.name}:{credential.secret}".encode()).decode())
    return found


def _content_type(exchange: Exchange) -> Message:
    told = Message()
    told["Content-Type"] = next(
        (value for name, value in exchange.told if name.lower() == "content-type"), "application/octet-stream"
    )
    return told


def _text(head: bytes, told: Message) -> str | None:
    """The beginning of a body as text, which may end inside of a character; None where it is no text."""
    if head.startswith(_BINARY):
        return None
    wide = "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None
    if wide is None and b"\0" in head:
        return None
    for name in filter(None, (wide, told.get_content_charset(), "utf-8-sig", "gb18030")):
        try:
            b"    ".decode(name)  # refuses what is a coding of bytes and not of text
            return codecs.getincrementaldecoder(name)("strict").decode(head)
        except (LookupError, ValueError):
            continue
    return None
