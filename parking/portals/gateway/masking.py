"""Which part of a message may be shown again? A short beginning, with every plate masked."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import orjson

from parking.plates.rules import LIKE_A_PLATE, masked, without_plates

_MOST = 2_000
_MOST_ITEMS = 5
# What may hold a plate, whatever the caller meant by it; a TAC settles money, a code opens a fee.
_SECRET = {"tac": "…", "pay_code": "…"}
_IS_PLATE = re.compile(r"plate|licen[cs]e|car_?(?:no|num)|车牌|号牌").search
_DEEPEST = 20
_ESCAPED = re.compile(r"\\u([0-9A-Fa-f]{4})")
_TOLD_AS_PLATE = re.compile(r'("\w*(?:plate|licen[cs]e|car_?n)\w*"\s*:\s*")[^"]*', re.IGNORECASE)


def excerpt(body: bytes) -> str:
    """The beginning of a body as text: at most 2,000 characters, lists cut after five, plates masked."""
    if not body:
        return ""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _of_text(body)
    return without_plates(orjson.dumps(_masked(told)).decode())[:_MOST]


def _of_text(body: bytes) -> str:
    text = unquote(body[: 4 * _MOST].decode("utf-8", "replace"))
    if "\ufffd" in text[:-1] or "\0" in text:
        # In whichever encoding it is, a plate could not be told from the rest; no text holds a zero.
        return "…"
    text = _ESCAPED.sub(_letter, text)
    return LIKE_A_PLATE.sub("…", _TOLD_AS_PLATE.sub(r"\1…", text))[:_MOST]


def _letter(escaped: re.Match[str]) -> str:
    letter = chr(int(escaped[1], 16))
    # Half a character, or a sign that a text cannot show, stays as it was written.
    return letter if letter.isprintable() else escaped[0]


def _masked(told: Any, name: str = "", depth: int = 0) -> Any:
    """JSON with the values of plate fields masked, also inside of them; long and deep parts are cut."""
    if isinstance(told, dict | list) and depth >= _DEEPEST:
        return "…"
    if isinstance(told, dict):
        return {
            key: _masked(value, name if _IS_PLATE(name) else key.lower(), depth + 1)
            for key, value in list(told.items())[:50]
        }
    if isinstance(told, list):
        kept = [_masked(each, name, depth + 1) for each in told[:_MOST_ITEMS]]
        return [*kept, f"… {len(told) - _MOST_ITEMS} more"] if len(told) > _MOST_ITEMS else kept
    if _IS_PLATE(name) and told is not None:
        return masked(str(told)) or "…"
    return _SECRET.get(name, told) if isinstance(told, str) else told
