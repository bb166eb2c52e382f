"""How do approved answers reach the register? Only what differs, and every space through the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from parking.accounts import queries as accounts
from parking.accounts.rules import OrganisationKind
from parking.city.queries import Ground
from parking.filings.models import Filing
from parking.filings.queries.views import Change
from parking.filings.rules import FIELDS, FieldType, space_key
from parking.filings.rules.drafting import ENTRANCE_NAME, lot_changes, place_of
from parking.kernel.actors import Actor
from parking.kernel.geo import from_wgs84
from parking.kernel.vocabulary import Datum, SpaceClass
from parking.lots import service as lots
from parking.lots.queries import LotCard
from parking.lots.rules import EntranceDraft, EntranceUse, LedgerReason

# Metres of bay line stand in the ledger beside the spaces of this class.
_BAY_CLASS = SpaceClass.BICYCLE


def for_the_register(session: Session, filing: Filing, answers: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answers as the open register may have them: without the name of a natural person who runs a lot."""
    owner = accounts.organisation(session, filing.organisation_id)
    own_names = (owner.name, owner.contact_name)
    if owner.kind == OrganisationKind.PERSON and answers.get("operator_name") in own_names:
        return {**answers, "operator_name": None}
    return answers


def write_lot(
    session: Session,
    actor: Actor,
    card: LotCard,
    answers: Mapping[str, Any],
    keys: Iterable[str],
    reason: LedgerReason,
    filing_number: str,
    here: Ground,
) -> None:
    """Let a registered lot say what the answers of these keys say. Raises what `parking.lots` raises."""
    wanted = set(keys)
    changes = lot_changes(answers, wanted)
    if "entrance" in wanted:
        datum = changes.get("source_datum", Datum(card.source_datum))
        changes["entrances"] = _entrances(card, answers.get("entrance"), datum)
    if changes:
        lots.change_lot(session, actor, card.id, changes, here.now, reason=filing_number)
    for space_class, (spaces, metres) in space_differences(card, answers, wanted).items():
        lots.record_spaces(
            session, actor, card.id, space_class, spaces, reason, here.today, here.now, metres, filing_number
        )


def space_differences(
    card: LotCard, answers: Mapping[str, Any], keys: Iterable[str]
) -> dict[SpaceClass, tuple[int, int]]:
    """Spaces and metres by class that the register must gain or lose."""
    wanted = set(keys)
    stands = {group.space_class: group.capacity for group in card.spaces}
    found = {}
    for each in SpaceClass:
        key = space_key(each)
        spaces = int(answers.get(key) or 0) - stands.get(each, 0) if key in wanted else 0
        metres = 0
        if each is _BAY_CLASS and "bay_length_m" in wanted:
            metres = int(answers.get("bay_length_m") or 0) - card.bay_length_m
        if spaces or metres:
            found[each] = (spaces, metres)
    return found


def told_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], keys: Iterable[str]
) -> tuple[Change, ...]:
    """What an approval changed, to be kept; values that are nobody else's business are left out."""
    told = []
    for key in keys:
        asked, old, new = FIELDS[key], before.get(key), after.get(key)
        if asked.private:
            old = new = None
        difference = None
        if asked.type is FieldType.INT and not asked.private:
            difference = (new or 0) - (old or 0)
        told.append(Change(key, asked.label, old, new, difference))
    return tuple(told)


def _entrances(card: LotCard, told: Mapping[str, Any] | None, datum: Datum) -> tuple[EntranceDraft, ...]:
    """The main entrance anew, the others as they are; all in the datum of the lot."""
    place = place_of(told)
    first = card.entrances[0] if card.entrances else None
    ways = []
    if place is not None:
        name, use = (first.name, first.use) if first else (ENTRANCE_NAME, EntranceUse.BOTH)
        ways.append(EntranceDraft(name, *from_wgs84(*place, datum), EntranceUse(use)))
    for way in card.entrances[1:]:
        same = way.source_datum == datum
        pair = (way.source_lat, way.source_lon) if same else from_wgs84(way.lat, way.lon, datum)
        ways.append(EntranceDraft(way.name, *pair, EntranceUse(way.use)))
    return tuple(ways)
