"""What did I file, where does it stand, and what happens next? Lists, the task list, receipts, giving up."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext

from parking.accounts import queries as accounts
from parking.accounts.rules import Permission
from parking.filings import queries as filing_queries
from parking.filings import service
from parking.filings.errors import FilingOpen
from parking.filings.queries import FilingView
from parking.filings.rules import (
    EDITABLE,
    OPEN,
    WAITING,
    FilingKind,
    Step,
    missing,
)
from parking.kernel.errors import N_, FieldProblem, InvalidInput
from parking.lots.queries import cards_of_organisation, lot_cards
from parking.portals._http import auth, formats, forms, work
from parking.portals._http.filing_texts import KINDS, district_text
from parking.portals._http.pages import Pages
from parking.portals.operator import desk
from parking.portals.operator.mending import items_of, parts_of, reasons_of, tasks_of, wrong_of
from parking.portals.operator.telling import STANDS, course_of, due_of, due_sentence

pages = Pages("operator_filings", __name__, "operator")


class KindUnknown(InvalidInput):
    """Nothing was chosen."""

    code = "filing_kind_unknown"
    text = N_("请选择要办理的事项")


class LotNotChosen(InvalidInput):
    """A change, renewal or closure is about a lot."""

    code = "filing_lot_not_chosen"
    text = N_("请选择停车场")


_READ, _EDIT = Permission.OPERATOR_FILINGS_READ, Permission.OPERATOR_FILINGS_EDIT
_MOST = 200


@pages.get("/filings", permission=_READ, nav=N_("我的申请"), nav_order=10)
def filings() -> Response:
    """All of them: what waits for me, what waits for the bureau, what is over."""
    mine = filing_queries.filings_of(work.session(), desk.organisation_id(), limit=_MOST)
    parts = (
        (N_("等我办理"), [row for row in mine if row.state in EDITABLE]),
        (N_("办理中"), [row for row in mine if row.state in WAITING]),
        (N_("已办结"), [row for row in mine if row.state not in OPEN]),
    )
    return desk.page("filings.html", parts=[(title, rows) for title, rows in parts if rows])


@pages.get("/filings/new", permission=_EDIT)
def new() -> Response:
    """What is to be filed, and for which lot; the papers to have ready are named before anything is asked."""
    cards = cards_of_organisation(work.session(), desk.organisation_id(), desk.today())
    told = (
        (FilingKind.REGISTRATION, gettext("停车场第一次备案")),
        (FilingKind.CHANGE, gettext("车位数、开放时间、收费或经营单位变了")),
        (FilingKind.RENEWAL, gettext("备案证明快到期，继续有效")),
        (FilingKind.CLOSURE, gettext("停车场不再使用")),
        (FilingKind.SHARING, gettext("错时共享：夜间和周末把空车位借给市民")),
    )
    documents = [each for each in desk.city().told("documents", ()) if "registration" in each["kinds"]]
    return desk.page(
        "new.html",
        kinds=[(kind, gettext(KINDS[kind]), hint) for kind, hint in told],
        lots=[(card.id, card.name) for card in cards if card.certificate_no],
        chosen_lot=request.args.get("lot_id", ""),
        needs=[
            {
                "name": desk.in_language(each["name_zh"], each.get("name_en")),
                "hint": desk.in_language(each.get("hint_zh"), each.get("hint_en")),
            }
            for each in documents
        ],
    )


@pages.post("/filings", permission=_EDIT, form="new")
def create() -> Response:
    """Begin a draft and show its task list."""
    kind = request.form.get("kind", "")
    if kind not in set(FilingKind):
        raise KindUnknown(problems=[FieldProblem("kind", KindUnknown.code, KindUnknown.text)])
    lot_id = request.form.get("lot_id") or None
    registers = kind == FilingKind.REGISTRATION
    if lot_id is None and not registers:
        raise LotNotChosen(problems=[FieldProblem("lot_id", LotNotChosen.code, LotNotChosen.text)])
    try:
        filing_id = service.draft_filing(
            work.session(),
            auth.caller().actor,
            organisation_id=desk.organisation_id(),
            kind=FilingKind(kind),
            lot_id=None if registers else lot_id,
            now=desk.now(),
        )
    except FilingOpen as other:
        flash(gettext("这个停车场已有一份同类申请，已为您打开。"))
        return _to_filing(desk.own_filing(other.filing_id).id)
    return _to_filing(filing_id)


@pages.get("/filings/<filing_id>", permission=_READ)
def filing(filing_id: str) -> Response:
    """One filing: its task list while it can be changed, afterwards what was filed and how it stands."""
    told = desk.own_filing(filing_id)
    editable = told.state in EDITABLE
    return desk.page(
        "filing.html",
        filing=told,
        sentence=gettext(STANDS[told.state], authority=desk.authority()),
        due_line=due_of(told, desk.today(), desk.calendar()),
        editable=editable and auth.may(_EDIT),
        open=told.state in OPEN,
        items=items_of(told),
        reasons=reasons_of(told),
        tasks=tasks_of(told) if editable else [],
        missing=len(missing(desk.city(), told.kind, told.answers, told.documents)) if editable else 0,
        wrong=len(wrong_of(told)) if editable else 0,
        groups=[] if editable else parts_of(told),
        needs=desk.needs_of(told),
        steps=course_of(told.steps, _names(told), desk.authority(), desk.zone()),
        **_claimed(told),
    )


def _claimed(told: FilingView) -> dict[str, Any]:
    """Whether this registration may be a lot of the register, and which one was said to be it."""
    asked = told.kind is FilingKind.REGISTRATION
    cards = []
    if told.claimed_lot_id:
        cards = lot_cards(work.session(), desk.today(), [told.claimed_lot_id])
    ready = bool(told.answers.get("name") and told.answers.get("position"))
    return {
        "candidates_asked": asked,
        "claimed": cards[0].name if cards else None,
        "ready_to_match": asked and ready,
    }


def _names(told: FilingView) -> dict[str, str]:
    """The names of my organisation's people; who decides is the authority."""
    ids = {step.actor.removeprefix("member:") for step in told.steps if step.actor.startswith("member:")}
    return accounts.display_names(work.session(), ids) if ids else {}


@pages.get("/filings/<filing_id>/candidates", permission=_EDIT)
def candidates(filing_id: str) -> Response:
    """Is it already in the register? Lots whose name is alike, or that lie within 50 m."""
    told = desk.own_filing(filing_id)
    if told.state not in EDITABLE:
        return not_editable(told)
    found = filing_queries.candidates(work.session(), told, desk.today())
    options = [
        (
            each.card.id,
            each.card.name,
            " · ".join(
                part
                for part in (
                    district_text(desk.city(), each.card.district_code),
                    each.card.address,
                    gettext("相距 %(distance)s", distance=formats.distance(each.distance_m)),
                    gettext("登记 %(count)s 个车位", count=sum(s.capacity for s in each.card.spaces)),
                )
                if part
            ),
        )
        for each in found
    ]
    options.append(("", gettext("都不是，这是一个新的停车场"), ""))
    return desk.page("candidates.html", filing=told, candidates=found, options=options)


@pages.post("/filings/<filing_id>/candidates", permission=_EDIT)
def claim(filing_id: str) -> Response:
    """Say which lot of the register it is, or that it is none of them."""
    lot_id = request.form.get("lot_id") or None
    told = desk.own_filing(filing_id)
    filing_queries.check_proposed(work.session(), told, lot_id, desk.today())
    service.claim_lot(
        work.session(),
        auth.caller().actor,
        filing_id=filing_id,
        organisation_id=desk.organisation_id(),
        lot_id=lot_id,
        version=forms.sent_version(),
        now=desk.now(),
    )
    flash(gettext("已保存"))
    return _to_filing(filing_id)


@pages.get("/filings/<filing_id>/receipt", permission=_READ)
def receipt(filing_id: str) -> Response:
    """What was submitted, when, under which number, and what happens next by when."""
    told = desk.own_filing(filing_id)
    sent = [step for step in told.steps if step.step in (Step.SUBMITTED, Step.CORRECTED)]
    if not sent or told.number is None:
        return _to_filing(filing_id)
    last = sent[-1]
    return desk.page(
        "receipt.html",
        filing=told,
        corrected=last.step is Step.CORRECTED,
        submitted_at=last.at,
        next=_next(told, last.due_what, last.due_on),
    )


def _next(told: FilingView, due_what: Any, due_on: Any) -> list[str]:
    lines = []
    if due_on is not None:
        lines.append(
            gettext(
                "%(authority)s收到申请，%(due)s。",
                authority=desk.authority(),
                due=due_sentence(due_what, due_on),
            )
        )
    days = int(desk.city().told("filings.decide_days", 5))
    lines.append(gettext("如有缺漏，会一次性告知需要补正的全部内容。"))
    lines.append(gettext("受理后 %(days)s 个工作日内作出决定。", days=days))
    if told.kind is not FilingKind.CLOSURE:
        lines.append(gettext("予以备案后，可在这里查看、打印带二维码的备案证明。"))
    return lines


@pages.get("/filings/<filing_id>/give-up", permission=_EDIT)
def give_up(filing_id: str) -> Response:
    """Ask once more before a filing is abandoned."""
    told = desk.own_filing(filing_id)
    if told.state not in OPEN:
        return not_editable(told)
    return desk.page("give_up.html", filing=told)


@pages.post("/filings/<filing_id>/give-up", permission=_EDIT)
def abandon(filing_id: str) -> Response:
    """Abandon it: nothing can be changed afterwards."""
    service.abandon(
        work.session(),
        auth.caller().actor,
        filing_id=filing_id,
        organisation_id=desk.organisation_id(),
        version=forms.sent_version(),
        reason=None,
        now=desk.now(),
    )
    flash(gettext("申请已放弃"))
    return _to_filing(filing_id)


@pages.post("/filings/<filing_id>/copy", permission=_EDIT, form="filing")
def copy(filing_id: str) -> Response:
    """A new draft with the same answers; papers belong to one lot and are not copied."""
    copied = service.copy_filing(
        work.session(),
        auth.caller().actor,
        filing_id=filing_id,
        organisation_id=desk.organisation_id(),
        now=desk.now(),
    )
    flash(gettext("已复制为新的草稿，请改好名称和位置，并重新上传材料。"))
    return _to_filing(copied)


def not_editable(told: FilingView) -> Response:
    """Whoever comes back to a form that is closed sees how the filing stands, and why."""
    flash(gettext("这份申请现在不能修改，下面是它的当前状态。"))
    return _to_filing(told.id)


def _to_filing(filing_id: str) -> Response:
    return redirect(url_for("operator_filings.filing", filing_id=filing_id), 303)  # type: ignore[return-value]
