"""What is wrong at this lot, and what became of what I reported? No login: a receipt code is proof enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, redirect, request, session, url_for
from flask_babel import gettext

from parking.boundary.files import FileRefused, FileTooLarge
from parking.city import queries as cities
from parking.complaints import queries, service
from parking.complaints.errors import (
    AttemptsExceeded,
    CodeWrong,
    ComplaintNotFound,
    ComplaintRefused,
    ReopenedAlready,
)
from parking.complaints.queries import ComplaintView
from parking.complaints.rules import PHONE_MOST, TEXT_MOST, ComplaintKind, may_reopen, reopen_days
from parking.complaints.service import ComplaintDraft
from parking.kernel.actors import Actor
from parking.kernel.errors import N_
from parking.kernel.ids import new_id
from parking.lookup.queries import LotView
from parking.portals._http import formats, forms, uploads, work
from parking.portals._http.complaint_texts import KINDS, words
from parking.portals._http.pages import allow_body
from parking.portals._http.services import services
from parking.portals.citizen import strangers
from parking.portals.citizen.views import name_of

blueprint = Blueprint("complaints", __name__, template_folder="templates")
allow_body(blueprint, "send", uploads.BODY_LIMIT)

_CITIZEN = Actor("citizen", "web")
_PHOTO_MEGABYTES = 10
_RECEIPT, _OPENED = "complaint_receipt", "complaint_opened"
# Long enough to read an answer and to write that it is not settled.
_OPEN_FOR = timedelta(minutes=30)


class PhotoTypeUnknown(FileRefused):
    """Neither JPEG nor PNG, whatever its name says."""

    code = "photo_type_unknown"
    text = N_("只接收 jpg 和 png 照片")


@blueprint.get("/lots/<lot_id>/report")
def form(lot_id: str) -> Response:
    """Say what is wrong; `?kind=` comes from where the reader saw it."""
    return _form(services().lookup.one(lot_id), 200)


@blueprint.post("/lots/<lot_id>/report")
def send(lot_id: str) -> Response:
    """Take it in; what is refused comes back as it was typed."""
    return work.write(_send, {"lot_id": lot_id})


def _send(lot_id: str) -> Any:
    view, now, told = services().lookup.one(lot_id), services().clock.now(), request.form
    sender = _network()
    draft = ComplaintDraft(
        lot_id,
        told.get("kind", ""),
        told.get("text", ""),
        phone=told.get("phone", ""),
        sender=sender,
        form_key=told.get("form_key") or None,
    )
    try:
        service.check_complaint(draft)
        sent = _photo_sent()
        service.allow_complaint(work.session(), lot_id, sender, now)
        # From here on it counts as an attempt, also where the photo turns out to be none.
        work.keep()
        if sent:
            draft = replace(draft, photo=uploads.keep(*sent, "photo"))
        made = service.complain(work.session(), _CITIZEN, draft, services().sealer, now)
    except AttemptsExceeded as problem:
        return strangers.too_often(_form(view, 429, strangers.sentence_of(problem)), problem)
    except (ComplaintRefused, FileRefused) as problem:
        forms.refuse(problem)
        return _form(view, 422)
    session[_RECEIPT] = [made.id, made.code]
    return redirect(url_for("complaints.receipt"), 303)


def _photo_sent() -> tuple[str, bytes] | None:
    """The name and content of the photo that was chosen. Raises FileRefused for what cannot be one."""
    sent = uploads.received("photo")
    if sent is None:
        return None
    if len(sent[1]) > _PHOTO_MEGABYTES * 1_000_000:
        raise FileTooLarge(at="photo", megabytes=_PHOTO_MEGABYTES)
    if not sent[1].startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        raise PhotoTypeUnknown(at="photo")
    return sent


@blueprint.get("/complaints/receipt")
def receipt() -> Response:
    """The code, shown this once."""
    told = session.pop(_RECEIPT, None)
    if told is None:
        return _page("ask.html", 200, problem=None)
    complaint_id, code = told
    return _page("receipt.html", 200, complaint=queries.complaint(work.session(), complaint_id), code=code)


@blueprint.get("/complaints")
def ask() -> Response:
    """A form for the receipt code."""
    return _page("ask.html", 200, problem=None)


@blueprint.post("/complaints")
def enter() -> Response:
    """Look the code up; wrong ones are counted, and all look alike."""
    return work.write(_enter, {})


def _enter() -> Any:
    now = services().clock.now()
    try:
        code = strangers.sent("code")
        complaint_id = service.find_by_code(work.session(), code, _network(), now)
    except (CodeWrong, AttemptsExceeded) as problem:
        work.keep()
        status = 422 if isinstance(problem, CodeWrong) else 429
        page = _page("ask.html", status, problem=strangers.sentence_of(problem))
        return strangers.too_often(page, problem)
    session[_OPENED] = [complaint_id, (now + _OPEN_FOR).isoformat()]
    return redirect(url_for("complaints.mine"), 303)


@blueprint.get("/complaints/mine")
def mine() -> Response:
    """Where it stands, and the answer."""
    found = _opened()
    return _page("ask.html", 200, problem=None) if found is None else _mine(found, 200)


@blueprint.post("/complaints/mine")
def reopen() -> Response:
    """It is not settled: once, within some days of the answer."""
    return work.write(_reopen, {})


def _reopen() -> Any:
    found = _opened()
    if found is None:
        return _page("ask.html", 422, problem=gettext("请先输入回执码"))
    try:
        text = request.form.get("text", "")
        service.reopen(work.session(), _CITIZEN, found.row.id, now=services().clock.now(), text=text)
    except (ComplaintRefused, ReopenedAlready) as problem:
        forms.refuse(problem)
        return _mine(found, 422)
    return redirect(url_for("complaints.mine"), 303)


def _opened() -> ComplaintView | None:
    """The complaint whose code was entered in this browser a while ago; the cookie is signed by us."""
    told = session.get(_OPENED)
    if told is None or datetime.fromisoformat(told[1]) <= services().clock.now():
        return None
    try:
        return queries.complaint(work.session(), told[0])
    except ComplaintNotFound:
        return None


def _mine(found: ComplaintView, status: int) -> Response:
    reading, now = work.session(), services().clock.now()
    answering = found
    while answering.duplicate_of_id is not None:
        answering = queries.complaint(reading, answering.duplicate_of_id)
    city = cities.city_view(reading, cities.today(reading, now))
    days = reopen_days(city)
    answered_at = found.row.answered_at
    return _page(
        "mine.html",
        status,
        complaint=found,
        answering=answering,
        by_operator=(answering.answered_by or "").startswith("member:"),
        may_reopen=may_reopen(found.state, answered_at, found.reopened_at, now, days),
        reopen_until=answered_at + timedelta(days=days) if answered_at else None,
        text_most=TEXT_MOST,
    )


def _form(view: LotView, status: int, problem: str | None = None) -> Response:
    kind = request.args.get("kind", "")
    guess = ""
    if kind == ComplaintKind.COUNT_WRONG and view.free is not None:
        guess = gettext("页面显示空位 %(number)s 个，与现场不符。", number=view.free)
    return _page(
        "form.html",
        status,
        lot_id=view.card.id,
        lot_name=name_of(view.card.name, view.card.name_en),
        kinds=[(str(each), gettext(text)) for each, text in KINDS.items()],
        kind=kind,
        guess=guess,
        form_key=new_id(24),
        problem=problem,
        text_most=TEXT_MOST,
        phone_most=PHONE_MOST,
        takes_photos=services().files is not None,
        megabytes=_PHOTO_MEGABYTES,
    )


def _network() -> str:
    """Under our key: whoever reads the table learns no address."""
    return strangers.network("complaint", services().secret_key)


def _page(template: str, status: int, **context: Any) -> Response:
    reading, now = work.session(), services().clock.now()
    return strangers.page(
        f"complaints/{template}",
        status,
        zone=formats.zone_of(services().lookup.city.time_zone),
        today=cities.today(reading, now),
        **words(),
        **context,
    )
