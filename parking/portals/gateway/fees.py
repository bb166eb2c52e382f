"""What does a vehicle that stands in the caller's own lot owe now? Asked with the plate in the body alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Response
from flask_babel import force_locale

from parking.accounts.queries.sandbox import sandbox_entry
from parking.accounts.rules import Scope
from parking.kernel.errors import N_, NotFound
from parking.kernel.vocabulary import PlateColour, StayKind
from parking.plates.rules import PlateHash, read_plate
from parking.portals._http import work
from parking.portals._http.services import services
from parking.portals._http.tariff_texts import in_words
from parking.portals.gateway.answers import FeeDueSchema
from parking.portals.gateway.api import operation
from parking.portals.gateway.calling import answer, call, loaded
from parking.portals.gateway.rates import Bucket
from parking.portals.gateway.schemas import FeeAskedSchema
from parking.sharing.queries.pricing import lent_entry
from parking.tariffs.queries import LotTariff
from parking.tariffs.rules.lines import Line
from parking.tariffs.rules.quotes import Quote
from parking.visits.queries.dues import fee_due
from parking.visits.queries.pricing import grace_minutes, price_stay
from parking.visits.queries.visits import VisitView, open_visit
from parking.visits.rules.pricing import priced_stay

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

VISIT = FeeAskedSchema()
# As long as a key of plates is kept: no vehicle is looked for further back.
_LONGEST = timedelta(days=180)
_ANSWER = {
    "lot": "320999-0001",
    "entered_at": "2026-11-21T08:30:00Z",
    "reckoned_at": "2026-11-21T10:10:00Z",
    "fee_fen": 1000,
    "paid_fen": 0,
    "due_fen": 1000,
    "extra_fen": 0,
    "lines": [
        {
            "text_zh": "00:00–24:00：4 个 30 分钟，每个 ¥2.50",
            "text_en": "00:00–24:00: 4 × 30 minutes at ¥2.50 each",
            "fen": 1000,
        }
    ],
    "next_change_at": "2026-11-21T10:31:00Z",
    "next_fee_fen": 1250,
    "valid_until_at": "2026-11-21T10:31:00Z",
    "grace_minutes": 15,
    "tariff": {"name": "路内停车收费", "version": 2, "from_at": "2026-07-31T16:00:00Z"},
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
    body=VISIT,
    example={"lot": "320999-0001", "plate": "苏F12345"},
    answers={200: (FeeDueSchema, _ANSWER)},
)
def due() -> Response:
    """What an open visit at a lot of yours owes by the lot's tariff, in fen, with its lines.

    404 `no_open_visit` also where the vehicle stands in somebody else's lot; 422 `tariff_missing` where the
    lot has no tariff: its fee is unknown, and not 0. A sandbox finds its own stays, by their `stay_id`.
    """
    asked, told = call(), loaded(VISIT)
    lot_id = asked.own_lot(told["lot"], "lot")
    if asked.client.sandbox:
        return answer({"lot": told["lot"]} | _of_sandbox(work.session(), lot_id, told, asked.received_at))
    found = visit_asked_for(work.session(), lot_id, told, asked.received_at)
    owed = fee_due(work.session(), found.id, asked.received_at)
    return answer(
        {
            "lot": told["lot"],
            "entered_at": owed.entered_at,
            "reckoned_at": owed.reckoned_at,
            "paid_fen": owed.paid_fen,
            "due_fen": owed.due_fen,
            "extra_fen": owed.extra_fen,
            "grace_minutes": owed.grace_minutes,
            **_reckoned(owed.quote, owed.tariff, owed.next_change_at, owed.next_fee_fen),
        }
    )


def visit_asked_for(session: Session, lot_id: str, told: Mapping[str, Any], now: datetime) -> VisitView:
    """The open visit at this lot that a `VISIT` names. Raises NoOpenVisit."""
    stay_id, hashes = told.get("stay_id"), hashes_of(told.get("plate"), told.get("colour"), now)
    # Neither an unreadable plate nor no number may find any visit.
    found = open_visit(session, lot_id, hashes, stay_id) if hashes or stay_id else None
    if found is None:
        raise NoOpenVisit
    return found


def entered_sandbox(session: Session, lot_id: str, told: Mapping[str, Any]) -> datetime:
    """Since when the stay stands in the calling sandbox that a `VISIT` names. Raises NoOpenVisit."""
    stay_id = told.get("stay_id")
    entered_at = sandbox_entry(session, call().client.id, lot_id, stay_id) if stay_id else None
    if entered_at is None:
        raise NoOpenVisit
    return entered_at


def hashes_of(plate: str | None, colour: PlateColour | None, now: datetime) -> tuple[PlateHash, ...]:
    """A plate under every living key, newest first; nothing for one that cannot be read."""
    read = read_plate(plate, colour or PlateColour.UNKNOWN)
    keys = services().plate_keys
    return keys.hashes_since(read, now - _LONGEST, now) if keys is not None and read.exists else ()


def _of_sandbox(session: Session, lot_id: str, told: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    entered_at = entered_sandbox(session, lot_id, told)
    stay = priced_stay(entered_at, max(now, entered_at), colour=told.get("colour") or PlateColour.UNKNOWN)
    # As the same stay would be priced at the gate: by what is lent then, if anything is.
    lent = lent_entry(session, lot_id, entered_at)
    if lent is not None:
        stay = replace(stay, kind=StayKind.SHARED)
    priced = price_stay(session, lot_id, stay, lent.tariff_id if lent else None)
    quote = priced.quote
    return {
        "entered_at": entered_at,
        "reckoned_at": now,
        "paid_fen": 0,
        "due_fen": quote.fee_fen,
        "extra_fen": 0,
        "grace_minutes": grace_minutes(session, priced.tariff, now),
        **_reckoned(quote, priced.tariff, quote.next_change_at, quote.next_fee_fen),
    }


def _reckoned(
    quote: Quote, tariff: LotTariff, next_change_at: datetime | None, next_fee_fen: int | None
) -> dict[str, Any]:
    """By which tariff a fee came about, line by line, and when it is higher."""
    version = tariff.version
    return {
        "fee_fen": quote.fee_fen,
        "lines": [
            {"text_zh": _in("zh", line), "text_en": _in("en", line), "fen": line.fen} for line in quote.lines
        ],
        "next_change_at": next_change_at,
        "next_fee_fen": next_fee_fen,
        "valid_until_at": next_change_at,
        "tariff": {"name": version.name, "version": version.number, "from_at": version.from_at},
    }


def _in(locale: str, line: Line) -> str:
    with force_locale(locale):
        return in_words(line)
