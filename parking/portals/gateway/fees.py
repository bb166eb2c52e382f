"""What does a vehicle that stands in the caller's own lot owe now? Asked with the plate in the body alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Response
from flask_babel import force_locale

from parking.accounts.queries.sandbox import sandbox_entry
from parking.accounts.rules import Scope
from parking.kernel.errors import N_, NotFound
from parking.kernel.vocabulary import PlateColour
from parking.plates.rules import PlateHash, read_plate
from parking.portals._http import work
from parking.portals._http.problems import sentence
from parking.portals._http.services import services
from parking.portals.gateway.answers import FeeSchema
from parking.portals.gateway.api import operation
from parking.portals.gateway.calling import answer, call, loaded
from parking.portals.gateway.rates import Bucket
from parking.portals.gateway.schemas import FeeAskedSchema
from parking.tariffs import queries as tariffs
from parking.tariffs.rules import FeeLine
from parking.visits.queries.dues import fee_due
from parking.visits.queries.visits import open_visit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_SCHEMA = FeeAskedSchema()
# As long as a key of plates is kept: no vehicle is looked for further back.
_LONGEST = timedelta(days=180)
_ANSWER = {
    "lot": "320999-0001",
    "entered_at": "2026-11-21T08:30:00Z",
    "reckoned_at": "2026-11-21T10:30:00Z",
    "valid_until_at": "2026-11-21T11:00:00Z",
    "fee_fen": 600,
    "paid_fen": 0,
    "due_fen": 600,
    "lines": [{"text_zh": "2 小时，每小时 3 元", "text_en": "2 hours at ¥3", "fen": 600}],
}


class NoOpenVisit(NotFound):
    """Nobody of that name stands in this lot of the caller's."""

    code = "no_open_visit"
    text = N_("这个停车场没有这辆车的在场记录")


@operation(
    "POST",
    "/fees-due",
    scope=Scope.FEES_READ,
    bucket=Bucket.LIVE,
    body=_SCHEMA,
    example={"lot": "320999-0001", "plate": "苏F12345"},
    answers={200: (FeeSchema, _ANSWER)},
)
def due() -> Response:
    """What an open visit at a lot of yours owes, in fen, with its lines.

    404 `no_open_visit` also where the vehicle stands in somebody else's lot. A sandbox finds its own stays,
    by their `stay_id`.
    """
    asked, told = call(), loaded(_SCHEMA)
    lot_id = asked.own_lot(told["lot"], "lot")
    stay_id = told.get("stay_id")
    if asked.client.sandbox:
        return answer(_of_sandbox(work.session(), lot_id, stay_id, asked.received_at) | {"lot": told["lot"]})
    hashes = hashes_of(told.get("plate"), told.get("colour"), asked.received_at)
    # Neither an unreadable plate nor no number may find any visit.
    found = open_visit(work.session(), lot_id, hashes, stay_id) if hashes or stay_id else None
    if found is None:
        raise NoOpenVisit
    owed = fee_due(work.session(), found.id, asked.received_at)
    return answer(
        {
            "lot": told["lot"],
            "entered_at": owed.entered_at,
            "reckoned_at": owed.reckoned_at,
            "valid_until_at": owed.valid_until_at,
            "fee_fen": owed.fee_fen,
            "paid_fen": owed.paid_fen,
            "due_fen": owed.due_fen,
            "lines": _lines(owed.lines),
        }
    )


def hashes_of(plate: str | None, colour: PlateColour | None, now: datetime) -> tuple[PlateHash, ...]:
    """A plate under every living key, newest first; nothing for one that cannot be read."""
    read = read_plate(plate, colour or PlateColour.UNKNOWN)
    keys = services().plate_keys
    return keys.hashes_since(read, now - _LONGEST, now) if keys is not None and read.exists else ()


def _of_sandbox(session: Session, lot_id: str, stay_id: str | None, now: datetime) -> dict[str, Any]:
    entered_at = sandbox_entry(session, call().client.id, lot_id, stay_id) if stay_id else None
    if entered_at is None:
        raise NoOpenVisit
    fee = tariffs.fee_for(session, lot_id, entered_at, max(now, entered_at))
    return {
        "entered_at": entered_at,
        "reckoned_at": now,
        "valid_until_at": fee.valid_until_at,
        "fee_fen": fee.fen,
        "paid_fen": 0,
        "due_fen": fee.fen,
        "lines": _lines(fee.lines),
    }


def _lines(lines: Sequence[FeeLine]) -> list[dict[str, Any]]:
    return [{"text_zh": _in("zh", each), "text_en": _in("en", each), "fen": each.fen} for each in lines]


def _in(locale: str, line: FeeLine) -> str:
    # Money is told in yuan to people.
    told = {
        name: f"{value / 100:g}" if name.endswith("_fen") else value for name, value in line.params.items()
    }
    with force_locale(locale):
        return sentence(line.text, told)
