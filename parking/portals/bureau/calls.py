"""What did a machine client send lately, and what was it answered? With every plate masked."""

from __future__ import annotations

from flask import Response

from parking.accounts import queries as accounts
from parking.accounts.errors import ClientNotFound
from parking.accounts.queries.calls import calls_of, heartbeats_of
from parking.accounts.rules import Permission
from parking.accounts.rules.calls import MOST_CALLS
from parking.lots import queries as lots
from parking.portals._http import work
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk

pages = Pages("bureau_calls", __name__, "bureau")


@pages.get("/clients/<client_id>/calls", permission=Permission.BUREAU_CLIENTS_MANAGE)
def calls(client_id: str) -> Response:
    """The last 100 calls of a client and its heartbeats by lot."""
    session = work.session()
    client = next((each for each in accounts.clients(session) if each.id == client_id), None)
    if client is None:
        raise ClientNotFound
    beats = heartbeats_of(session, client_id)
    cards = {
        card.id: card for card in lots.lot_cards(session, desk.today(), {lot_id for lot_id, _, _ in beats})
    }
    return desk.page(
        "calls.html",
        client=client,
        calls=calls_of(session, client_id),
        beats=[(cards[lot_id], at, skew_s) for lot_id, at, skew_s in beats if lot_id in cards],
        most=MOST_CALLS,
    )
