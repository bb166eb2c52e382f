"""Was a passage told that never was, or that was otherwise? Said by a message of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from parking.accounts.rules import Scope
from parking.plates.rules import without_plates
from parking.portals.gateway import reading
from parking.portals.gateway.answers import CorrectedSchema, OutcomeSchema
from parking.portals.gateway.api import operation
from parking.portals.gateway.calling import answer, call, document, loaded
from parking.portals.gateway.doors import door
from parking.portals.gateway.errors import SameEvent
from parking.portals.gateway.passages import EXAMPLE, taken
from parking.portals.gateway.rates import Bucket
from parking.portals.gateway.repeats import DURABLE
from parking.portals.gateway.schemas import CorrectionSchema, VoidSchema
from parking.visits.rules.outcomes import OutcomeKind
from parking.visits.rules.windows import is_late

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

    The new one has an event id of its own. Where it cannot be taken, or is kept aside, the old one stays.
    """
    asked = call()
    told = loaded(_CORRECTION)
    passage = reading.passage(document()["passage"])
    if passage.event_id is None or passage.event_id == told["event_id"]:
        raise SameEvent
    # The new one first: whatever stops us between the two, the message comes again and finishes it.
    (outcome,) = door().take(asked.client, (passage,), asked.received_at)
    new, status = taken(outcome, is_late(passage.at, asked.received_at, resent=passage.resent))
    if outcome.kind is OutcomeKind.QUARANTINED:
        return answer({"voided": None, "taken": new}, status)
    old = door().void(asked.client, told["event_id"], _why(told), asked.received_at)
    voided, _ = taken(old)
    return answer({"voided": voided, "taken": new})


def _why(told: Mapping[str, Any]) -> str:
    """The reason as it may stay: it is written into the audit, from which nothing is ever taken out."""
    return without_plates(told["reason"])
