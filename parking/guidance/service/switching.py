"""May a source be pulled? A mapped one only after somebody looked at what it gives, or gave a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.guidance import queries
from parking.guidance.errors import SourceChanged, SourceDoubtful, SourceNotSwitchedOn
from parking.guidance.models import Pull, Source
from parking.guidance.rules.health.tallies import as_json, begun_anew, from_json
from parking.guidance.rules.preview import Preview, asked_as
from parking.guidance.rules.preview_doubts import doubts_of
from parking.guidance.rules.pulls import Lane, PullKind, PullState
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

    A pull that a person put off alone stays off, unless nothing else of the source would be pulled.
    The reason is kept with the source and in the audit trail. Raises SourceUnknown, SourceChanged where it
    would be read otherwise than was previewed, and SourceDoubtful with every doubt where the preview is
    doubtful, missing or of another source, and nobody typed a reason.
    """
    source = hold_as_previewed(session, source_id, preview, now)
    reason = (reason or "").strip() or None
    doubts = doubts_of(source.name, preview)
    if doubts and reason is None:
        raise SourceDoubtful(name=source.name, problems=doubts)
    source.switched_on_at, source.switched_on_by, source.switch_on_reason = now, str(actor), reason
    source.preset_changed_at = None
    session.flush()
    off = _put_off_alone(session, source_id)
    session.execute(
        update(Pull).where(Pull.source_id == source_id, Pull.kind.not_in(off)).values(fresh_pull(now))
    )
    details: dict[str, Any] = {"doubts": [doubt.code for doubt in doubts], "stay_off": off}
    if preview is not None:
        details |= {"lots": len(preview.lots), "counts": len(preview.counts)}
    audit.record(session, actor, "source:switch_on", "source", source_id, details, now, reason)


def hold_as_previewed(session: Session, source_id: str, preview: Preview | None, now: datetime) -> Source:
    """The source, which nobody changes before the end of this work, once it stands as it was previewed.

    Nothing is compared without a preview of it. Raises SourceUnknown, SourceChanged.
    """
    source = queries.locked(session, source_id)
    if preview is not None and preview.source == source.name:
        stands = asked_as(queries.pulls_of_source(session, source.name, now))
        if stands != preview.asked:
            raise SourceChanged(name=source.name)
    return source


def disable(
    session: Session, actor: Actor, source_id: str, now: datetime, kinds: Sequence[PullKind] = tuple(PullKind)
) -> None:
    """Stop pulling (static, live or both). A pull that is under way is dropped; lots and counts stay.

    A pull that is put off while the source has another one stays off until it is enabled by name.
    """
    source = queries.get(session, source_id)
    has = set(session.scalars(select(Pull.kind).where(Pull.source_id == source_id)))
    alone = {"put_off_by": str(actor), "put_off_at": now} if has - set(kinds) else {}
    session.execute(
        update(Pull)
        .where(Pull.source_id == source_id, Pull.kind.in_(kinds))
        .values(
            state=PullState.DISABLED, claimed_by=None, claimed_until_at=None, silent_since_at=None, **alone
        )
    )
    audit.record(session, actor, "source:disable", "source", source.id, {"kinds": list(kinds)}, now)


def enable(
    session: Session, actor: Actor, source_id: str, now: datetime, kinds: Sequence[PullKind] = tuple(PullKind)
) -> None:
    """Pull again, at once and from a clean state, what was disabled. Raises SourceNotSwitchedOn."""
    source = queries.get(session, source_id)
    if not source.may_be_pulled:
        raise SourceNotSwitchedOn(name=source.name)
    session.execute(
        update(Pull)
        .where(Pull.source_id == source_id, Pull.kind.in_(kinds), Pull.state == PullState.DISABLED)
        .values(fresh_pull(now))
    )
    audit.record(session, actor, "source:enable", "source", source.id, {"kinds": list(kinds)}, now)


def _put_off_alone(session: Session, source_id: str) -> list[str]:
    """The kinds of its pulls that stay off; none where that were all of them."""
    asked = select(Pull.kind, Pull.put_off_by.is_not(None)).where(Pull.source_id == source_id)
    told = dict(iter(session.execute(asked)))
    return [] if all(told.values()) else [kind for kind, is_off in told.items() if is_off]


def switch_off(session: Session, source: Source, now: datetime) -> None:
    """Pull it no more until it is switched on again: it is read otherwise than was looked at."""
    source.switched_on_at = source.switched_on_by = source.switch_on_reason = None
    source.preset_digest = source.preset_changed_at = None
    session.flush()
    session.execute(
        update(Pull)
        .where(Pull.source_id == source.id)
        .values(state=PullState.DISABLED, claimed_by=None, claimed_until_at=None, silent_since_at=None)
    )
    for pull in session.scalars(select(Pull).where(Pull.source_id == source.id)):
        begin_anew(pull, now)
    session.flush()


def begin_anew(pull: Pull, now: datetime) -> None:
    """What the pull answered up to now is no measure of what it answers from now on; hours stay as evidence.

    It is asked in full the next time; an answer that is under way is dropped.
    """
    pull.etag = pull.last_modified = pull.claimed_by = pull.claimed_until_at = None
    if (course := from_json(pull.tally)) is not None:
        pull.tally = as_json(begun_anew(course, now))


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
        "put_off_by": None,
        "put_off_at": None,
    }
