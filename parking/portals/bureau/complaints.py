"""What do people report, what is owed by when, and what was said? The list, one complaint, a new one."""

from __future__ import annotations

from flask import Response, flash, redirect, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from parking.accounts.rules import Permission
from parking.complaints import queries, service
from parking.complaints.errors import ComplaintRefused
from parking.complaints.queries import Asked
from parking.complaints.rules import ENDED, ComplaintKind, ComplaintSource, ComplaintState
from parking.complaints.service import ComplaintDraft
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.ids import new_id
from parking.lots import queries as lots
from parking.plates.rules import without_plates
from parking.portals._http import auth, uploads, work
from parking.portals._http.complaint_texts import KINDS, SOURCES, STATES
from parking.portals._http.forms import sent
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals._http.sheets import SheetKind, sheet
from parking.portals.bureau import desk
from parking.portals.bureau.complaint_desk import ACT_NAMES, ANSWER, READ, name_of, open_acts, page, reach
from parking.portals.bureau.within import card_within, may_here

pages = Pages("bureau_complaints", __name__, "bureau")
_SHOWN = {
    "open": (ComplaintState.RECEIVED, ComplaintState.TAKEN, ComplaintState.ANSWERED),
    "forwarded": (ComplaintState.FORWARDED,),
    "overdue": None,
    "ended": tuple(ENDED),
    "all": None,
}
_MOST_EXPORTED = 20_000
_CODE = "complaint_code_told"


@pages.get("/complaints", permission=READ, nav=N_("市民反映"), nav_order=44)
def listed() -> Response:
    """Complaints by what is due first; the numbers above lead to their rows."""
    reading, mine = work.session(), reach(READ)
    show, asked = _asked()
    everywhere = Asked(kind=asked.kind, district=asked.district)
    counts = queries.counts(reading, mine, everywhere, desk.today())
    sums = {
        name: counts["overdue"]
        if name == "overdue"
        else sum(counts.get(state, 0) for state in states or ComplaintState)
        for name, states in _SHOWN.items()
    }
    return page(
        "list.html",
        found=queries.complaints(reading, mine, asked, after=request.args.get("after")),
        show=show,
        sums=sums,
        kind=asked.kind,
        district=asked.district,
        districts=desk.my_districts(),
        kinds=desk.options(KINDS),
        doubted=queries.doubted_lots(reading, desk.now(), mine),
        may_enter=auth.caller().may(ANSWER),
        may_export=auth.caller().may(Permission.BUREAU_EXPORTS_READ),
    )


def _asked() -> tuple[str, Asked]:
    """Which list is asked for, and with which filters."""
    show = request.args.get("show", "open")
    show = show if show in _SHOWN else "open"
    kind = request.args.get("kind", "")
    return show, Asked(
        states=_SHOWN[show],
        kind=ComplaintKind(kind) if kind in set(ComplaintKind) else None,
        district=request.args.get("district") or None,
        overdue_on=desk.today() if show == "overdue" else None,
    )


@pages.get("/complaints.<any(csv, xlsx):form>", permission=Permission.BUREAU_EXPORTS_READ)
def export(form: str) -> Response:
    """The list as a file, what looks like a plate masked; no telephone number is in it."""
    _, asked = _asked()
    mine = reach(Permission.BUREAU_EXPORTS_READ)
    found = queries.complaints(work.session(), mine, asked, limit=_MOST_EXPORTED)
    header = [
        gettext("编号"),
        gettext("停车场"),
        gettext("镇（街道）"),
        gettext("问题"),
        gettext("来源"),
        gettext("情况"),
        gettext("状态"),
        gettext("收到时间"),
        gettext("期限"),
    ]
    rows = [
        [
            row.number,
            row.place,
            desk.district_name(row.district_code),
            gettext(KINDS[ComplaintKind(row.kind)]),
            gettext(SOURCES[ComplaintSource(row.source)]),
            without_plates(row.text),
            gettext(STATES[ComplaintState(row.state)]),
            row.received_at.astimezone(desk.zone()),
            row.due_on,
        ]
        for row in found.rows
    ]
    return sheet(SheetKind(form), f"complaints-{desk.today():%Y%m%d}", header, rows)


@pages.get("/complaints/new", permission=ANSWER)
def new() -> Response:
    """Enter what somebody told: the lot by its code, or `?lot_id=` from the lot's page."""
    lot_id = request.args.get("lot_id")
    card = card_within(ANSWER, lot_id) if lot_id else None
    sources = {source: text for source, text in SOURCES.items() if source is not ComplaintSource.WEB}
    return page(
        "new.html",
        card=card,
        kinds=desk.options(KINDS),
        sources=desk.options(sources),
        form_key=new_id(24),
    )


@pages.post("/complaints/new", permission=ANSWER)
def enter() -> Redirect:
    """It is entered; its code is shown once, to be told to whoever called."""
    source = sent("source")
    if source not in set(ComplaintSource) - {ComplaintSource.WEB}:
        _refuse("source", N_("请选择来源"))
    lot_id = request.args.get("lot_id") or lots.ids_by_code(work.session(), [sent("lot")]).get(sent("lot"))
    if lot_id is None:
        _refuse("lot", N_("没有这个编号的停车场"))
    draft = ComplaintDraft(
        lot_id or "",
        sent("kind"),
        sent("text"),
        source=ComplaintSource(source),
        source_number=sent("source_number"),
        phone=sent("phone"),
        form_key=sent("form_key") or None,
    )
    service.check_complaint(draft)
    made = service.complain(
        work.session(), auth.caller().actor, draft, services().sealer, desk.now(), reach(ANSWER)
    )
    session[_CODE] = [made.id, made.code]
    flash(gettext("已登记。"))
    return redirect(url_for(".complaint", complaint_id=made.id), 303)


def _refuse(name: str, text: str) -> None:
    raise ComplaintRefused(problems=[FieldProblem(name, "missing", text)], count=1)


@pages.get("/complaints/<complaint_id>", permission=READ)
def complaint(complaint_id: str) -> Response:
    """One complaint: what was said, what was done, and what can be done next."""
    reading, mine = work.session(), reach(READ)
    seen = queries.complaint(reading, complaint_id, mine)
    may_answer = may_here(ANSWER, seen.row.district_code)
    acts = open_acts(seen) if may_answer else []
    original = seen.duplicate_of_id
    told = session.pop(_CODE, None) if session.get(_CODE, [""])[0] == complaint_id else None
    return page(
        "one.html",
        complaint=seen,
        acts=acts,
        act_names=ACT_NAMES,
        caller_phone=service.phone_of(
            complaint_id, seen.phone_sealed if may_answer else None, services().sealer
        ),
        original=queries.complaint(reading, original).row if original else None,
        name=name_of(step.actor for step in seen.steps),
        code=told[1] if told else None,
    )


@pages.get("/complaints/<complaint_id>/photo", permission=READ)
def photo(complaint_id: str) -> Response:
    """What the photo shows, as an attachment."""
    kept = queries.photo(work.session(), complaint_id, reach(READ))
    return uploads.attachment(kept.sha256, kept.media_type, kept.name)
