"""Why does a signature not match? Found by trying what programmers usually get wrong, never by showing ours.

Anybody may ask. Nobody learns a signature: the answer only says whether the one that was brought is that of
the string that was brought, or of another string that is made of it. Who does not hold the key has none that
matches anything, and an unknown client is answered like a wrong key.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING

import orjson

from parking.kernel.errors import N_
from parking.portals.gateway.signing import (
    WINDOW_S,
    is_message_id,
    signatures_in,
    signed_content,
)

if TYPE_CHECKING:
    from parking.lots.queries.gates import ClientFacts, SigningKey


class Verdict(StrEnum):
    """What the signature that was brought is."""

    RIGHT = "right"
    OLD_KEY = "old_key"
    OTHERWISE = "otherwise"
    NO_MATCH = "no_match"


@dataclass(frozen=True, slots=True)
class Brought:
    """What somebody sent, as text that was pasted. `content` is the body, or path and query of a GET."""

    client_id: str
    message_id: str
    timestamp: str
    signature: str
    content: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two strings part: the byte, counted from 0, and a little of both from there on."""

    at: int
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`remarks` are msgids; `ours` is the string to sign, of what was brought alone."""

    verdict: Verdict
    ours: bytes
    remarks: tuple[str, ...]
    difference: Difference | None = None
    skew_s: int | None = None
    key_hint: str | None = None


_MISTAKES = {
    "newline": N_("签名时正文末尾多了一个换行"),
    "crlf": N_("签名时正文的换行是 CRLF，与发出的不同"),
    "stripped": N_("签名时去掉了正文首尾的空白"),
    "bom": N_("签名时正文前有 BOM"),
    "gbk": N_("签名时正文用 GBK 编码，应为 UTF-8"),
    "compact": N_("签名用的不是发出的正文，而是重新生成的紧凑 JSON：应对同一份字节签名和发送"),
    "spaced": N_("签名用的不是发出的正文，而是重新生成的 JSON（带空格）：应对同一份字节签名和发送"),
    "escaped": N_("签名用的 JSON 把汉字写成 \\u 转义，与发出的正文不同：应对同一份字节签名和发送"),
    "sorted": N_("签名用的 JSON 把字段排了序，与发出的正文不同：应对同一份字节签名和发送"),
    "empty": N_("签名时正文为空；没有正文的请求要对路径和查询串签名"),
    "get": N_("签名的路径前写了 GET"),
    "body_only": N_("只对正文签了名，缺少 webhook-id 和 webhook-timestamp"),
    "no_id": N_("签名的内容缺少 webhook-id"),
    "no_time": N_("签名的内容缺少 webhook-timestamp"),
    "no_dots": N_("签名的内容之间没有用点号连接"),
    "lines": N_("签名的内容之间用了换行，应为点号"),
    "time_first": N_("webhook-timestamp 写在了 webhook-id 之前"),
    "milliseconds": N_("签名用的时间是毫秒，应为秒"),
    "key_text": N_("密钥没有先做 Base64 解码：去掉 whsec_ 后解码，用得到的 32 个字节签名"),
    "key_whole": N_("密钥带着 whsec_ 前缀当作文字用了：去掉前缀，再做 Base64 解码"),
    "hex": N_("签名写成了十六进制，应为 Base64"),
    "urlsafe": N_("签名用了 URL 安全的 Base64，应为标准 Base64"),
    "no_version": N_("webhook-signature 的签名前缺少“v1,”"),
}


def diagnose(client: ClientFacts | None, brought: Brought, now: datetime) -> Diagnosis:
    """Compare; a client that is unknown or disabled is answered like one whose key is another."""
    content = brought.content.encode("utf-8", "replace")
    ours = signed_content(brought.message_id, brought.timestamp, content)
    remarks = list(_about_headers(brought))
    skew_s = _skew(brought.timestamp, now)
    told, has_version = _told_signatures(brought.signature)
    if not has_version and told:
        remarks.append(_MISTAKES["no_version"])
    keys = client.keys if client is not None and not client.disabled else ()
    found = _matching(keys, told, brought, content)
    if found is None:
        return Diagnosis(Verdict.NO_MATCH, ours, tuple(remarks), skew_s=skew_s)
    key, theirs, mistakes = found
    remarks += [_MISTAKES[each] for each in mistakes]
    same = Verdict.RIGHT if key.is_good(now) else Verdict.OLD_KEY
    verdict = Verdict.OTHERWISE if mistakes else same
    difference = _difference(ours, theirs) if theirs != ours else None
    return Diagnosis(verdict, ours, tuple(remarks), difference, skew_s, key.hint)


def _about_headers(brought: Brought) -> Iterator[str]:
    if is_message_id(brought.message_id) is None:
        yield N_("webhook-id 应为 1 到 128 个可见的 ASCII 字符，不含空格和点号")
    if not (brought.timestamp.isascii() and brought.timestamp.isdecimal()):
        yield N_("webhook-timestamp 应为从 1970 年起的秒数")
    elif len(brought.timestamp) > 12:
        yield N_("webhook-timestamp 好像是毫秒，应为秒")


def _skew(timestamp: str, now: datetime) -> int | None:
    """How far the signed time is from ours, in seconds; None where it is within the window or unreadable."""
    if not (timestamp.isascii() and timestamp.isdecimal()) or len(timestamp) > 15:
        return None
    skew = int(timestamp) - int(now.timestamp())
    return skew if abs(skew) > WINDOW_S else None


def _told_signatures(header: str) -> tuple[tuple[str, ...], bool]:
    """The signatures of a header, and whether they are marked as version 1."""
    marked = signatures_in(header.strip())
    if marked:
        return marked, True
    bare = header.strip().removeprefix("v1=")
    return ((bare,) if bare and bare.isascii() and " " not in bare else ()), False


_Found = tuple["SigningKey", bytes, tuple[str, ...]]


def _matching(
    keys: Sequence[SigningKey], told: Sequence[str], brought: Brought, content: bytes
) -> _Found | None:
    """The first way of signing, the usual first, that gives a signature that was brought."""
    bodies = list(_bodies(brought.content, content))
    for body_name, body in bodies:
        for layout_name, signed in _layouts(brought, body):
            for key, (key_name, secret) in product(keys, _NAMED_KEYS):
                made = hmac.digest(secret(key.secret), signed, "sha256")
                for form_name, form in _FORMS:
                    # Every comparison takes the same time, whatever was brought.
                    if any(hmac.compare_digest(form(made), each) for each in told):
                        names = (body_name, layout_name, key_name, form_name)
                        return key, signed, tuple(name for name in names if name)
    return None


def _key_text(secret: bytes) -> bytes:
    return b64encode(secret)


_NAMED_KEYS = (
    ("", lambda secret: secret),
    ("key_text", _key_text),
    ("key_whole", lambda secret: b"whsec_" + _key_text(secret)),
)
_FORMS = (
    ("", lambda made: b64encode(made).decode()),
    ("hex", lambda made: made.hex()),
    ("hex", lambda made: made.hex().upper()),
    ("urlsafe", lambda made: urlsafe_b64encode(made).decode()),
)


def _bodies(text: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    yield "", content
    yield "newline", content + b"\n"
    yield "crlf", content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    yield "stripped", content.strip()
    yield "bom", b"\xef\xbb\xbf" + content
    with suppress(UnicodeEncodeError):
        yield "gbk", text.encode("gbk")
    # What is too deep to be written again was not written again by them either.
    with suppress(ValueError, orjson.JSONEncodeError, RecursionError):
        told = orjson.loads(content)
        yield "compact", orjson.dumps(told)
        yield "spaced", json.dumps(told, ensure_ascii=False).encode()
        yield "escaped", json.dumps(told).encode()
        yield "escaped", json.dumps(told, separators=(",", ":")).encode()
        yield "sorted", orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    yield "empty", b""
    yield "get", b"GET " + content


def _layouts(brought: Brought, body: bytes) -> Iterator[tuple[str, bytes]]:
    message_id, timestamp = brought.message_id.encode(), brought.timestamp.encode()
    yield "", b".".join((message_id, timestamp, body))
    yield "body_only", body
    yield "no_id", timestamp + b"." + body
    yield "no_time", message_id + b"." + body
    yield "no_dots", message_id + timestamp + body
    yield "lines", b"\n".join((message_id, timestamp, body))
    yield "time_first", b".".join((timestamp, message_id, body))
    yield "milliseconds", b".".join((message_id, timestamp + b"000", body))


def _difference(ours: bytes, theirs: bytes) -> Difference:
    pairs = zip(ours, theirs, strict=False)
    at = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(ours), len(theirs)))
    return Difference(at, _shown(ours[at : at + 24]), _shown(theirs[at : at + 24]))


def _shown(part: bytes) -> str:
    """A piece of a string so that blanks and line breaks can be seen."""
    return part.decode("utf-8", "backslashreplace").replace("\n", "⏎").replace("\r", "␍") or "∅"


def shown(content: bytes) -> str:
    """The whole string so that line breaks can be seen."""
    return content.decode("utf-8", "backslashreplace").replace("\r", "␍").replace("\n", "⏎\n")
