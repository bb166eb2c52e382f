"""What becomes of a lot that a feed tells without its place? It is kept for a person to place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.boundary.feeds import LotCandidate
from parking.city import queries as city
from parking.guidance import queries
from parking.guidance.errors import CandidateNearby, CandidateUnknown
from parking.guidance.models import Candidate
from parking.guidance.service.links import link_lot
from parking.guidance.service.register import code_of, near_others, told_by
from parking.kernel.actors import Actor
from parking.kernel.geo import Pair, to_wgs84
from parking.kernel.vocabulary import Access, Datum, LotKind, SpaceClass
from parking.lots import service as register
from parking.lots.rules import LotDraft

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


def place_candidate(
    session: Session,
    actor: Actor,
    source_id: str,
    external_id: str,
    place: Pair,
    datum: Datum,
    now: datetime,
    *,
    is_another: bool = False,
) -> str:
    """Enter a lot that its feed tells without a place, unfiled, at (lat, lon) degrees; returns its id.

    `is_another`: a person says that it is none of the lots within 50 m that
    another id of the source does not speak for. Raises CandidateUnknown,
    CandidateNearby, SourceUnknown, LotRefused with the fields "lat" and others, LotCodeTaken.
    """
    candidate = session.get(Candidate, (source_id, external_id), with_for_update=True)
    links = queries.links(session, source_id)
    if candidate is None or external_id in links:
        raise CandidateUnknown
    source = queries.get(session, source_id)
    today = city.today(session, now)
    lat, lon = to_wgs84(*place, datum)
    near = near_others(session, {external_id: (lat, lon)}, links, today)
    if near and not is_another:
        card, metres = near[external_id][0]
        raise CandidateNearby(metres=round(metres), code=card.code, name=card.name)
    district = city.city_view(session, today).district_at(lat, lon)
    draft = LotDraft(
        code=code_of(source.name, external_id),
        name=candidate.name,
        source_lat=place[0],
        source_lon=place[1],
        source_datum=datum,
        kind=LotKind.OFF_STREET,
        access=Access.PUBLIC,
        address=candidate.address,
        district_code=district.code if district else None,
        spaces={SpaceClass(name): number for name, number in candidate.spaces.items()},
    )
    lot_id = register.register_lot(session, actor, draft, now, note=told_by(source.name))
    link_lot(session, actor, source_id, external_id, lot_id, now)
    return lot_id
