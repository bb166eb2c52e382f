"""Which lots lend their spaces, who answers for what, and what may the supervisor stop? At the console."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from parking.accounts.rules import Permission
from parking.kernel.days import midnight
from parking.kernel.errors import N_
from parking.lots.queries import LotCard
from parking.portals._http import auth, work
from parking.portals._http.forms import sent, sent_version
from parking.portals._http.moments import sent_day
from parking.portals._http.pages import Pages
from parking.portals._http.sharing_answers import answer_sent, opinions, speakers
from parking.portals._http.sharing_texts import moved_in_words, words
from parking.portals._http.window_choice import window_choices, window_sent
from parking.portals.bureau import desk
from parking.portals.bureau.day_bars import DayBar, day_bar
from parking.portals.bureau.within import cards_within, may_here
from parking.sharing.errors.agreements import AgreementRefused, AgreementUnknown
from parking.sharing.queries.agreements import AgreementView, agreement, agreements
from parking.sharing.queries.questions import QuestionView, questions
from parking.sharing.queries.waiting import spans_planned
from parking.sharing.queries.windows import windows_of
from parking.sharing.rules.agreements import AgreementState, Party
from parking.sharing.rules.questions import REASON_MOST
from parking.sharing.rules.windows import Span, WindowState
from parking.sharing.service.confirming import supervise
from parking.sharing.service.ending import NEVER_IN_FORCE, end_agreement, resume, suspend
from parking.sharing.service.questions import answer
from parking.sharing.service.windows import withdraw_window
from parking.tariffs.queries import tariff_view

pages = Pages("bureau_sharing", __name__, "bureau")
_READ, _SUPERVISE = Permission.BUREAU_SHARING_READ, Permission.BUREAU_SHARING_SUPERVISE
_SHOWN_DAYS = 8
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Row:
    """An agreement with its lot, and what its parties were asked and did not all answer."""

    told: AgreementView
    card: LotCard
    waits: bool = False

    @property
    def spaces(self) -> int:
        return sum(part.spaces for part in self.told.parts)


@pages.get("/sharing", permission=_READ, nav=N_("错时共享"), nav_order=45)
def listed() -> Response:
    """The agreements of my districts; the ended ones only where they are asked for."""
    everything = rows()
    state, district = request.args.get("state", ""), request.args.get("district", "")
    asked = request.args.get("asked") == "yes"
    shown = [
        row
        for row in everything
        if district in ("", row.card.district_code)
        and (state == row.told.state if state else row.told.state is not AgreementState.ENDED)
        and (row.waits or not asked)
    ]
    counts = Counter(row.told.state for row in everything)
    return _page(
        "listed.html",
        cut=desk.cut(shown),
        in_force=counts[AgreementState.IN_FORCE],
        suspended=counts[AgreementState.SUSPENDED],
        waiting=sum(row.waits for row in everything),
        asked=asked,
        any_rows=bool(everything),
        state=state,
        district=district,
        districts=desk.my_districts(),
    )


@pages.get("/sharing/<agreement_id>", permission=_READ)
def one(agreement_id: str) -> Response:
    """One agreement: its parties' duties, and the windows of the next days as a picture and a table."""
    row = _mine(agreement_id, _READ)
    since = midnight(desk.today(), desk.zone())
    windows = windows_of(work.session(), agreement_id, since, since + timedelta(days=_SHOWN_DAYS))
    spans = [(each.from_at, each.until_at) for each in windows if each.state is not WindowState.WITHDRAWN]
    is_planned = row.told.state in NEVER_IN_FORCE
    if is_planned:
        spans = spans_planned(work.session(), row.told, _SHOWN_DAYS, desk.now())
    days = [desk.today() + timedelta(days=step) for step in range(_SHOWN_DAYS)]
    may_act = may_here(_SUPERVISE, row.card.district_code)
    can_stop = row.told.state in (AgreementState.IN_FORCE, AgreementState.SUSPENDED)
    earliest_on = desk.today() + timedelta(days=row.told.notice_days)
    return _page(
        "one.html",
        row=row,
        windows=[each for each in windows if each.until_at > desk.now()],
        days=[_bar(on, spans) for on in days],
        is_planned=is_planned,
        may_supervise=may_act and can_stop,
        may_confirm=may_act and row.told.state is AgreementState.PROPOSED,
        choices=window_choices(windows, row.told.withdraw_before_minutes, desk.now(), desk.zone()),
        earliest_on=earliest_on,
        reason_length=_LONGEST_REASON,
        answer_length=REASON_MOST,
        own_tariff=tariff_view(work.session(), row.told.tariff_id, desk.today())
        if row.told.tariff_id
        else None,
        **_questions(row),
    )


def _questions(row: Row) -> dict[str, Any]:
    """What the parties were asked, what they answered, and the first question that an officer may answer."""
    found = questions(work.session(), agreement_ids=[row.told.id])
    may_answer = may_here(_SUPERVISE, row.card.district_code)
    is_open = may_answer and row.told.state is not AgreementState.ENDED
    return {
        "questions": found,
        "to_answer": next(((each, _ours(each)) for each in found if is_open and _ours(each)), None),
        "speakers_of": speakers,
        "opinions": opinions(),
        "name_of": desk.names_of(told.answered_by for each in found for told in each.answers),
    }


def _ours(question: QuestionView) -> list[Party]:
    """For whom an officer may still answer: the operator does so for itself."""
    return [party for party in question.waits_for if party is not Party.OPERATOR]


@pages.post("/sharing/<agreement_id>/confirm", permission=_SUPERVISE, form="one")
def confirmed(agreement_id: str) -> Redirect:
    """Confirm as the supervisor what the others agreed: it comes into force."""
    told = _mine(agreement_id, _SUPERVISE).told
    made = supervise(work.session(), auth.caller().actor, told.id, sent_version(), desk.now()).made
    flash(gettext("共享协议已生效，%(count)s 个时段已开放", count=made))
    return redirect(url_for(".one", agreement_id=agreement_id), 303)


@pages.post("/sharing/<agreement_id>/suspend", permission=_SUPERVISE, form="one")
def rest(agreement_id: str) -> Redirect:
    """Let no window open until it is resumed."""
    told = _mine(agreement_id, _SUPERVISE).told
    moved = suspend(work.session(), auth.caller().actor, told.id, sent_version(), sent("reason"), desk.now())
    flash(gettext("共享已暂停：%(bookings)s", bookings=moved_in_words(moved)))
    return redirect(url_for(".one", agreement_id=agreement_id), 303)


@pages.post("/sharing/<agreement_id>/resume", permission=_SUPERVISE, form="one")
def carry_on(agreement_id: str) -> Redirect:
    """Let the windows to come open again."""
    told = _mine(agreement_id, _SUPERVISE).told
    count = resume(work.session(), auth.caller().actor, told.id, sent_version(), desk.now())
    flash(gettext("共享已恢复，%(count)s 个时段重新开放", count=count))
    return redirect(url_for(".one", agreement_id=agreement_id), 303)


@pages.post("/sharing/<agreement_id>/end", permission=_SUPERVISE, form="one")
def end(agreement_id: str) -> Redirect:
    """Give notice."""
    told = _mine(agreement_id, _SUPERVISE).told
    ends_on = sent_day("last_on", AgreementRefused) + timedelta(days=1)
    moved = end_agreement(
        work.session(), auth.caller().actor, told.id, sent_version(), ends_on, sent("end_reason"), desk.now()
    )
    if told.state is AgreementState.PROPOSED:
        flash(gettext("已终止"))
    else:
        flash(gettext("已通知终止：%(bookings)s", bookings=moved_in_words(moved)))
    return redirect(url_for(".one", agreement_id=agreement_id), 303)


@pages.post("/sharing/<agreement_id>/answer", permission=_SUPERVISE, form="one")
def reply(agreement_id: str) -> Redirect:
    """Answer for the supervisor why nobody came, or write down what the owner said."""
    told, said = _mine(agreement_id, _SUPERVISE).told, answer_sent((Party.SUPERVISOR, Party.OWNER))
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
    flash(gettext("答复已登记，其他各方会收到通知"))
    return redirect(url_for(".one", agreement_id=agreement_id), 303)


@pages.post("/sharing/<agreement_id>/withdraw", permission=_SUPERVISE, form="one")
def withdraw(agreement_id: str) -> Redirect:
    """Take one window back for its owner, in time."""
    told = _mine(agreement_id, _SUPERVISE).told
    found = window_sent(told.id)
    moved = withdraw_window(
        work.session(), auth.caller().actor, found.id, sent("withdraw_reason"), desk.now()
    )
    flash(gettext("时段已收回：%(bookings)s", bookings=moved_in_words(moved)))
    return redirect(url_for(".one", agreement_id=agreement_id), 303)


def rows() -> list[Row]:
    """The agreements of my districts, the ended ones last."""
    views = agreements(work.session())
    cards = cards_within(_READ, {view.lot_id for view in views})
    waiting = {each.agreement_id for each in questions(work.session(), standing=True) if each.waits_for}
    return [Row(view, cards[view.lot_id], view.id in waiting) for view in views if view.lot_id in cards]


def _mine(agreement_id: str, permission: Permission) -> Row:
    """An agreement where the caller may do this. Raises AgreementUnknown."""
    told = agreement(work.session(), agreement_id)
    card = cards_within(permission, [told.lot_id]).get(told.lot_id) if told else None
    if told is None or card is None:
        raise AgreementUnknown
    return Row(told, card)


def _bar(on: date, spans: Sequence[Span]) -> DayBar:
    """A city date with the spans in which spaces are lent."""
    return day_bar(on, spans, desk.now(), desk.zone(), none=gettext("不开放"), whole=gettext("全天开放"))


def _page(template: str, **context: Any) -> Response:
    return desk.page(f"sharing/{template}", **words(desk.now(), desk.zone()), **context)
