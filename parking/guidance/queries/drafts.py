"""How would the author of a source describe it as it is now?"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.guidance.models import Pull
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
