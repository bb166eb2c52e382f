"""What becomes of a lot that a feed tells without its place? It is kept for a person to place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.boundary.feeds import LotCandidate
from parking.guidance.models import Candidate

# A statement holds at most 65,535 values.
_AT_ONCE = 5_000


def keep_candidates(session: Session, source_id: str, told: Sequence[LotCandidate], now: datetime) -> None:
    """Keep each as it is told now; one that an answer leaves out stays."""
    rows = [
        {
            "source_id": source_id,
            "external_id": lot.external_id,
            "name": lot.name,
            "address": lot.address,
            "spaces": {space_class.value: number for space_class, number in lot.spaces.items()},
            "first_seen_at": now,
            "last_seen_at": now,
        }
        for lot in told
    ]
    for first in range(0, len(rows), _AT_ONCE):
        adding = insert(Candidate).values(rows[first : first + _AT_ONCE])
        told_now = {name: adding.excluded[name] for name in ("name", "address", "spaces", "last_seen_at")}
        session.execute(
            adding.on_conflict_do_update(index_elements=["source_id", "external_id"], set_=told_now)
        )
