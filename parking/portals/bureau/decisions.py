"""One filing on one page, and the decision: a form, a step that names the consequence, then it is done."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from markupsafe import Markup

from parking.accounts.rules import Permission
from parking.filings import queries, service
from parking.filings.errors import AlreadyDecided, FilingClaimed, FilingNotFound
from parking.filings.queries import FilingView
from parking.filings.rules import WAITING, FilingKind, Step
from parking.filings.rules.items import Item, correction_items, told_items
from parking.portals._http import auth, formats, forms, work
from parking.portals._http.filing_texts import KINDS, STATE_TAGS, STATES, STEPS
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals.bureau import desk
from parking.portals.bureau.dues import OWED, due_words
from parking.portals.bureau.one_filing import in_my_districts, one_filing, refuse_overtaken
from parking.portals.bureau.ways import (
    WAYS,
    Way,
    absent,
    consequences,
    items_of,
    label_of,
    sections_of,
    ways_of,
)

pages = Pages("bureau_decisions", __name__, "bureau")
_DECIDE = Permission.BUREAU_FILINGS_DECIDE


@pages.get("/filings/<filing_id>", permission=Permission.BUREAU_FILINGS_READ)
def filing(filing_id: str) -> Response:
    """Everything about one filing."""
    found = in_my_districts(filing_id, Permission.BUREAU_FILINGS_READ)
    here, caller = services(), auth.caller()
    may_decide = caller.may_in(_DECIDE, found.district_code)
    held = found.claimed_until_at is not None and found.claimed_until_at > desk.now()
    actor = desk.names_of([*(step.actor for step in found.steps), f"officer:{found.claimed_by}"])
    return desk.page(
        "filing.html",
        filing=found,
        one=one_filing(found),
        due=due_words(found.due_on),
        ways=ways_of(found) if may_decide else (),
        may_decide=may_decide,
        is_waiting=found.state in WAITING,
        holder=actor(f"officer:{found.claimed_by}") if held else None,
        is_mine=held and found.claimed_by == caller.account_id,
        actor=actor,
        kinds=KINDS,
        states=STATES,
        tags=STATE_TAGS,
        steps=STEPS,
        label_of=label_of,
        owed=OWED,
        has_tiles=here.map_pmtiles is not None,
        tianditu_key=here.map_tianditu_key,
    )


@pages.get("/filings/<filing_id>/decide/<step>", permission=_DECIDE)
def decide(filing_id: str, step: str) -> Response:
    """The form of a decision; what needs no reasons is confirmed here at once."""
    found = in_my_districts(filing_id, _DECIDE)
    way = _way(step)
    if way not in ways_of(found):
        flash(gettext("这份申请现在不能这样决定。"))
        return redirect(url_for("bureau_decisions.filing", filing_id=filing_id), 303)  # type: ignore[return-value]
    is_joinable = way.step is Step.APPROVED and found.kind is FilingKind.REGISTRATION
    return desk.page(
        "decide.html",
        filing=found,
        way=way,
        kinds=KINDS,
        sections=sections_of(found, way.reasons) if way.reasons else (),
        absent=absent(found) if way.step in (Step.CORRECTION_REQUESTED, Step.ACCEPTED) else (),
        consequences=[] if way.reasons else consequences(found, way.step, 0),
        join_options=_join_options(found) if is_joinable else (),
        joined=found.claimed_lot_id or "",
    )


def _in_chinese(name: str) -> Markup:
    return Markup('<span lang="zh-CN">{}</span>').format(name)


def _join_options(found: FilingView) -> list[tuple[str, str, str]]:
    """A lot of its own, or one of those in the register that it may be."""
    likely = queries.candidates(work.session(), found, desk.today())
    if not likely and found.claimed_lot_id is None:
        return []
    options = [("", gettext("登记为一个新的停车场"), "")]
    return options + [
        (
            each.card.id,
            Markup(gettext("并入登记中的“%(name)s”")) % {"name": _in_chinese(each.card.name)},  # noqa: S704
            f"{each.card.code} · {formats.distance(each.distance_m)}",
        )
        for each in likely
    ]


@pages.post("/filings/<filing_id>/decide/<step>", permission=_DECIDE)
def decide_now(filing_id: str, step: str) -> Response:
    """Check what was said, name the consequence, and at the second press do it."""
    found = in_my_districts(filing_id, _DECIDE)
    way, act = _way(step), request.form.get("act")
    if act == "edit":
        return forms.show_again("bureau_decisions.decide", {"filing_id": filing_id, "step": step})
    if act == "confirm":
        try:
            _carry_out(found, way)
        except (AlreadyDecided, FilingClaimed) as conflict:
            return refuse_overtaken(filing_id, conflict)
        flash(gettext("已办理：%(step)s。", step=gettext(STEPS[way.step])))
        return redirect(url_for("bureau_decisions.filing", filing_id=filing_id), 303)  # type: ignore[return-value]
    return _confirm(found, way)


def _confirm(found: FilingView, way: Way) -> Response:
    raw = request.form.to_dict(flat=False)
    said, city = _items(found, way), desk.city()
    if way.step is Step.CORRECTION_REQUESTED:
        told = correction_items(said, city, found.kind, found.answers, found.documents)
    else:
        told = told_items(said, way.reasons or "", city, found.kind, found.answers)
    kept = [
        (name, value)
        for name, values in raw.items()
        for value in values
        if name.startswith(("reason.", "words.", "join", "version"))
    ]
    return desk.page(
        "confirm.html",
        filing=found,
        way=way,
        kinds=KINDS,
        told_items=told,
        label_of=label_of,
        consequences=consequences(found, way.step, len(told)),
        kept=kept,
    )


def _items(found: FilingView, way: Way) -> list[Item]:
    return items_of(found, way.reasons or "", request.form.to_dict(flat=False))


def _carry_out(found: FilingView, way: Way) -> None:
    session, actor, now = work.session(), auth.caller().actor, desk.now()
    told = request.form.get("version", "")
    version = int(told) if told.isdecimal() and len(told) < 10 else 0
    if way.step is Step.ACCEPTED:
        service.accept(session, actor, found.id, version, now)
    elif way.step is Step.CORRECTION_REQUESTED:
        service.request_correction(session, actor, found.id, version, _items(found, way), now)
    elif way.step is Step.REFUSED:
        service.refuse(session, actor, found.id, version, _items(found, way), now)
    elif way.step is Step.RETURNED:
        service.return_filing(session, actor, found.id, version, _items(found, way), now)
    else:
        if "join" in request.form:
            lot_id = request.form["join"] or None
            queries.check_proposed(session, found, lot_id, desk.today())
            version = service.join_lot(session, actor, found.id, lot_id, version, now)
        service.approve(session, actor, found.id, version, now)


def _way(step: str) -> Way:
    way = WAYS.get(Step(step)) if step in set(Step) else None
    if way is None:
        raise FilingNotFound
    return way
