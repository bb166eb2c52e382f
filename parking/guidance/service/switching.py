"""May a source be pulled? A mapped one only after somebody looked at what it gives, or gave a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.guidance import queries
from parking.guidance.errors import SourceDoubtful
from parking.guidance.models import Pull, Source
from parking.guidance.rules.preview import Preview
from parking.guidance.rules.preview_doubts import doubts_of
from parking.guidance.rules.pulls import Lane, PullState
from parking.kernel.actors import Actor


def switch_on(
    session: Session,
    actor: Actor,
    source_id: str,
    preview: Preview | None,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Pull a source from now on, at once and from a clean state. `preview`: what it gives, just looked at.

    The reason is kept with the source and in the audit trail. Raises SourceUnknown, and SourceDoubtful with
    every doubt where the preview is doubtful, missing or of another source, and nobody typed a reason.
    """
    source = queries.get(session, source_id)
    reason = (reason or "").strip() or None
    doubts = doubts_of(source.name, preview)
    if doubts and reason is None:
        raise SourceDoubtful(name=source.name, problems=doubts)
    source.switched_on_at, source.switched_on_by, source.switch_on_reason = now, str(actor), reason
    session.flush()
    session.execute(update(Pull).where(Pull.source_id == source_id).values(fresh_pull(now)))
    details: dict[str, Any] = {"doubts": [doubt.code for doubt in doubts]}
    if preview is not None:
        details |= {"lots": len(preview.lots), "counts": len(preview.counts)}
    audit.record(session, actor, "source:switch_on", "source", source_id, details, now, reason)


def switch_off(session: Session, source: Source) -> None:
    """Pull it no more until it is switched on again: it is read otherwise than was looked at."""
    source.switched_on_at = source.switched_on_by = source.switch_on_reason = None
    session.flush()
    session.execute(
        update(Pull)
        .where(Pull.source_id == source.id)
        .values(state=PullState.DISABLED, claimed_by=None, claimed_until_at=None, silent_since_at=None)
    )


def fresh_pull(now: datetime) -> dict[str, Any]:
    """A pull as if it had never been asked, due now."""
    return {
        "state": PullState.PROVISIONED,
        "lane": Lane.FAST,
        "due_at": now,
        "claimed_by": None,
        "claimed_until_at": None,
        "etag": None,
        "last_modified": None,
        "failures": 0,
        "quick_answers": 0,
        "reason": None,
        "detail": None,
        "silent_since_at": None,
    }
