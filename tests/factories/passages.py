"""Passages as a gate tells them, and as they lie in the database."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from sqlalchemy.orm import Session

from parking.boundary.gates import PassageTold
from parking.kernel.vocabulary import Direction
from parking.visits.models import Passage

_numbers = itertools.count(1)


def told(at: datetime, direction: Direction | None = Direction.ENTRY, **more: Any) -> PassageTold:
    """A crossing with an event id of its own, unless `event_id` says otherwise."""
    more.setdefault("event_id", f"event-{next(_numbers)}")
    return PassageTold(at=at, direction=direction, **more)


def a_passage(
    session: Session,
    lot_id: str,
    at: datetime,
    direction: Direction = Direction.ENTRY,
    plate: str | None = None,
    **more: Any,
) -> Passage:
    """A stored passage that counts; `plate` is any word, hashed here as no key would."""
    columns: dict[str, Any] = {
        "source": "device:gate",
        "event_id": f"event-{next(_numbers)}",
        "lane_id": None,
        "device_id": None,
        "received_at": at + timedelta(seconds=1),
        "counts": True,
        "plate_month": at.date().replace(day=1) if plate else None,
        "plate_hash": blake2b(plate.encode(), digest_size=16).digest() if plate else None,
        "plate_sealed": None,
        "plate_masked": None,
        "plate_kind": "ordinary" if plate else "none",
        "colour": "unknown",
        "stay": None,
        "stay_id": None,
        "resent": False,
        "late": False,
        "voided_at": None,
        "undone": False,
        "paired_at": None,
    }
    passage = Passage(lot_id=lot_id, at=at, direction=direction.value, **(columns | more))
    session.add(passage)
    session.flush()
    return passage
