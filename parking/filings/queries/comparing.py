"""What does the register say now of the lot that a filing is about, and what would the filing change?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.filings.models import Certificate
from parking.filings.queries.views import Change, FilingView
from parking.filings.rules import (
    FIELDS,
    STANDING,
    FieldType,
    FilingKind,
    FilingState,
    Step,
    groups_for,
    space_key,
)
from parking.filings.rules.drafting import place_of, same_value
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots
from parking.lots.errors import LotNotFound
from parking.lots.queries import Candidate, LotCard

_OF_THE_LOT = (
    "name",
    "name_en",
    "kind",
    "type",
    "district_code",
    "address",
    "operator_name",
    "opening_hours",
    "hours_note",
    "max_height_cm",
    "access",
)


def answers_of_card(card: LotCard) -> dict[str, Any]:
    """What the register says of a lot, as answers; what it does not say is absent."""
    answers = {name: getattr(card, name) for name in _OF_THE_LOT}
    answers["position"] = {"lat": card.source_lat, "lon": card.source_lon, "datum": card.source_datum}
    if card.entrances:
        way = card.entrances[0]
        answers["entrance"] = {"lat": way.source_lat, "lon": way.source_lon, "datum": way.source_datum}
    for group in card.spaces:
        answers[space_key(group.space_class)] = group.capacity or None
    answers["bay_length_m"] = card.bay_length_m or None
    return {key: value for key, value in answers.items() if value is not None}


def lot_card(session: Session, lot_id: str | None, on: date) -> LotCard | None:
    """A lot as it stands on a day."""
    cards = lots.lot_cards(session, on, [lot_id]) if lot_id else []
    return cards[0] if cards else None


def standing_answers(session: Session, lot_id: str, on: date) -> dict[str, Any]:
    """All that stands of a lot: what was filed, and over it what the register says now."""
    filed = session.scalar(
        select(Certificate.answers).where(
            Certificate.lot_id == lot_id, Certificate.state.in_(sorted(STANDING))
        )
    )
    card = lot_card(session, lot_id, on)
    register = answers_of_card(card) if card else {}
    # What the register leaves empty was emptied there; it does not come back from the filing.
    left_out = REGISTERED | _OF_THE_FILING
    kept = {key: value for key, value in (filed or {}).items() if key not in left_out}
    return {**kept, **register}


REGISTERED = frozenset(
    {*_OF_THE_LOT, "position", "entrance", "bay_length_m", *(space_key(each) for each in SpaceClass)}
)
# These explain a filing's own numbers; they are no property of the lot.
_OF_THE_FILING = frozenset({"spaces_reason", "difference_reason"})


def changed_keys(answers: Mapping[str, Any], base: Mapping[str, Any]) -> list[str]:
    """The fields whose answers differ from what stood at the drafting, in the order of the task list."""
    return [
        key
        for key in FIELDS
        if key not in _OF_THE_FILING and not same_value(FIELDS[key], base.get(key), answers.get(key))
    ]


def changes(session: Session, filing: FilingView, on: date) -> list[Change]:
    """Old beside new, in the order of the task list; of an approved filing what its approval changed.

    A new lot has nothing to be compared with; a lot that is joined is compared with the register.
    """
    if filing.state is FilingState.APPROVED:
        approved = next(step for step in reversed(filing.steps) if step.step is Step.APPROVED)
        return [Change(**told) for told in approved.details.get("changes", ())]
    if filing.kind is FilingKind.REGISTRATION:
        card = lot_card(session, filing.claimed_lot_id, on)
        if card is None:
            return []
        before = answers_of_card(card)
        keys = [key for key in changed_keys(filing.answers, before) if key in REGISTERED]
    elif filing.lot_id and filing.kind in (FilingKind.CHANGE, FilingKind.RENEWAL):
        before = standing_answers(session, filing.lot_id, on)
        asked = {each.key for group in groups_for(filing.kind) for each in group.fields}
        keys = [key for key in changed_keys(filing.answers, filing.base) if key in asked]
    else:
        return []
    return [change for key in keys if (change := _change(key, before, filing.answers)) is not None]


def candidates(session: Session, filing: FilingView, on: date) -> list[Candidate]:
    """The lots of the register that a registration may be about, likeliest first."""
    place = place_of(filing.answers.get("position"))
    name = filing.answers.get("name")
    if filing.kind is not FilingKind.REGISTRATION or place is None or not name:
        return []
    return lots.match(session, name, *place, on)


def check_proposed(session: Session, filing: FilingView, lot_id: str | None, on: date) -> None:
    """A lot that a registration is to be about is one of those proposed, or the one it names already.

    Of a lot that was filed meanwhile the step itself says so. Raises LotNotFound.
    """
    if lot_id is None or lot_id == filing.claimed_lot_id:
        return
    card = lot_card(session, lot_id, on)
    is_filed = card is not None and card.certificate_state in STANDING
    if not is_filed and lot_id not in {each.card.id for each in candidates(session, filing, on)}:
        raise LotNotFound


def _change(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Change | None:
    field = FIELDS[key]
    old, new = before.get(key), after.get(key)
    if same_value(field, old, new):
        return None
    difference = (new or 0) - (old or 0) if field.type is FieldType.INT else None
    return Change(key, field.label, old, new, difference)
