"""How would a source be asked if it were pulled now, and who speaks for a lot already?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.boundary.feeds import PRESET
from parking.guidance.models import Source, SourceCredential, SourceLot
from parking.guidance.queries.drafts import draft_of
from parking.guidance.queries.sources import find, mapping_versions
from parking.guidance.rules.pulls import DuePull, Lane, PullState
from parking.guidance.rules.sources import SourceDraft


def pulls_of_draft(
    session: Session, draft: SourceDraft, now: datetime, mapping_text: str | None = None
) -> list[DuePull]:
    """The asks of a source as it is described, that nobody claimed; static first.

    `mapping_text`: of a mapping that is not saved yet, in place of the newest version of the draft's one.
    A stored source of this name lends its sealed credential, which goes to its own origin alone.
    """
    mapping = mapping_text or _mapping_text(session, draft.mapping)
    known = find(session, draft.name)
    sealed = select(SourceCredential.sealed).where(SourceCredential.source_id == known.id) if known else None
    return [
        DuePull(
            source_id=known.id if known else "",
            source=draft.name,
            kind=kind,
            adapter=draft.adapter,
            url=url,
            lane=Lane.SLOW,
            interval_s=interval_s,
            due_at=now,
            holder="",
            state=PullState.DISABLED,
            failures=0,
            quick_answers=0,
            silent_since_at=None,
            etag=None,
            last_modified=None,
            time_zone=draft.time_zone,
            crs=draft.crs,
            allowed_networks=draft.allowed_networks,
            adopts_lots=draft.adopts_lots,
            mapping=mapping,
            credential=session.scalar(sealed) if sealed is not None else None,
        )
        for kind, (url, interval_s) in draft.pulls.items()
    ]


def pulls_of_source(session: Session, name: str, now: datetime) -> list[DuePull]:
    """The asks of a stored source, that nobody claimed; static first. Raises SourceUnknown."""
    return pulls_of_draft(session, draft_of(session, name), now)


def speakers(session: Session, lot_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The names of the sources that speak for each of these lots; absent where there is none."""
    asked = (
        select(SourceLot.lot_id, Source.name)
        .join(Source, Source.id == SourceLot.source_id)
        .where(SourceLot.lot_id.in_(lot_ids))
        .order_by(Source.rank, Source.name)
    )
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for lot_id, name in session.execute(asked):
        found[lot_id][name] = None
    return {lot_id: tuple(names) for lot_id, names in found.items()}


def _mapping_text(session: Session, mapping: str | None) -> str | None:
    """The newest version of one of ours; the name itself of one that ships."""
    if mapping is None or mapping.startswith(PRESET):
        return mapping
    versions = mapping_versions(session, mapping)
    return versions[0].text if versions else mapping
