"""Who learns that a source is odd? The officers who keep the sources, once for each source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from parking.accounts.rules import Permission
from parking.accounts.service.notices import notify_officers
from parking.boundary.notices import NoticeText
from parking.guidance.models import SourceNotice
from parking.guidance.rules.health.kinds import Subject
from parking.guidance.rules.health.limits import Limits
from parking.kernel.errors import N_
from parking.kernel.ids import new_id

ODD = NoticeText(
    "source_odd",
    N_("数据源异常"),
    N_("数据源%(source)s有 %(anomalies)s 项异常，涉及 %(lots)s 个停车场。请在工作台的“数据源”查看。"),
)
MANY_ODD = NoticeText(
    "sources_odd",
    N_("多个数据源异常"),
    N_("%(sources)s 个数据源同时出现异常，请先检查平台的网络。请在工作台的“数据源”查看。"),
)
# So many at once have a cause in common, which is most likely ours.
_MOST_MESSAGES = 20


def notice_sources(
    session: Session, subjects: Collection[Subject], limits: Limits, now: datetime
) -> tuple[str, ...]:
    """Open one notice for each source that has something open, close those of the others.

    The officers who keep the sources get a message of each notice, but no second one about a source within
    `quiet_hours`: what opens meanwhile is told after them, if it still stands; more than 20 at once are one
    message. Returns the sources that are told.
    """
    odd = Counter(subject.source for subject in subjects)
    known = set(session.scalars(select(SourceNotice.source).where(SourceNotice.closed_at.is_(None))))
    if mended := known - set(odd):
        session.execute(
            update(SourceNotice)
            .where(SourceNotice.source.in_(mended), SourceNotice.closed_at.is_(None))
            .values(closed_at=now)
            .execution_options(synchronize_session=False)
        )
    if fresh := sorted(set(odd) - known):
        rows = [{"id": new_id(), "source": source, "opened_at": now} for source in fresh]
        session.execute(insert(SourceNotice), rows)
    told = _due(session, now - timedelta(hours=limits.quiet_hours))
    if told:
        session.execute(
            update(SourceNotice)
            .where(SourceNotice.source.in_(told), SourceNotice.closed_at.is_(None))
            .values(told_at=now)
            .execution_options(synchronize_session=False)
        )
        _tell(session, told, subjects, now)
    return tuple(told)


def _due(session: Session, since: datetime) -> list[str]:
    """The sources with an open notice that nobody heard of, and nobody heard of them since then."""
    waiting = select(SourceNotice.source).where(
        SourceNotice.closed_at.is_(None), SourceNotice.told_at.is_(None)
    )
    recent = select(SourceNotice.source).where(SourceNotice.told_at > since)
    return sorted(session.scalars(waiting.where(SourceNotice.source.not_in(recent))))


def _tell(session: Session, sources: Sequence[str], subjects: Collection[Subject], now: datetime) -> None:
    if len(sources) > _MOST_MESSAGES:
        many = {"sources": len(sources)}
        notify_officers(session, Permission.BUREAU_SOURCES_EDIT, None, MANY_ODD, many, now)
        return
    for source in sources:
        own = [subject for subject in subjects if subject.source == source]
        lots = {subject.lot_id for subject in own if subject.lot_id is not None}
        params = {"source": source, "anomalies": len(own), "lots": len(lots)}
        notify_officers(session, Permission.BUREAU_SOURCES_EDIT, None, ODD, params, now)
