"""How do I book a space that is lent, look at my booking, and give it up? With a plate; no account."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, session, url_for
from flask_babel import gettext

from parking.kernel.codes import typed, written
from parking.kernel.errors import N_, FieldProblem
from parking.lookup.queries import FeeView, PlannedStay, Window
from parking.portals._http import formats, work
from parking.portals._http.moments import instant_of
from parking.portals._http.problems import sentence
from parking.portals._http.services import services
from parking.portals._http.sharing_texts import CLOSED_FOR, span_in_words
from parking.portals.citizen import strangers
from parking.portals.citizen.shares import Rules, rules_of
from parking.portals.citizen.views import fee_of, name_of
from parking.sharing.errors.bookings import (
    BookingAttemptsExceeded,
    BookingRefused,
    BookingsTooMany,
    BookingUnknown,
    NoSpaceGiven,
    TooLate,
    WindowClosed,
)
from parking.sharing.queries.agreements import agreements
from parking.sharing.queries.bookings import BookingView
from parking.sharing.rules.bookings import BookingAsk, BookingState
from parking.sharing.service import bookings

blueprint = Blueprint("booking", __name__, template_folder="templates")

_MINE = "booking"
_MINUTE = timedelta(minutes=1)
FIELDS = {
    "window": N_("共享时段"),
    "from": N_("到达时间"),
    "until": N_("离开时间"),
    "plate": N_("车牌号"),
    "phone": N_("手机号"),
}
STATES = {
    BookingState.BOOKED: N_("已预约"),
    BookingState.INSIDE: N_("已入场"),
    BookingState.OVERSTAYED: N_("已超时，请尽快驶离"),
    BookingState.LEFT: N_("已离场"),
    BookingState.NO_SHOW: N_("没有按时到达，车位已让出"),
    BookingState.CANCELLED: N_("已取消"),
    BookingState.WITHDRAWN: N_("这个时段不再开放，预约已取消"),
}


@blueprint.get("/lots/<lot_id>/book")
def ask(lot_id: str) -> Response:
    """The form for one window; the times are the stay that the reader told, as far as the window goes."""
    zone, now = _zone(), services().clock.now()
    window, left = _window(lot_id, request.args.get("window", ""))
    if window is None:
        return _form(lot_id, None, 0, {}, 404, [])
    at = instant_of(request.args.get("at", ""), zone) or now
    stay = request.args.get("stay", "")
    minutes = int(stay) if stay.isascii() and stay.isdigit() and len(stay) < 6 else 0
    from_at = max(window.from_at, at if at < window.until_at else now)
    until_at = min(window.until_at, from_at + minutes * _MINUTE) if minutes else window.until_at
    values = {"from": _typed(from_at, zone), "until": _typed(until_at, zone)}
    return _form(lot_id, window, left, values, 200, [])


@blueprint.post("/lots/<lot_id>/book")
def send(lot_id: str) -> Response:
    """Book. What cannot be is said at its field; the code of the booking is told on the next page."""
    zone, now, desk = _zone(), services().clock.now(), services().booking_desk
    values = {name: strangers.sent(name) for name in FIELDS}
    window, left = _window(lot_id, values["window"])
    if window is None or desk is None:
        return _form(lot_id, None, 0, values, 410, [])
    from_at, until_at = instant_of(values["from"], zone), instant_of(values["until"], zone)
    wrong = [
        FieldProblem(name, "not_a_time", N_("不是有效的时间，应如 2026-11-21 18:30"))
        for name, at in (("from", from_at), ("until", until_at))
        if at is None
    ]
    if from_at is None or until_at is None:
        return _form(lot_id, window, left, values, 422, wrong)
    wanted = BookingAsk(window.id, from_at, until_at, values["plate"], values["phone"] or None)
    try:
        booked = desk.book(wanted, strangers.network(), now)
    except BookingRefused as problem:
        return _form(lot_id, window, left, values, 422, list(problem.problems))
    except (NoSpaceGiven, WindowClosed, BookingsTooMany) as problem:
        status = {NoSpaceGiven: 409, WindowClosed: 410}.get(type(problem), 429)
        told = strangers.sentence_of(problem)
        return strangers.too_often(_form(lot_id, window, left, values, status, [], told), problem)
    session[_MINE] = {"id": booked.id, "code": booked.code}
    return make_response(redirect(url_for("booking.mine", booking_id=booked.id), 303))


@blueprint.get("/bookings")
def find() -> Response:
    """A form for the booking's number and its code."""
    return strangers.page(
        "booking_find.html", 200, number=request.args.get("number", "")[: strangers.LONGEST]
    )


@blueprint.post("/bookings")
def enter() -> Response:
    """Look at both together; wrong ones are counted, and all look alike."""
    number, code = (strangers.sent(name) for name in ("number", "code"))
    return work.write(_enter, {"number": number, "code": code})


def _enter(number: str, code: str) -> Any:
    try:
        found = bookings.look_up(work.session(), number, code, strangers.network(), services().clock.now())
    except (BookingUnknown, BookingAttemptsExceeded) as problem:
        work.keep()
        status = 422 if isinstance(problem, BookingUnknown) else 429
        told = strangers.sentence_of(problem)
        page = strangers.page("booking_find.html", status, number=number, problem=told)
        return strangers.too_often(page, problem)
    session[_MINE] = {"id": found.id, "code": written(typed(code))}
    return redirect(url_for("booking.mine", booking_id=found.id), 303)


@blueprint.get("/bookings/<booking_id>")
def mine(booking_id: str) -> Response:
    """A booking as it stands, with the code to keep, in the browser that booked it or knew the code."""
    return work.write(_mine, {"booking_id": booking_id, "is_cancelled": False})


@blueprint.post("/bookings/<booking_id>/cancel")
def cancel(booking_id: str) -> Response:
    """Give the booking up."""
    return work.write(_mine, {"booking_id": booking_id, "is_cancelled": True})


def _mine(booking_id: str, is_cancelled: bool) -> Any:
    known = session.get(_MINE) or {}
    if known.get("id") != booking_id:
        return redirect(url_for("booking.find", number=booking_id[: strangers.LONGEST]), 303)
    step, problem, status = bookings.cancel if is_cancelled else bookings.look_up, None, 200
    told = booking_id, known["code"], strangers.network(), services().clock.now()
    try:
        found = step(work.session(), *told)
    except TooLate as late:
        found, problem, status = bookings.look_up(work.session(), *told), strangers.sentence_of(late), 409
    except (BookingUnknown, BookingAttemptsExceeded) as wrong:
        work.keep()
        return strangers.page(
            "booking_find.html", 404, number=booking_id, problem=strangers.sentence_of(wrong)
        )
    if is_cancelled and problem is None:
        return redirect(url_for("booking.mine", booking_id=booking_id), 303)
    return _booking(found, known["code"], problem, status)


def _booking(found: BookingView, code: str, problem: str | None, status: int) -> Response:
    zone, now = _zone(), services().clock.now()
    entry = services().lookup.model.entry(found.lot_id)
    return strangers.page(
        "booking.html",
        status,
        booking=found,
        code=code,
        problem=problem,
        state=gettext(STATES[found.state]),
        states=BookingState,
        why=gettext(CLOSED_FOR[found.closed_for]) if found.closed_for else None,
        zone=zone,
        money=formats.money,
        lot_name=name_of(entry.card.name, entry.card.name_en) if entry else (found.lot_id, None),
        # Of a booking that is kept or printed, told beside its own beginning.
        leave_by=formats.near_end(
            found.until_at, found.from_at if found.state is BookingState.BOOKED else now, zone
        ),
    )


def _form(
    lot_id: str,
    window: Window | None,
    left: int,
    values: dict[str, str],
    status: int,
    problems: list[FieldProblem],
    refused: str | None = None,
) -> Response:
    here = services()
    zone, now = _zone(), here.clock.now()
    card = here.lookup.one(lot_id).card
    rules: Rules = ()
    fee = None
    if window is not None:
        with here.sessions() as reading:
            rules = next(map(rules_of, agreements(reading, ids=[window.agreement_id])), ())
        fee = _fee(window, values, zone)
    return strangers.page(
        "book.html",
        status,
        lot_id=lot_id,
        lot_name=name_of(card.name, card.name_en),
        window=window,
        left=left,
        span=None if window is None else span_in_words(window, now, zone),
        least=None if window is None else _typed(max(window.from_at, now), zone),
        most=None if window is None else _typed(window.until_at, zone),
        values=values,
        fee=fee,
        rules=rules,
        problems={each.field: sentence(each.text, each.params) for each in problems},
        field_names={name: gettext(text) for name, text in FIELDS.items()},
        refused=refused,
    )


def _fee(window: Window, values: dict[str, str], zone: tzinfo) -> str | None:
    """What the times in the form cost; None while they are no stay."""
    from_at, until_at = (instant_of(values.get(name, ""), zone) for name in ("from", "until"))
    if from_at is None or until_at is None or not timedelta() < until_at - from_at <= timedelta(days=31):
        return None
    stay = PlannedStay(from_at, int((until_at - from_at) / _MINUTE))
    fee: FeeView = services().lookup.model.shared_fee(window, stay)
    return fee_of(fee, stay)


def _window(lot_id: str, window_id: str) -> tuple[Window | None, int]:
    known = (each for each in services().lookup.windows(lot_id) if each[0].id == window_id)
    return next(known, (None, 0))


def _typed(at: datetime, zone: tzinfo) -> str:
    """As a browser's field of date and time holds it; a begun minute counts from its end on."""
    local = (at + timedelta(seconds=59)).astimezone(zone)
    return f"{local:%Y-%m-%dT%H:%M}"


def _zone() -> tzinfo:
    return formats.zone_of(services().lookup.city.time_zone)
