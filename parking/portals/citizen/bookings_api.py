"""How does a machine book a shared space for somebody, look at the booking, and give it up?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from flask import Response
from marshmallow import Schema, fields

from parking.kernel.errors import ParkingError
from parking.portals._http import problems, work
from parking.portals._http.api import ApiBlueprint
from parking.portals._http.fields import AtField, ChoiceField, PlainText
from parking.portals._http.negotiation import JSON
from parking.portals._http.services import services
from parking.portals.citizen import strangers
from parking.sharing.errors.bookings import BookingAttemptsExceeded, BookingsTooMany, WindowClosed
from parking.sharing.queries.bookings import BookingView
from parking.sharing.rules.bookings import BookingAsk, BookingState
from parking.sharing.service import bookings

blueprint = ApiBlueprint(
    "bookings", __name__, url_prefix="/api/v1", description="Bookings of shared spaces / 错时共享预约"
)
_JSON = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
# The answer is for whoever holds the code alone: nobody between us may keep it.
_KEPT_BY_NOBODY = {"Cache-Control": "no-store"}


class CodesTooMany(BookingAttemptsExceeded):
    """As HTTP says it."""

    status = 429


class AsksTooMany(BookingsTooMany):
    """As HTTP says it."""

    status = 429


class WindowGone(WindowClosed):
    """As HTTP says it."""

    status = 410


class AskSchema(Schema):
    """A space of a window, for one vehicle. A vehicle has at most one booking at a time."""

    window = PlainText(40, required=True, metadata={"description": "The shared window's id."})
    from_at = AtField(data_key="from", required=True, metadata={"description": "Inside the window."})
    until_at = AtField(data_key="until", required=True, metadata={"description": "Inside the same window."})
    plate = PlainText(40, required=True, metadata={"description": "Kept as a hash once the booking is over."})
    phone = PlainText(
        30,
        load_default=None,
        allow_none=True,
        metadata={"description": "To be told 30 and 10 minutes before the end; forgotten a day after it."},
    )


class CodeHeader(Schema):
    code = fields.String(
        data_key="Booking-Code", required=True, metadata={"description": "As it was told when you booked."}
    )


class BookingSchema(Schema):
    id = fields.String(required=True)
    state = ChoiceField(BookingState, required=True)
    lot = fields.String(required=True)
    window = fields.String(required=True)
    from_at = fields.DateTime(data_key="from", required=True)
    until_at = fields.DateTime(data_key="until", required=True)
    let_in_from = fields.DateTime(
        required=True, metadata={"description": "From when the gate opens for the vehicle."}
    )
    given_up_at = fields.DateTime(
        required=True, metadata={"description": "When others get the space if the vehicle did not come."}
    )
    grace_minutes = fields.Integer(required=True, metadata={"description": "After `until`, before overstay."})
    plate = fields.String(required=True, allow_none=True, metadata={"description": "Masked; then null."})
    entered_at = fields.DateTime(required=True, allow_none=True)
    left_at = fields.DateTime(required=True, allow_none=True)
    overstay_minutes = fields.Integer(required=True)
    fee_fen = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Of the whole stay, once it is over."}
    )
    overstay_fen = fields.Integer(
        required=True, allow_none=True, metadata={"description": "What of it the overstay added."}
    )
    moved_from = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The window that was closed, where this one took its place."},
    )


class BookedSchema(BookingSchema):
    code = fields.String(required=True, metadata={"description": "Told this once; we keep a hash of it."})


@blueprint.route("/bookings", methods=["POST"])
@blueprint.arguments(AskSchema)
@blueprint.response(201, BookedSchema)
@blueprint.alt_response(410, description="`window_closed`: it is over, was closed, or there is none.")
@blueprint.alt_response(
    409, description="`no_space_given`: full, or this plate has a booking or may not book."
)
def book(asked: Mapping[str, Any]) -> Response:
    """Book a space of a shared window, without an account.

    The answer holds the number and the code, together the only way back to the booking. The lot's gate lets
    the plate in. Nobody is told whether it was the window that is full or the plate that may not book.
    """
    ask = BookingAsk(asked["window"], asked["from_at"], asked["until_at"], asked["plate"], asked["phone"])
    desk = services().booking_desk
    if desk is None:
        raise AssertionError("whoever takes bookings has a desk")
    try:
        booked = desk.book(ask, strangers.network(), services().clock.now())
    except BookingsTooMany as problem:
        raise AsksTooMany(minutes=problem.params["minutes"]) from None
    except WindowClosed:
        raise WindowGone from None
    told = told_of(booked.view) | {"code": booked.code}
    return Response(orjson.dumps(told, option=_JSON), 201, _KEPT_BY_NOBODY, content_type=JSON)


@blueprint.route("/bookings/<string:booking_id>", methods=["GET"])
@blueprint.arguments(CodeHeader, location="headers")
@blueprint.response(200, BookingSchema)
def look_up(header: Mapping[str, Any], booking_id: str) -> Response:
    """A booking, for whoever holds its code."""
    return work.write(_with_code, {"step": bookings.look_up, "booking_id": booking_id, **header})


@blueprint.route("/bookings/<string:booking_id>", methods=["DELETE"])
@blueprint.arguments(CodeHeader, location="headers")
@blueprint.response(200, BookingSchema)
def cancel(header: Mapping[str, Any], booking_id: str) -> Response:
    """Give a booking up, as long as its vehicle is not inside. A second time changes nothing."""
    return work.write(_with_code, {"step": bookings.cancel, "booking_id": booking_id, **header})


def _with_code(step: Callable[..., BookingView], booking_id: str, code: str) -> Response:
    now = services().clock.now()
    try:
        found = step(
            work.session(),
            booking_id[: strangers.LONGEST],
            code[: strangers.LONGEST],
            strangers.network(),
            now,
        )
    except BookingAttemptsExceeded as problem:
        raise CodesTooMany(minutes=problem.params["minutes"]) from None
    except ParkingError as problem:
        # A wrong code is counted.
        work.keep()
        return problems.answer(problem)
    return Response(orjson.dumps(told_of(found), option=_JSON), 200, _KEPT_BY_NOBODY, content_type=JSON)


def told_of(view: BookingView) -> dict[str, Any]:
    """A booking as the interface tells it."""
    return {
        "id": view.id,
        "state": view.state.value,
        "lot": view.lot_id,
        "window": view.window_id,
        "from": view.from_at,
        "until": view.until_at,
        "let_in_from": view.let_in_at,
        "given_up_at": view.given_up_at,
        "grace_minutes": view.grace_minutes,
        "plate": view.plate_masked,
        "entered_at": view.entered_at,
        "left_at": view.left_at,
        "overstay_minutes": view.overstay_minutes,
        "fee_fen": view.fee_fen,
        "overstay_fen": view.overstay_fen,
        "moved_from": view.moved_from,
    }
