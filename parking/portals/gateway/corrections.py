"""Was a passage told that never was, or that was otherwise? Said by a message of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask import Response

from parking.accounts.queries.sandbox import sandbox_voided
from parking.accounts.rules import Scope
from parking.kernel.errors import InvalidInput
from parking.occupancy import queries as counts
from parking.plates.rules import without_plates
from parking.portals._http.services import services
from parking.portals.gateway import reading
from parking.portals.gateway.answers import CorrectedSchema, OutcomeSchema
from parking.portals.gateway.api import operation
from parking.portals.gateway.calling import answer, call, document, loaded
from parking.portals.gateway.doors import door
from parking.portals.gateway.errors import SameEvent, VoidedEvent
from parking.portals.gateway.passages import EXAMPLE, problem, taken
from parking.portals.gateway.rates import Bucket
from parking.portals.gateway.repeats import DURABLE
from parking.portals.gateway.schemas import CorrectionSchema, VoidSchema
from parking.visits.rules.outcomes import Outcome, OutcomeKind
from parking.visits.rules.windows import is_event_id, is_late

_VOID, _CORRECTION = VoidSchema(), CorrectionSchema()
_OLD = "e-20261121-000123"
_VOIDED = {"outcome": "new", "event_id": _OLD, "counted": False, "late": False}
_NEW = EXAMPLE | {"event_id": "e-20261121-000123b", "direction": "exit"}
_TAKEN = {"outcome": "new", "event_id": _NEW["event_id"], "counted": True, "late": False}
_ASIDE = _TAKEN | {"outcome": "quarantined", "counted": False, "late": True, "code": "too_old"}


@operation(
    "POST",
    "/voids",
    scope=Scope.CORRECTIONS_WRITE,
    bucket=Bucket.LIVE,
    repeats=DURABLE,
    body=_VOID,
    example={"event_id": _OLD, "reason": "车辆折返"},
    answers={200: (OutcomeSchema, _VOIDED), 202: (OutcomeSchema, _VOIDED)},
)
def void() -> Response:
    """Make a passage of yours as if it never was.

    It may come before the passage itself: then that one never counts.
    """
    asked = call()
    told = loaded(_VOID)
    outcome = door().void(asked.client, told["event_id"], _why(told), asked.received_at)
    return answer(*taken(outcome))


@operation(
    "POST",
    "/corrections",
    scope=Scope.CORRECTIONS_WRITE,
    bucket=Bucket.LIVE,
    repeats=DURABLE,
    body=_CORRECTION,
    example={"event_id": _OLD, "reason": "方向有误", "passage": _NEW},
    answers={
        200: (CorrectedSchema, {"voided": _VOIDED, "taken": _TAKEN}),
        202: (CorrectedSchema, {"voided": None, "taken": _ASIDE}),
    },
)
def correct() -> Response:
    """Put another passage in the place of one of yours.

    The new one has an event id of its own, one that is not void. Where it cannot be taken, or is kept aside,
    the old one stays; what is refused has changed nothing.
    """
    asked = call()
    told = loaded(_CORRECTION)
    passage = reading.passage(document()["passage"])
    old_id, new_id = told["event_id"], passage.event_id
    if new_id is None or new_id == old_id:
        raise SameEvent
    if not is_event_id(old_id):
        raise InvalidInput(problems=[problem(Outcome(OutcomeKind.REFUSED, old_id, "bad_event_id"))])
    # One that is told again after its new passage was taken back in turn has nothing more to change.
    voided = _voided([old_id, new_id])
    if new_id in voided and old_id not in voided:
        raise VoidedEvent
    # The new one first: whatever stops us between the two, the message comes again and finishes it.
    (outcome,) = door().take(asked.client, (passage,), asked.received_at)
    late = is_late(passage.at, asked.received_at, resent=passage.resent)
    new, status = taken(outcome, late, within="passage.")
    if outcome.kind is OutcomeKind.QUARANTINED:
        return answer({"voided": None, "taken": new}, status)
    old, _ = taken(door().void(asked.client, old_id, _why(told), asked.received_at))
    return answer({"voided": old, "taken": new})


def _voided(event_ids: Sequence[str]) -> Collection[str]:
    """Which of these ids of the caller are void, also before anything was told under them."""
    client = call().client
    # Given back before what is told waits for its turn.
    with services().sessions() as session:
        if client.sandbox:
            return sandbox_voided(session, client.id, event_ids)
        keys = [(client.source, event_id) for event_id in event_ids]
        return {event_id for _, event_id in counts.voided(session, keys)}


def _why(told: Mapping[str, Any]) -> str:
    """The reason as it may stay: it is written into the audit, from which nothing is ever taken out."""
    return without_plates(told["reason"])
