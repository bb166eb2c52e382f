"""How is one audit entry chained to the one before it?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from math import isfinite
from typing import Any

from parking.audit.errors import UnrecordableDetails

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Event:
    """One step to be recorded: `action` is `subject:action`, `details` is plain JSON (before and after)."""

    action: str
    subject_kind: str
    subject_id: str
    details: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None


def plain(value: Any) -> Any:
    """The value as the database gives it back, so that writer and checker hash the same text.

    PostgreSQL's jsonb knows numbers, not floats: 1.0, 1 and 1e0 are one; NaN is none of them.
    Raises UnrecordableDetails.
    """
    if value is None or type(value) in (bool, int):
        return value
    if isinstance(value, str):
        if "\x00" in value:
            raise UnrecordableDetails(reason="NUL")
        return str(value)
    if isinstance(value, float) and isfinite(value):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {str(plain(str(key))): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    raise UnrecordableDetails(reason=type(value).__name__)


def chain_hash(
    previous_hash: str,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject_kind: str,
    subject_id: str,
    details: Mapping[str, Any],
    reason: str | None,
) -> str:
    """SHA-256 (hex) over the canonical JSON of a row and the hash of the row before.

    `details` as `plain` gives them.
    """
    row = {
        "previous_hash": previous_hash,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": actor,
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "details": details,
        "reason": reason,
    }
    text = json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).hexdigest()
