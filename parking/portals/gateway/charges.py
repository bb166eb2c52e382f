"""What did an ETC lane take by itself? Told once; its stay is settled by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Response

from parking.accounts.queries.sandbox import sandbox_said
from parking.accounts.rules import Scope
from parking.accounts.service.sandbox import Known, SandboxTold, note_told
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.errors import N_, FieldProblem, InvalidInput
from parking.portals._http.services import services
from parking.portals.gateway import reading
from parking.portals.gateway.answers import OutcomeSchema
from parking.portals.gateway.api import operation
from parking.portals.gateway.calling import answer, call, loaded
from parking.portals.gateway.fees import hashes_of
from parking.portals.gateway.passages import taken
from parking.portals.gateway.rates import Bucket
from parking.portals.gateway.repeats import DURABLE
from parking.portals.gateway.schemas import EtcSchema
from parking.visits.rules.outcomes import Outcome, OutcomeKind
from parking.visits.rules.windows import is_late
from parking.visits.service.lane_charges import FEE_DIFFERS, clock_problem, id_problem, record_etc

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_SCHEMA = EtcSchema()
_EXAMPLE = {
    "transaction_id": "0123456789",
    "terminal": "320000123456",
    "at": "2026-11-21T18:30:00+08:00",
    "entered_at": "2026-11-21T16:30:00+08:00",
    "lot": "320999-0001",
    "lane": "出口1",
    "plate": "苏F12345",
    "fee_fen": 600,
    "tac": "9F3A01C7",
}
_ANSWER = {"outcome": "new", "event_id": "0123456789", "counted": False, "late": False}
_ASIDE = _ANSWER | {"outcome": "quarantined", "late": True, "code": "clock_behind"}


@operation(
    "POST",
    "/etc-transactions",
    scope=Scope.CHARGES_WRITE,
    bucket=Bucket.LIVE,
    repeats=DURABLE,
    body=_SCHEMA,
    example=_EXAMPLE,
    answers={200: (OutcomeSchema, _ANSWER), 202: (OutcomeSchema, _ASIDE)},
)
def tell_transaction() -> Response:
    """Tell what an ETC lane took from a card itself, with the TAC that proves it.

    The same transaction of the same terminal is one, however often it is told; with another fee it is
    refused, and the first stands. 202: its time is more than two minutes ahead or more than 180 days ago, so
    it is kept aside and settles nothing until it is told with the right time, under a new webhook-id. A
    number in which a plate stands is refused: tell it under another one.
    """
    asked, told = call(), loaded(_SCHEMA)
    lot_id = asked.own_lot(told["lot"], "lot")
    with unit_of_work(services().sessions) as uow:
        if asked.client.sandbox:
            outcome = _of_sandbox(uow.session, lot_id, told)
        else:
            lanes = asked.book.lanes_of(lot_id)
            lane = next((each.id for each in lanes if told.get("lane") in (each.id, each.name)), None)
            hashes = hashes_of(told.get("plate"), told.get("colour"), asked.received_at)
            outcome = record_etc(
                uow.session,
                asked.client.source,
                lot_id,
                lane,
                reading.etc(told),
                hashes,
                asked.received_at,
            )
    if outcome.kind is OutcomeKind.REFUSED and outcome.code == FEE_DIFFERS:
        problem = FieldProblem("fee_fen", FEE_DIFFERS, N_("这笔交易已按另一金额收到，以先收到的为准"))
        raise InvalidInput(problems=[problem])
    return answer(*taken(outcome, is_late(told["at"], asked.received_at, resent=False)))


def _of_sandbox(session: Session, lot_id: str, told: Mapping[str, Any]) -> Outcome:
    """As a real client would be answered; nothing of it is kept but that it was told, and the fee."""
    asked, event_id, said = call(), told["transaction_id"], str(told["fee_fen"])
    if (wrong := id_problem(reading.etc(told))) is not None:
        return Outcome(OutcomeKind.REFUSED, event_id, *wrong)
    key = f"etc:{lot_id}:{told.get('terminal', '')}:{event_id}"
    if (late := clock_problem(told["at"], asked.received_at)) is not None:
        booked = sandbox_said(session, asked.client.id, key)
        if booked == said:
            return Outcome(OutcomeKind.REPEATED, event_id)
        key = f"aside:{key}" if booked is None else key
    (known,) = note_told(session, asked.client.id, [SandboxTold(key, lot_id, said=said)], asked.received_at)
    if known is Known.OTHER:
        return Outcome(OutcomeKind.REFUSED, event_id, FEE_DIFFERS, "fee_fen")
    if late is not None:
        return Outcome(OutcomeKind.QUARANTINED, event_id, late, "at")
    return Outcome(OutcomeKind.NEW if known is Known.NEW else OutcomeKind.REPEATED, event_id)
