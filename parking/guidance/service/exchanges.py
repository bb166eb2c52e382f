"""What was said when a pull went wrong? Kept redacted, a few of each pull, for a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from parking.boundary.feeds import RecordProblem
from parking.guidance.models import SourceExchange
from parking.guidance.rules.exchanges import (
    FAULTY_RECORDS,
    KEPT_FOR_S,
    MOST_KEPT,
    NOT_AGAIN_WITHIN_S,
    is_worth_a_look,
)
from parking.guidance.rules.pulls import DuePull, NotModified, Outcome


def keep_exchange(
    session: Session,
    due: DuePull,
    outcome: Outcome,
    reason: str | None,
    problems: Iterable[RecordProblem],
    now: datetime,
) -> None:
    """Keep what was said where the pull failed (`reason`) or records were faulty; else nothing.

    What goes on for the same reason is kept again after ten minutes. Of a pull the last five stay.
    """
    reason = reason or (FAULTY_RECORDS if is_worth_a_look(problems) else None)
    if reason is None or isinstance(outcome, NotModified) or outcome.exchange is None:
        return
    of_pull = (SourceExchange.source_id == due.source_id, SourceExchange.kind == due.kind)
    since = now - timedelta(seconds=NOT_AGAIN_WITHIN_S)
    same = exists().where(*of_pull, SourceExchange.reason == reason, SourceExchange.at > since)
    if session.scalar(select(same)):
        return
    told = outcome.exchange()
    session.add(
        SourceExchange(
            source_id=due.source_id,
            kind=due.kind,
            at=now,
            reason=reason,
            elapsed_ms=round(outcome.elapsed_s * 1000),
            status=told.status,
            request=told.request,
            answer=told.answer,
            body=told.body,
        )
    )
    session.flush()
    older = select(SourceExchange.id).where(*of_pull).order_by(SourceExchange.at.desc()).offset(MOST_KEPT)
    session.execute(
        delete(SourceExchange)
        .where(SourceExchange.id.in_(older))
        .execution_options(synchronize_session=False)
    )


def forget_exchanges(session: Session, now: datetime) -> int:
    """Delete what is older than a day; how many."""
    old = delete(SourceExchange).where(SourceExchange.at <= now - timedelta(seconds=KEPT_FOR_S))
    return session.connection().execute(old).rowcount
