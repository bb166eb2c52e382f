"""Which lots were empty at night beside places that were full?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.kernel.vocabulary import CAR_CLASSES, Access
from parking.lots import queries as lots
from parking.lots.queries import LotCard
from parking.occupancy import queries as occupancy
from parking.sharing.queries.agreements import agreements
from parking.sharing.rules.agreements import AgreementState
from parking.sharing.rules.proposals import Nights, Proposal, is_known, night_spans, proposals, quarters_of


@dataclass(frozen=True, slots=True)
class Found:
    """Proposals with the cards of all lots that they name; `unknown` lots told too little of their nights."""

    proposals: tuple[Proposal, ...]
    cards: dict[str, LotCard]
    known: int
    unknown: int


def found_proposals(session: Session, now: datetime, districts: Collection[str] = ()) -> Found:
    """Where sharing would help by the last nights; whoever would lend lies in these districts (none: all).

    Spaces of an ordinary car count alone: full lorries do not call for them. Lots that lend already, or are
    about to, are left out; so are those where anybody may park at night anyway. The same few statements
    however many lots there are. Raises ProfileMissing.
    """
    today, zone = city.today(session, now), city.time_zone(session, now)
    spans = [span for span in night_spans(today, zone) if span[1] <= now]
    cards = {card.id: card for card in lots.lot_cards(session, today)}
    asked = quarters_of(spans)
    told = [
        Nights(each.lot_id, (card.lat, card.lon), each.occupied, each.capacity, each.known)
        for each in occupancy.mean_counts(session, spans, CAR_CLASSES)
        if (card := cards.get(each.lot_id))
    ]
    measured = [each for each in told if is_known(each, asked)]
    states = [state for state in AgreementState if state is not AgreementState.ENDED]
    lending = {view.lot_id for view in agreements(session, states=states)}
    here = {card.id for card in cards.values() if not districts or card.district_code in districts}
    may_lend = {card.id for card in cards.values() if not _is_open_anyway(card)} & here - lending
    found = proposals(measured, may_lend)
    known = sum(each.lot_id in here for each in measured)
    return Found(tuple(found), cards, known, len(here) - known)


def _is_open_anyway(card: LotCard) -> bool:
    """Whether a stranger may park there at any hour, as far as is known."""
    return card.access == Access.PUBLIC and card.opening_hours in (None, "24/7")
