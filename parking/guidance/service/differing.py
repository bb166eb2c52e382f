"""Where does a feed contradict the register? Listed for the bureau, settled when both agree again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.guidance.models import Difference
from parking.guidance.rules.comparing import FieldDifference, OurLot


def list_differences(
    session: Session,
    source_id: str,
    told: Mapping[str, tuple[OurLot, Sequence[FieldDifference]]],
    now: datetime,
) -> int:
    """List what is told otherwise, by the source's ids, and settle what is not any more; how many stand.

    Two statements whatever their number; a lot that is not among `told` keeps its differences.
    """
    rows: list[dict[str, Any]] = [
        {
            "source_id": source_id,
            "external_id": external_id,
            "field": found.field,
            "lot_id": ours.lot_id,
            "ours": found.ours,
            "theirs": found.theirs,
            "first_seen_at": now,
            "last_seen_at": now,
            "settled_at": None,
        }
        for external_id, (ours, contradicted) in told.items()
        for found in contradicted
    ]
    _settle(session, source_id, list(told), rows, now)
    if rows:
        _list(session, rows)
    return len(rows)


def _settle(
    session: Session,
    source_id: str,
    external_ids: list[str],
    rows: Sequence[dict[str, Any]],
    now: datetime,
) -> None:
    stand = [(row["external_id"], row["field"]) for row in rows]
    session.execute(
        update(Difference)
        .where(
            Difference.source_id == source_id,
            Difference.external_id.in_(external_ids),
            Difference.settled_at.is_(None),
            tuple_(Difference.external_id, Difference.field).not_in(stand),
        )
        .values(settled_at=now)
        .execution_options(synchronize_session=False)
    )


def _list(session: Session, rows: list[dict[str, Any]]) -> None:
    fresh = insert(Difference)
    known = {name: fresh.excluded[name] for name in ("lot_id", "ours", "theirs", "last_seen_at")}
    session.execute(
        fresh.on_conflict_do_update(
            index_elements=[Difference.source_id, Difference.external_id, Difference.field],
            set_={
                **known,
                # One that was settled and comes back is a new one.
                "first_seen_at": case(
                    (Difference.settled_at.is_(None), Difference.first_seen_at),
                    else_=fresh.excluded.first_seen_at,
                ),
                "settled_at": None,
            },
        ),
        rows,
    )
