"""With which code may a driver in the caller's own lot pay? For its ticket, exit display or message."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response

from parking.accounts.rules import Scope
from parking.kernel import codes
from parking.kernel.db.unit_of_work import unit_of_work
from parking.portals._http import work
from parking.portals._http.services import services
from parking.portals.gateway.answers import PayCodeSchema
from parking.portals.gateway.api import operation
from parking.portals.gateway.calling import answer, call, loaded
from parking.portals.gateway.fees import VISIT, entered_sandbox, visit_asked_for
from parking.portals.gateway.rates import Bucket
from parking.portals.gateway.repeats import SEALED, message_name
from parking.visits.service.codes import code_for_nothing, issue_code

_ANSWER = {
    "lot": "320999-0001",
    "lot_code": "320999-0001",
    "pay_code": "K7M4-9QXT",
    "expires_at": "2026-11-22T10:10:00Z",
    "pay_url": "https://parking.example/pay?lot=320999-0001",
}


@operation(
    "POST",
    "/pay-codes",
    scope=Scope.PAY_CODES_WRITE,
    bucket=Bucket.LIVE,
    repeats=SEALED,
    body=VISIT,
    example={"lot": "320999-0001", "plate": "苏F12345"},
    answers={200: (PayCodeSchema, _ANSWER)},
)
def issue() -> Response:
    """A one-time code of an open visit at a lot of yours, with which its driver sees the fee and pays.

    Print it, or show it at the exit, with the lot's code; `pay_url` fills in the lot for whoever scans it. A
    new message's code ends the one before; the same message gets the same code. 404 `no_open_visit` as for
    `/fees-due`. Of a sandbox's stay no fee can be paid: its code opens nothing.
    """
    asked, told = call(), loaded(VISIT)
    lot_id = asked.own_lot(told["lot"], "lot")
    if asked.client.sandbox:
        entered_sandbox(work.session(), lot_id, told)
        issued = code_for_nothing(work.session(), lot_id, asked.received_at)
    else:
        with unit_of_work(services().sessions) as uow:
            found = visit_asked_for(uow.session, lot_id, told, asked.received_at)
            # Of two attempts at once none ends the other's code.
            parts = (asked.client.id, message_name(asked), found.id)
            made = services().sealer.fingerprint(b"pay code", *(part.encode() for part in parts), asked.body)
            issued = issue_code(uow.session, found.id, asked.received_at, codes.code_from(made))
    return answer(
        {
            "lot": told["lot"],
            "lot_code": issued.lot_code,
            "pay_code": issued.code,
            "expires_at": issued.expires_at,
            "pay_url": f"{services().public_url}/pay?lot={quote(issued.lot_code)}",
        }
    )
