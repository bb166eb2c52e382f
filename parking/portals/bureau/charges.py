"""Which charges were made or are in doubt, what is given back, and do the networks' lists agree?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from parking.accounts.rules import Permission
from parking.boundary.charges import ChargeNetwork, NetworkSilent
from parking.kernel.errors import N_, FieldProblem, InvalidInput, NotFound
from parking.lots.queries import LotCard
from parking.portals._http import auth, sheets, work
from parking.portals._http.charge_texts import (
    CHARGE_STATES,
    DIFFERENCES,
    ENTRY_KINDS,
    NETWORKS,
    REFUND_STATES,
    REFUSALS,
)
from parking.portals._http.moments import day_of
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals._http.sheets import SheetKind
from parking.portals.bureau import desk
from parking.portals.bureau.within import cards_within
from parking.visits.queries import charges as queries
from parking.visits.queries import reconciliations
from parking.visits.rules.charges import ChargeState
from parking.visits.service import charges, closing, reconciling, refunding

pages = Pages("bureau_charges", __name__, "bureau")
_READ, _REFUND, _EDIT = (
    Permission.BUREAU_CHARGES_READ,
    Permission.BUREAU_CHARGES_REFUND,
    Permission.BUREAU_CHARGES_EDIT,
)
_MOST_FEN = 100_000_000
_KINDS = {True: ENTRY_KINDS["refund"], False: ENTRY_KINDS["payment"]}
_HEADER = (
    N_("差异"),
    N_("收费编号"),
    N_("类型"),
    N_("本平台（分）"),
    N_("渠道（分）"),
    N_("流水号"),
    N_("停车场"),
)


class AmountWrong(InvalidInput):
    """What was typed is no amount of money."""

    code = "amount_wrong"
    text = N_("请填写金额，例如 6 或 6.50")


class ChoiceWrong(InvalidInput):
    """What was chosen is not offered here."""

    code = "choice_wrong"
    text = N_("请选择列出的渠道和停车场")


class DayNotComparable(InvalidInput):
    """Only a day that is over, and not before there was anything to compare."""

    code = "day_not_comparable"
    text = N_("只能核对已经结束的日期：%(first)s 至 %(last)s")


class DayUnknown(NotFound):
    """No such network or day."""

    code = "day_unknown"
    text = N_("没有这一天的对账")


@pages.get("/charges", permission=_READ, nav=N_("收费与对账"), nav_order=49)
def listed() -> Response:
    """The newest charges of my districts; those in doubt are counted on top."""
    session, cards = work.session(), cards_within(_READ)
    mine = _mine_alone(cards)
    state, network = request.args.get("state", ""), request.args.get("network", "")
    if state == "doubtful":
        found = queries.doubtful_charges(session, mine)
    elif state == "stranded":
        found = queries.stranded_charges(session, mine)
    else:
        known = ChargeState(state) if state in tuple(ChargeState) else None
        found = queries.charges(session, state=known, network=network or None, lots=mine)
    return desk.page(
        "charges/listed.html",
        cut=desk.cut(found),
        cards=cards,
        doubtful=len(queries.doubtful_charges(session, mine)),
        differing=sum(each.differing > 0 for each in reconciliations.reconciliations(session, 30)),
        asked={"state": state, "network": network},
        **_words(),
    )


@pages.get("/charges/reconciliation", permission=_READ)
def days() -> Response:
    """The days that were compared with the networks' lists."""
    return desk.page(
        "charges/days.html",
        cut=desk.cut(reconciliations.reconciliations(work.session())),
        names=sorted(_networks()),
        yesterday=desk.today() - timedelta(days=1),
        **_words(),
    )


@pages.get("/charges/reconciliation/<network>/<on>", permission=_READ)
def day(network: str, on: str) -> Response:
    """One network's day: both sums and each difference by name; as a file with `?as=csv`."""
    cards = cards_within(_READ)
    mine = _mine_alone(cards)
    day = day_of(on)
    if day is None:
        raise DayUnknown
    found, lines = reconciliations.reconciliation(work.session(), network, day, mine)
    if request.args.get("as") == "csv":
        rows = [
            (
                gettext(DIFFERENCES[each.kind]),
                each.charge_id,
                gettext(_KINDS[each.is_refund]),
                each.ours_fen,
                each.theirs_fen,
                each.reference,
                cards[each.lot_id].name if each.lot_id and each.lot_id in cards else None,
            )
            for each in lines
        ]
        titles = [gettext(title) for title in _HEADER]
        return sheets.sheet(SheetKind.CSV, f"reconciliation-{network}-{on}", titles, rows)
    limited = mine is not None
    return desk.page("charges/day.html", day=found, lines=lines, limited=limited, cards=cards, **_words())


@pages.post("/charges/reconciliation", permission=_REFUND)
def compare() -> Redirect:
    """Compare a day again; the network is asked once this request's work is done."""
    charging, network = services().charging, request.form.get("network", "")
    if charging is None or network not in charging.networks:
        raise ChoiceWrong
    first, last = reconciling.comparable_days(work.session(), network, desk.now())
    on = day_of(request.form.get("on", ""))
    if on is None or not first <= on <= last:
        told = {"first": first.isoformat(), "last": last.isoformat()}
        problem = FieldProblem("on", DayNotComparable.code, DayNotComparable.text, told)
        raise DayNotComparable(problems=[problem], **told)

    def ask() -> None:
        try:
            charging.compare(network, on)
        except NetworkSilent:
            flash(gettext("渠道没有回答，稍后再试。"))

    work.after_commit(ask)
    return redirect(url_for(".days"), 303)


@pages.get("/charges/networks", permission=_READ)
def joined() -> Response:
    """Which ETC network charges which lot."""
    known = [each.manifest for each in _networks().values()]
    cards = cards_within(_READ)
    return desk.page(
        "charges/joined.html",
        rows=[each for each in queries.joined_lots(work.session()) if each.lot_id in cards],
        cards=cards,
        etc=[(each.name, gettext(NETWORKS.get(each.name, each.vendor))) for each in known if each.etc],
        known=known,
        **_words(),
    )


@pages.post("/charges/networks", permission=_EDIT, form="joined")
def join() -> Redirect:
    """Let a network charge the stays of a lot, or no longer."""
    lot_id, network = request.form.get("lot", ""), request.form.get("network", "")
    known = _networks().get(network)
    if lot_id not in cards_within(_EDIT) or known is None or not known.manifest.etc:
        raise ChoiceWrong
    session, actor = work.session(), auth.caller().actor
    if request.form.get("act") == "leave":
        closing.leave_network(session, actor, lot_id, network, desk.now())
    else:
        closing.join_network(session, actor, lot_id, network, request.form.get("lane"), desk.now())
    flash(gettext("已保存。"))
    return redirect(url_for(".joined"), 303)


@pages.get("/charges/<charge_id>", permission=_READ)
def charge(charge_id: str) -> Response:
    """One charge with its entries and refunds, and the ways to query it or to give back."""
    session = work.session()
    found, card = _mine(charge_id)
    refunds = queries.refunds_of(session, charge_id)
    return desk.page(
        "charges/charge.html",
        charge=found,
        card=card,
        entries=queries.entries_of(session, charge_id),
        refunds=refunds,
        name_of=desk.names_of(each.asked_by for each in refunds),
        may_refund=auth.caller().may_in(_REFUND, card.district_code if card else None) and found.paid_fen > 0,
        speaks=found.network in _networks(),
        why=REFUSALS.get(found.reason or "", found.reason or ""),
        **_words(),
    )


@pages.post("/charges/<charge_id>/refund", permission=_REFUND, form="charge")
def refund(charge_id: str) -> Redirect:
    """Give money back, for a reason that stays in the audit."""
    _mine(charge_id, _REFUND)
    charging = services().charging
    refund_id = refunding.ask_refund(
        work.session(),
        auth.caller().actor,
        charge_id,
        _fen(request.form.get("amount", "")),
        request.form.get("reason", ""),
        desk.now(),
    )
    if charging is not None:
        work.after_commit(lambda: charging.give_back(refund_id))
    flash(gettext("已决定退款，渠道回答后入账。"))
    return redirect(url_for(".charge", charge_id=charge_id), 303)


@pages.post("/charges/<charge_id>/query", permission=_REFUND)
def look(charge_id: str) -> Redirect:
    """Ask the network now what became of a charge."""
    _mine(charge_id, _REFUND)
    charging = services().charging
    charges.look_again(work.session(), charge_id, desk.now())
    if charging is not None:
        work.after_commit(lambda: charging.resolve(charge_id))
    return redirect(url_for(".charge", charge_id=charge_id), 303)


def _mine(charge_id: str, permission: Permission = _READ) -> tuple[queries.ChargeView, LotCard | None]:
    """A charge of the districts where I may do this. Raises ChargeNotFound."""
    cards = cards_within(permission)
    found = queries.charge(work.session(), charge_id, _mine_alone(cards, permission))
    return found, cards.get(found.lot_id)


def _mine_alone(cards: Iterable[str], permission: Permission = _READ) -> set[str] | None:
    """The lots that I am limited to; None for whoever may do this in the whole city."""
    return None if auth.caller().may_in(permission, None) else set(cards)


def _networks() -> Mapping[str, ChargeNetwork]:
    """The networks that are set up here, by name."""
    charging = services().charging
    return charging.networks if charging is not None else {}


def _fen(text: str) -> int:
    """Fen of an amount as people type yuan. Raises AmountWrong."""
    try:
        fen = Decimal(text.strip().lstrip("¥￥")) * 100
        if not fen.is_finite() or fen != fen.to_integral_value() or not 0 < fen <= _MOST_FEN:
            raise ValueError
    except (InvalidOperation, ValueError):
        raise AmountWrong(problems=[FieldProblem("amount", "amount_wrong", AmountWrong.text)]) from None
    return int(fen)


def _words() -> dict[str, Any]:
    return {
        "charge_states": CHARGE_STATES,
        "refund_states": REFUND_STATES,
        "network_names": NETWORKS,
        "difference_names": DIFFERENCES,
        "entry_kinds": ENTRY_KINDS,
        "tags": TAGS,
    }


TAGS: Mapping[str, str] = {
    ChargeState.PAID: "good",
    ChargeState.IN_DOUBT: "bad",
    ChargeState.REFUSED: "bad",
    ChargeState.DUE: "busy",
    ChargeState.REQUESTED: "busy",
}
