"""Whom do my gates let in beside those who pay: visitors, contractors, shared spaces?"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts.rules import Permission
from parking.kernel.errors import N_, FieldProblem, Unavailable
from parking.plates.service import PlateKeys
from parking.portals._http import auth, work
from parking.portals._http.moments import instant_of
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals.operator import desk
from parking.portals.operator.visits import own_cards
from parking.sharing.errors.passes import PassRefused
from parking.sharing.queries import passes as queries
from parking.sharing.rules.passes import LONGEST_SPAN, REASON_LENGTH, PassAsked
from parking.sharing.service import passes as service

pages = Pages("operator_passes", __name__, "operator")
_GRANT = Permission.OPERATOR_PASSES_GRANT
_MOST = 300
_AS_TYPED = "%Y-%m-%dT%H:%M"


@pages.get("/passes", permission=_GRANT, nav=N_("通行证"), nav_order=26)
def listed() -> Response:
    """The passes of my lots, those that stand first; plates are masked."""
    cards = {card.id: card for card in own_cards()}
    now = desk.now()
    until_at = now + timedelta(days=1)
    return desk.page(
        "visits/passes.html",
        cards=cards,
        passes=queries.passes_at(work.session(), cards, now, _MOST),
        now=now,
        from_typed=now.astimezone(desk.zone()).strftime(_AS_TYPED),
        until_typed=until_at.astimezone(desk.zone()).strftime(_AS_TYPED),
        longest_days=LONGEST_SPAN.days,
        reason_length=REASON_LENGTH,
    )


@pages.post("/passes", permission=_GRANT)
def grant() -> BaseResponse:
    """Let a vehicle into one of my lots for a time."""
    form = request.form
    lot_id = form.get("lot", "")
    if lot_id not in {card.id for card in own_cards()}:
        raise PassRefused(problems=[FieldProblem("lot", "lot_missing", N_("请选择停车场"))])
    asked = PassAsked(lot_id, form.get("plate", ""), _at("from_at"), _at("until_at"), form.get("reason", ""))
    told = service.grant_pass(work.session(), auth.caller().actor, _keys(), asked, desk.now())
    flash(gettext("已为 %(plate)s 发放通行证", plate=told.plate_masked))
    return redirect(url_for(".listed"), 303)


@pages.post("/passes/<pass_id>/withdraw", permission=_GRANT)
def withdraw(pass_id: str) -> BaseResponse:
    """Take one back; the gate learns of it at its next look."""
    own = {card.id for card in own_cards()}
    told = service.withdraw_pass(work.session(), auth.caller().actor, own, pass_id, desk.now())
    flash(gettext("已收回 %(plate)s 的通行证", plate=told.plate_masked))
    return redirect(url_for(".listed"), 303)


def _at(name: str) -> datetime:
    """An instant as it was typed in the city's time. Raises PassRefused."""
    at = instant_of(request.form.get(name, ""), desk.zone())
    if at is None:
        raise PassRefused(problems=[FieldProblem(name, "instant_wrong", N_("请填写日期和时间"))])
    return at


def _keys() -> PlateKeys:
    keys = services().plate_keys
    if keys is None:
        raise Unavailable
    return keys
