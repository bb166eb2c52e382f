"""What does the gateway answer? For its document; the answers themselves are written by hand."""

from __future__ import annotations

from marshmallow import Schema, fields

from parking.portals._http.api import FieldErrorSchema

OUTCOMES = ["new", "repeated", "quarantined", "refused"]


def _says(description: str) -> dict[str, object]:
    return {"description": description}


class OutcomeSchema(Schema):
    """What became of one thing that was told; it is durable."""

    outcome = fields.String(required=True, metadata={"enum": OUTCOMES})
    event_id = fields.String(required=True, metadata=_says("Yours, or the one that we made."))
    counted = fields.Boolean(required=True, metadata=_says("Whether it moves the public number."))
    late = fields.Boolean(required=True, metadata=_says("Told more than five minutes after, or again."))
    code = fields.String(metadata=_says("Why it was kept aside: too_old, clock_ahead, ..."))


class ItemSchema(Schema):
    """What became of one item of a batch."""

    index = fields.Integer(required=True, metadata=_says("Its place in what you sent, from 0."))
    status = fields.Integer(required=True, metadata=_says("As it would have been alone: 200, 202, 404, 422."))
    outcome = fields.String(required=True, metadata={"enum": OUTCOMES})
    event_id = fields.String(required=True, allow_none=True)
    counted = fields.Boolean(required=True)
    late = fields.Boolean(metadata=_says("Of a passage: told more than five minutes after, or again."))
    code = fields.String()
    errors = fields.List(fields.Nested(FieldErrorSchema))


class ItemsSchema(Schema):
    """What became of each item, in the order in which they were sent, and how many of each kind."""

    items = fields.List(fields.Nested(ItemSchema), required=True)
    new = fields.Integer(required=True)
    repeated = fields.Integer(required=True)
    quarantined = fields.Integer(required=True)
    refused = fields.Integer(required=True)


class HeardSchema(Schema):
    server_time = fields.DateTime(required=True, metadata=_says("Set your clock by it."))
    interval_s = fields.Integer(required=True, metadata=_says("Come again after so many seconds."))
    skew_s = fields.Integer(
        required=True, allow_none=True, metadata=_says("Your clock less ours, where you told yours.")
    )


class CorrectedSchema(Schema):
    voided = fields.Nested(
        OutcomeSchema,
        required=True,
        allow_none=True,
        metadata=_says("Null where the new one was kept aside."),
    )
    taken = fields.Nested(OutcomeSchema, required=True)


class NumbersSchema(Schema):
    """How many passages of a lot and city day we hold from you."""

    lot = fields.String(required=True)
    on = fields.Date(required=True)
    entries = fields.Integer(required=True)
    exits = fields.Integer(required=True)
    voided = fields.Integer(required=True, metadata=_says("Not among the others."))


class IdsSchema(Schema):
    """The event ids that we hold, sorted; what you sent and do not find here is missing."""

    lot = fields.String(required=True)
    on = fields.Date(required=True)
    ids = fields.List(fields.String(), required=True)
    next = fields.String(
        required=True, allow_none=True, metadata=_says("Address of the next page; null at the end.")
    )


class FeeLineSchema(Schema):
    text_zh = fields.String(required=True)
    text_en = fields.String(required=True)
    fen = fields.Integer(required=True)


class FeeTariffSchema(Schema):
    """The tariff that held when the vehicle entered."""

    name = fields.String(required=True)
    version = fields.Integer(required=True)
    from_at = fields.DateTime(required=True, metadata=_says("Since when the lot has it."))


class FeeDueSchema(Schema):
    """Money in fen, reckoned until `reckoned_at`; ask again from `next_change_at` on."""

    lot = fields.String(required=True)
    entered_at = fields.DateTime(required=True)
    reckoned_at = fields.DateTime(required=True)
    fee_fen = fields.Integer(required=True, metadata=_says("The sum of the lines."))
    paid_fen = fields.Integer(required=True)
    due_fen = fields.Integer(required=True, metadata=_says("What the barrier should ask for."))
    extra_fen = fields.Integer(required=True, metadata=_says("What was paid too much."))
    lines = fields.List(fields.Nested(FeeLineSchema), required=True)
    next_change_at = fields.DateTime(
        required=True, allow_none=True, metadata=_says("Null: it does not rise any more.")
    )
    next_fee_fen = fields.Integer(
        required=True, allow_none=True, metadata=_says("The whole fee from then on.")
    )
    valid_until_at = fields.DateTime(
        required=True, allow_none=True, metadata=_says("The same as `next_change_at`, its older name.")
    )
    grace_minutes = fields.Integer(required=True, metadata=_says("Within which to leave after paying."))
    tariff = fields.Nested(FeeTariffSchema, required=True)


class PayCodeSchema(Schema):
    """What a driver types at /pay: the lot's code, and this one. Whoever has both sees the fee."""

    lot = fields.String(required=True)
    lot_code = fields.String(required=True, metadata=_says("To be shown beside it."))
    pay_code = fields.String(required=True, metadata=_says("Eight characters and a dash; kept as a hash."))
    expires_at = fields.DateTime(required=True)
    pay_url = fields.String(required=True, metadata=_says("For a QR code; the lot is filled in."))


class AllowedSchema(Schema):
    """A vehicle that is to be let in, or (`withdrawn`) not any more."""

    id = fields.String(required=True)
    plate = fields.String(required=True, allow_none=True, metadata=_says("Null for one that was withdrawn."))
    from_at = fields.DateTime(required=True)
    until_at = fields.DateTime(required=True)
    withdrawn = fields.Boolean(required=True)


class AllowListSchema(Schema):
    """What changed since a cursor; without one, everything."""

    items = fields.List(fields.Nested(AllowedSchema), required=True)
    cursor = fields.String(required=True, metadata=_says("Keep it, and give it back as `since`."))
    more = fields.Boolean(required=True, metadata=_says("Ask again at once."))


class CallSchema(Schema):
    at = fields.DateTime(required=True)
    is_signed = fields.Boolean(required=True)
    message_id = fields.String(required=True)
    method = fields.String(required=True)
    path = fields.String(required=True)
    status = fields.Integer(required=True)
    ms = fields.Float(required=True)
    body_length = fields.Integer(required=True)
    body = fields.String(required=True, metadata=_says("The beginning, plates masked."))
    answer = fields.String(required=True, metadata=_says("The beginning, plates masked."))


class CallsSchema(Schema):
    items = fields.List(fields.Nested(CallSchema), required=True)
