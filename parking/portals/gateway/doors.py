"""Through which door goes what this client tells? A sandbox's is judged by the same intake; none counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from parking.accounts.service.sandbox import Known, SandboxTold, note_told, note_voided
from parking.boundary.gates import CountTold, PassageTold
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lots.queries.gates import ClientFacts
from parking.portals._http.services import services
from parking.portals.gateway.calling import call, intake
from parking.visits.rules.outcomes import Outcome, OutcomeKind
from parking.visits.rules.windows import is_event_id
from parking.visits.service.intake import Intake


class Door(Protocol):
    """What the operations need of the intake."""

    def take(
        self, teller: ClientFacts, told: Sequence[PassageTold], received_at: datetime
    ) -> tuple[Outcome, ...]: ...

    def count(
        self, teller: ClientFacts, counts: Sequence[CountTold], received_at: datetime
    ) -> tuple[Outcome, ...]: ...

    def void(self, teller: ClientFacts, event_id: str, reason: str, received_at: datetime) -> Outcome: ...


def door() -> Door:
    """The door for the present caller."""
    return SandboxDoor(intake()) if call().client.sandbox else intake()


class SandboxDoor:
    """Judges like the intake and knows repetitions, in a table of its own. `counted` is never true here."""

    def __init__(self, judge: Intake) -> None:
        self._judge = judge

    def take(
        self, teller: ClientFacts, told: Sequence[PassageTold], received_at: datetime
    ) -> tuple[Outcome, ...]:
        outcomes = self._judge.take(teller, told, received_at)
        noted = [
            SandboxTold(outcome.event_id, _lot_of(one.lot_key), one.at, self._way(one), one.stay_id)
            for one, outcome in zip(told, outcomes, strict=True)
            if outcome.taken
        ]
        return _known_again(teller.id, outcomes, noted, received_at)

    def count(
        self, teller: ClientFacts, counts: Sequence[CountTold], received_at: datetime
    ) -> tuple[Outcome, ...]:
        outcomes = self._judge.count(teller, counts, received_at)
        noted = [
            SandboxTold(
                outcome.event_id,
                _lot_of(one.lot_key),
                one.at,
                said=f"{one.space_class}/{one.free}/{one.occupied}/{one.capacity}",
            )
            for one, outcome in zip(counts, outcomes, strict=True)
            if outcome.taken
        ]
        return _known_again(teller.id, outcomes, noted, received_at)

    def void(self, teller: ClientFacts, event_id: str, reason: str, received_at: datetime) -> Outcome:
        if not is_event_id(event_id):
            return Outcome(OutcomeKind.REFUSED, event_id, "bad_event_id", "event_id")
        outcome = self._judge.void(teller, event_id, reason, received_at)
        with unit_of_work(services().sessions) as uow:
            is_new = note_voided(uow.session, teller.id, event_id, received_at)
        return replace(outcome, kind=OutcomeKind.NEW if is_new else OutcomeKind.REPEATED)

    @staticmethod
    def _way(one: PassageTold) -> str | None:
        """The direction that the lane tells, else the message."""
        lot_id = call().book.lot_id_of(one.lot_key or "")
        lanes = call().book.lanes_of(lot_id) if lot_id else ()
        lane = next((each for each in lanes if one.lane_key in (each.id, each.name)), None)
        told = one.direction.value if one.direction else None
        return told if lane is None or lane.direction.value == "told" else lane.direction.value


def _lot_of(lot_key: str | None) -> str:
    return call().book.lot_id_of(lot_key or "") or ""


def _known_again(
    client_id: str, outcomes: Sequence[Outcome], noted: Sequence[SandboxTold], now: datetime
) -> tuple[Outcome, ...]:
    """The outcomes, those told before as repetitions; refused where another event stands under its id."""
    with unit_of_work(services().sessions) as uow:
        known = iter(note_told(uow.session, client_id, noted, now))
    return tuple(_known(outcome, next(known)) if outcome.taken else outcome for outcome in outcomes)


def _known(outcome: Outcome, known: Known) -> Outcome:
    if known is Known.OTHER:
        return Outcome(OutcomeKind.REFUSED, outcome.event_id, "event_id_reused", "event_id")
    return replace(outcome, kind=OutcomeKind.NEW if known is Known.NEW else OutcomeKind.REPEATED)
