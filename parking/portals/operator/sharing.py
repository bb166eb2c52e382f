"""Which spaces do my lots lend, in which windows, and which of them must I take back?"""

from __future__ import annotations

from datetime import timedelta

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts.rules import Permission
from parking.kernel.errors import N_
from parking.lots.queries import lot_cards
from parking.portals._http import auth, work
from parking.portals._http.pages import Pages
from parking.portals._http.sharing_answers import answer_sent, opinions
from parking.portals._http.sharing_texts import moved_in_words, words
from parking.portals._http.window_choice import window_choices, window_sent
from parking.portals.operator import desk
from parking.portals.operator.visits import own_cards
from parking.sharing.errors.agreements import AgreementUnknown
from parking.sharing.queries.agreements import AgreementView, agreement, agreements
from parking.sharing.queries.questions import questions
from parking.sharing.queries.windows import windows_of
from parking.sharing.rules.agreements import AgreementState, Party
from parking.sharing.rules.questions import REASON_MOST
from parking.sharing.service.questions import answer
from parking.sharing.service.windows import withdraw_window
from parking.tariffs.queries import tariff_view

pages = Pages("operator_sharing", __name__, "operator")
_READ, _WITHDRAW = Permission.OPERATOR_SHARING_READ, Permission.OPERATOR_SHARING_WITHDRAW
_ANSWER = Permission.OPERATOR_SHARING_ANSWER
_SHOWN = timedelta(days=14)
_LONGEST_REASON = 200


@pages.get("/sharing", permission=_READ, nav=N_("错时共享"), nav_order=27)
def listed() -> Response:
    """The agreements of my organisation, and how to propose one."""
    mine = agreements(work.session(), organisation_id=desk.organisation_id())
    cards = lot_cards(work.session(), desk.today(), {each.lot_id for each in mine})
    return desk.page(
        "sharing/listed.html",
        agreements=mine,
        cards={card.id: card for card in cards},
        proposes=auth.may(Permission.OPERATOR_FILINGS_EDIT) and bool(own_cards()),
        **words(desk.now(), desk.zone()),
    )


@pages.get("/sharing/<agreement_id>", permission=_READ)
def one(agreement_id: str) -> Response:
    """One agreement: what I answer for, and the windows of two weeks."""
    told = _own(agreement_id)
    now = desk.now()
    windows = windows_of(work.session(), told.id, now, now + _SHOWN)
    asked = questions(work.session(), agreement_ids=[told.id])
    may_answer = auth.may(_ANSWER) and told.state is not AgreementState.ENDED
    return desk.page(
        "sharing/one.html",
        it=told,
        card=lot_cards(work.session(), desk.today(), [told.lot_id])[0],
        windows=windows,
        choices=window_choices(
            windows if auth.may(_WITHDRAW) else (), told.withdraw_before_minutes, now, desk.zone()
        ),
        reason_length=_LONGEST_REASON,
        questions=asked,
        to_answer=next((each for each in asked if may_answer and Party.OPERATOR in each.waits_for), None),
        answer_length=REASON_MOST,
        own_tariff=tariff_view(work.session(), told.tariff_id, desk.today()) if told.tariff_id else None,
        opinions=opinions(),
        name_of=desk.name_of,
        **words(desk.now(), desk.zone()),
    )


@pages.post("/sharing/<agreement_id>/answer", permission=_ANSWER, form="one")
def reply(agreement_id: str) -> BaseResponse:
    """Say why nobody came in a month, or propose the end; the other parties are told."""
    told, said = _own(agreement_id), answer_sent([Party.OPERATOR])
    answer(
        work.session(),
        auth.caller().actor,
        told.id,
        said.month_on,
        said.party,
        said.reason,
        desk.now(),
        proposes_end=said.proposes_end,
    )
    flash(gettext("答复已提交，其他各方会收到通知"))
    return redirect(url_for(".one", agreement_id=agreement_id), 303)


@pages.post("/sharing/<agreement_id>/withdraw", permission=_WITHDRAW, form="one")
def withdraw(agreement_id: str) -> BaseResponse:
    """Take a window back for its owner, in time; who booked is told."""
    told = _own(agreement_id)
    found = window_sent(told.id)
    reason = request.form.get("reason", "")[:_LONGEST_REASON]
    moved = withdraw_window(work.session(), auth.caller().actor, found.id, reason, desk.now())
    flash(gettext("时段已收回：%(bookings)s", bookings=moved_in_words(moved)))
    return redirect(url_for(".one", agreement_id=agreement_id), 303)


def _own(agreement_id: str) -> AgreementView:
    """An agreement whose operator my organisation is. Raises AgreementUnknown."""
    told = agreement(work.session(), agreement_id)
    if told is None or told.organisation_id != desk.organisation_id():
        raise AgreementUnknown
    return told
