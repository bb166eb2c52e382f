"""Which part of a message may be shown again? A short beginning, with every plate masked."""

from __future__ import annotations

import re
from typing import Any

import orjson

from parking.plates.rules import masked

_MOST = 2_000
_MOST_ITEMS = 5
# What may hold a plate, whatever the caller meant by it; a TAC settles money.
_SECRET = {"tac": "…"}
_PLATES = frozenset({"plate", "plates", "plate_no", "plateno", "license", "car_number"})
# A province, a letter and what follows; also where it stands in a text that is no JSON.
_LIKE_A_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领军空海北沈兰济南广成]"
    r"\s*[A-Za-z]?[\s·.\-]*[A-Za-z0-9]{4,7}[挂学警港澳使领]?"
)
_TOLD_AS_PLATE = re.compile(r'("(?:plate\w*|license|car_number)"\s*:\s*")[^"]*', re.IGNORECASE)


def excerpt(body: bytes) -> str:
    """The beginning of a body as text: at most 2,000 characters, lists cut after five, plates masked."""
    if not body:
        return ""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _of_text(body)
    return without_plates(orjson.dumps(_masked(told)).decode())[:_MOST]


def without_plates(text: str) -> str:
    """A text in which everything that looks like a plate is masked."""
    return _LIKE_A_PLATE.sub(lambda found: masked(found.group()), text)


def _of_text(body: bytes) -> str:
    text = body[: 4 * _MOST].decode("utf-8", "replace")
    return _LIKE_A_PLATE.sub("…", _TOLD_AS_PLATE.sub(r"\1…", text))[:_MOST]


def _masked(told: Any, name: str = "") -> Any:
    """JSON with the values of plate fields masked; long lists keep their beginning."""
    if isinstance(told, dict):
        return {key: _masked(value, key.lower()) for key, value in list(told.items())[:50]}
    if isinstance(told, list):
        kept = [_masked(each, name) for each in told[:_MOST_ITEMS]]
        return [*kept, f"… {len(told) - _MOST_ITEMS} more"] if len(told) > _MOST_ITEMS else kept
    if name in _PLATES and told is not None:
        return masked(str(told)) or "…"
    return _SECRET.get(name, told) if isinstance(told, str) else told
