"""What was a row of the register when it was taken out? A short mark that tells whether it changed since.

By what the row says, not by a number of its version: spaces change without the lot's own row, and a row
that another clerk brought to the same state is no conflict.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any

from parking.lots.rules.drafts import LotDraft

_TEXTS = ("code", "name", "name_en", "kind", "type", "district_code", "address", "operator_name", "access")
_OTHERS = ("opening_hours", "hours_note", "max_height_cm", "filing_no", "etc_since_on")
# Some programs save fifteen digits of a number; a tenth of a millimetre is no other place.
_DEGREE_DIGITS = 9
_BYTES = 6


def mark_of(draft: LotDraft) -> str:
    """The mark of a lot as a draft tells it: one half for its entry, one for its spaces."""
    return f"{_digest(_entry(draft))}-{_digest(_spaces(draft))}"


def same_entry(mark: str, other: str) -> bool:
    """Whether two marks are of the same entry, whatever the spaces."""
    return mark.partition("-")[0] == other.partition("-")[0]


def same_spaces(mark: str, other: str) -> bool:
    """Whether two marks are of the same spaces, whatever the entry."""
    return mark.partition("-")[2] == other.partition("-")[2]


def _entry(draft: LotDraft) -> list[Any]:
    return [
        *(getattr(draft, name) for name in (*_TEXTS, *_OTHERS)),
        str(draft.source_datum),
        _rounded(draft.source_lat, draft.source_lon),
        [[way.name, way.use, _rounded(way.source_lat, way.source_lon)] for way in draft.entrances],
        sorted((str(name), str(access)) for name, access in draft.class_access.items()),
    ]


def _spaces(draft: LotDraft) -> list[Any]:
    counts = sorted((str(name), count) for name, count in draft.spaces.items() if count)
    return [counts, draft.bay_length_m or 0]


def _rounded(*degrees: float) -> list[float]:
    return [round(each, _DEGREE_DIGITS) for each in degrees]


def _digest(told: list[Any]) -> str:
    return blake2b(json.dumps(told, default=str).encode(), digest_size=_BYTES).hexdigest()
