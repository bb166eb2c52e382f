"""How would the author of a source describe it as it is now, and who may change it now?"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.guidance.errors import SourceUnknown
from parking.guidance.models import Pull, Source
from parking.guidance.queries.sources import by_name
from parking.guidance.rules.pulls import PullKind
from parking.guidance.rules.sources import SourceDraft


def draft_of(session: Session, name: str) -> SourceDraft:
    """The source of a name without its links; whole addresses, which may hold a key: not to be shown.

    Raises SourceUnknown.
    """
    source = by_name(session, name)
    pulls = {pull.kind: pull for pull in session.scalars(select(Pull).where(Pull.source_id == source.id))}
    static, live = pulls.get(PullKind.STATIC), pulls.get(PullKind.LIVE)
    usual = SourceDraft(source.name, source.adapter)
    return SourceDraft(
        name=source.name,
        adapter=source.adapter,
        live_url=live.url if live else None,
        static_url=static.url if static else None,
        interval_s=live.interval_s if live else usual.interval_s,
        static_interval_s=static.interval_s if static else usual.static_interval_s,
        owner=source.owner,
        time_zone=source.time_zone,
        crs=source.crs,
        rank=source.rank,
        ageing_after_s=source.ageing_after_s,
        unknown_after_s=source.unknown_after_s,
        adopts_lots=source.adopts_lots,
        mapping=source.mapping,
        allowed_networks=tuple(source.allowed_networks),
    )


def locked(session: Session, source_id: str) -> Source:
    """The source of an id, read anew with its addresses; another who asks so waits till this work ends.

    Whoever changes a source's settings, addresses, mapping or credential, or binds a step to them, asks for
    it so. Raises SourceUnknown.
    """
    now = select(Source).where(Source.id == source_id).with_for_update(key_share=True)
    source = session.scalar(now.execution_options(populate_existing=True))
    if source is None:
        raise SourceUnknown(name=source_id)
    pulls = select(Pull).where(Pull.source_id == source_id)
    session.scalars(pulls.execution_options(populate_existing=True)).all()
    return source
