"""Which lots are there, are they connected, and what does the register say of one?"""

from __future__ import annotations

from datetime import timedelta

from flask import Response, request

from parking.accounts.rules import Permission
from parking.guidance import queries as guidance
from parking.kernel.errors import N_
from parking.kernel.vocabulary import SPACE_CLASS_NAMES
from parking.lots.rules import REASON_NAMES
from parking.occupancy.rules import Connection
from parking.portals._http import auth, work
from parking.portals._http.filing_texts import CERTIFICATE_STATES, CERTIFICATE_TAGS
from parking.portals._http.pages import Pages
from parking.portals._http.texts import ACCESSES, ENTRANCE_USES, KINDS, QUALITIES, TYPES, mark_text
from parking.portals.bureau import desk
from parking.portals.bureau.register import (
    CONNECTIONS,
    SORTS,
    LotRow,
    by_connection,
    lot_rows,
    whole_lot,
)
from parking.portals.bureau.texts import FIELDS

pages = Pages("bureau_lots", __name__, "bureau")


@pages.get("/lots", permission=Permission.BUREAU_LOTS_READ, nav=N_("停车场登记"), nav_order=40)
def register() -> Response:
    """The lots of my districts, by connection first."""
    everything = lot_rows(auth.caller(), desk.today(), desk.now())
    rows = [row for row in everything if _is_asked(row)]
    column, is_down = desk.sort_of(SORTS, "code")
    rows.sort(key=SORTS[column], reverse=is_down)
    return desk.page(
        "lots.html",
        cut=desk.cut(rows),
        counts=by_connection(everything),
        names=CONNECTIONS,
        certificates=CERTIFICATE_STATES,
        certificate_tags=CERTIFICATE_TAGS,
        types=TYPES,
        districts=desk.my_districts(),
        asked={name: request.args.get(name, "") for name in ("connection", "district", "type", "q")},
    )


def _is_asked(row: LotRow) -> bool:
    asked, card = request.args, row.card
    text = asked.get("q", "").strip().casefold()
    said = (card.name, card.name_en, card.code, card.address, card.operator_name, card.filing_no)
    return (
        asked.get("connection", "") in ("", row.connection)
        and asked.get("district", "") in ("", card.district_code)
        and asked.get("type", "") in ("", card.type)
        and (not text or any(text in each.casefold() for each in said if each))
    )


@pages.get("/lots/<lot_id>", permission=Permission.BUREAU_LOTS_READ)
def lot(lot_id: str) -> Response:
    """One lot: the entry, the counts, the certificate, the ledger, the sources."""
    session = work.session()
    whole = whole_lot(lot_id, auth.caller(), desk.today(), desk.now())
    until_on = whole.card.certificate_until_on
    return desk.page(
        "lot.html",
        lot=whole,
        card=whole.card,
        last_on=until_on - timedelta(days=1) if until_on else None,
        silent=whole.connection is Connection.SILENT,
        names=CONNECTIONS,
        certificates=CERTIFICATE_STATES,
        certificate_tags=CERTIFICATE_TAGS,
        ledger_reasons=REASON_NAMES,
        classes=SPACE_CLASS_NAMES,
        kinds=KINDS,
        types=TYPES,
        accesses=ACCESSES,
        qualities=QUALITIES,
        mark_text=mark_text,
        uses=ENTRANCE_USES,
        actor=desk.names_of(line.entry.actor for line in whole.ledger),
        sources=guidance.sources_of_lot(session, lot_id),
        differences=[each for each in guidance.differences(session) if each.lot_id == lot_id],
        fields=FIELDS,
    )
