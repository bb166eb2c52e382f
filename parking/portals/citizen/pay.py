"""What do I owe for my stay, and how do I pay it? With the code of the stay; no account, no plate typed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, redirect, request, session, url_for
from flask_babel import gettext

from parking.city import queries as cities
from parking.kernel.actors import Actor
from parking.lots import queries as lots
from parking.portals._http import formats, work
from parking.portals._http.charge_texts import NETWORKS, REFUSALS
from parking.portals._http.services import services
from parking.portals._http.tariff_texts import amount_in_words, in_words, stay_in_words
from parking.portals.citizen import strangers
from parking.portals.citizen.views import name_of
from parking.visits.errors import (
    ChargeNotFound,
    ChargeUnderWay,
    CodeAttemptsExceeded,
    CodeWrong,
    FeeUnknown,
    NetworkUnknown,
    NothingDue,
    TicketOver,
)
from parking.visits.queries import charges as charge_queries
from parking.visits.queries import visits
from parking.visits.queries.charges import ChargeView
from parking.visits.queries.dues import fee_due
from parking.visits.rules.charges import ChargeState
from parking.visits.service import charges, codes

blueprint = Blueprint("pay", __name__, template_folder="templates")

_DRIVER = Actor("driver", "code")
_TICKET = "pay_ticket"


@blueprint.get("/pay")
def ask() -> Response:
    """A form for the lot's number and the code; `?lot=` may be printed on the ticket."""
    return strangers.page(
        "pay.html", 200, lot_code=request.args.get("lot", "")[: strangers.LONGEST], problem=None
    )


@blueprint.post("/pay")
def enter() -> Response:
    """Look at both together; wrong ones are counted, and all look alike."""
    return work.write(_enter, {})


def _enter() -> Any:
    lot_code = strangers.sent("lot")
    network = strangers.network()
    try:
        ticket = codes.enter_code(
            work.session(),
            lot_code,
            strangers.sent("code"),
            network,
            services().clock.now(),
        )
    except (CodeWrong, CodeAttemptsExceeded) as problem:
        work.keep()
        status = 422 if isinstance(problem, CodeWrong) else 429
        told = strangers.sentence_of(problem)
        page = strangers.page("pay.html", status, lot_code=lot_code, problem=told)
        return strangers.too_often(page, problem)
    return redirect(url_for("pay.fee", ticket=ticket), 303)


@blueprint.get("/pay/<ticket>")
def fee(ticket: str) -> Response:
    """The fee as of now, line by line, and what was paid."""
    now = services().clock.now()
    try:
        visit_id = codes.visit_of_ticket(work.session(), ticket[: strangers.LONGEST], now)
    except TicketOver as problem:
        return strangers.page("pay.html", 404, lot_code="", problem=strangers.sentence_of(problem))
    session[_TICKET] = ticket[: strangers.LONGEST]
    return _fee(ticket, visit_id, now, None, 200)


@blueprint.post("/pay/<ticket>/<network>")
def start(ticket: str, network: str) -> Response:
    """Make the fee a charge of a payment network, and go on to its receipt, from where one pays."""
    return work.write(_start, {"ticket": ticket, "network": network})


def _start(ticket: str, network: str) -> Any:
    here = services()
    now = here.clock.now()
    try:
        visit_id = codes.visit_of_ticket(work.session(), ticket[: strangers.LONGEST], now)
    except TicketOver as problem:
        return strangers.page("pay.html", 404, lot_code="", problem=strangers.sentence_of(problem))
    charging = here.charging
    offered = charging.networks.get(network) if charging else None
    if charging is None or offered is None or offered.manifest.etc:
        raise NetworkUnknown
    try:
        charge_id = charges.start_charge(work.session(), _DRIVER, visit_id, network, now)
    except NothingDue:
        return redirect(url_for("pay.fee", ticket=ticket), 303)
    except (ChargeUnderWay, FeeUnknown) as problem:
        return _fee(ticket, visit_id, now, strangers.sentence_of(problem), 409)
    work.after_commit(lambda: charging.ask(charge_id))
    return redirect(url_for("pay.receipt", charge_id=charge_id), 303)


@blueprint.get("/pay/receipt/<charge_id>")
def receipt(charge_id: str) -> Response:
    """What became of a payment; the network sends people back here."""
    reading = work.session()
    try:
        charge = charge_queries.charge(reading, charge_id[: strangers.LONGEST])
    except ChargeNotFound as problem:
        return strangers.page("pay.html", 404, lot_code="", problem=strangers.sentence_of(problem))
    return strangers.page(
        "receipt.html",
        200,
        charge=charge,
        lot_name=_lot_name(charge.lot_id),
        ticket=session.get(_TICKET),
        leave_by=_leave_by(charge),
        why=gettext(REFUSALS.get(charge.reason or "", REFUSALS[""])),
        **_words(),
    )


def _fee(ticket: str, visit_id: str, now: datetime, problem: str | None, status: int) -> Response:
    reading = work.session()
    made = charge_queries.charges_of_visit(reading, visit_id)
    try:
        due = fee_due(reading, visit_id, now)
    except FeeUnknown as unknown:
        due, problem = None, strangers.sentence_of(unknown)
    here = services()
    networks = here.charging.networks.values() if here.charging else ()
    return strangers.page(
        "fee.html",
        status,
        due=due,
        ticket=ticket,
        problem=problem,
        now=now,
        lot_name=_lot_name(visits.visit(reading, visit_id).lot_id),
        plate=next((each.plate_masked for each in made if each.plate_masked), None),
        live=next((each for each in made if each.is_live), None),
        payments=[each for each in made if each.paid_fen],
        networks=[each.manifest for each in networks if not each.manifest.etc],
        **_words(),
    )


def _leave_by(charge: ChargeView) -> datetime | None:
    """Until when the vehicle may leave on this payment, where it is still inside."""
    if charge.state is not ChargeState.PAID or charge.exited_at is not None or charge.visit_id is None:
        return None
    now = services().clock.now()
    try:
        due = fee_due(work.session(), charge.visit_id, now)
    except FeeUnknown:
        return None
    return due.next_change_at if due.due_fen == 0 else None


def _lot_name(lot_id: str) -> tuple[str, str | None]:
    today = cities.today(work.session(), services().clock.now())
    for card in lots.lot_cards(work.session(), today, [lot_id]):
        return name_of(card.name, card.name_en)
    return lot_id, None


def _words() -> dict[str, Any]:
    """What templates need to write times and money."""
    reading = work.session()
    now = services().clock.now()
    city = cities.city_view(reading, cities.today(reading, now))
    return {
        "zone": formats.zone_of(city.time_zone),
        "line_text": in_words,
        "line_amount": amount_in_words,
        "stay_text": stay_in_words,
        "money": formats.money,
        "states": ChargeState,
        "network_names": NETWORKS,
    }
