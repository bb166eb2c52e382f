"""What does the public interface answer? For its document; the answers themselves come ready-made."""

from __future__ import annotations

from marshmallow import Schema, fields

from parking.kernel.vocabulary import Access, LotKind, LotType, Mark, Quality, SpaceClass
from parking.tariffs.rules.tariff import VehicleClass
from parking.tariffs.rules.versions import Price


def _choice(choices: type, **kwargs: object) -> fields.String:
    return fields.String(metadata={"enum": [str(choice) for choice in choices]}, **kwargs)  # type: ignore[attr-defined,arg-type]


class CountSchema(Schema):
    """What is known of a class of spaces. Unknown is null: neither zero nor full."""

    space_class = fields.String(
        data_key="class", required=True, metadata={"enum": [str(each) for each in SpaceClass]}
    )
    capacity = fields.Integer(required=True, allow_none=True)
    free = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Null when unknown or too old to be told."}
    )
    as_of = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "The instant it speaks of."}
    )
    age_s = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Seconds since then, when this was answered."},
    )
    quality = _choice(Quality, required=True)
    marks = fields.List(_choice(Mark), required=True)
    source = fields.String(required=True, allow_none=True)


class CountForSchema(CountSchema):
    """A count, whose spaces it counts, and how far it was off when it was last compared."""

    access = _choice(Access, required=True)
    drift = fields.Integer(
        required=True,
        metadata={
            "description": "So many more spaces were told free than the count before and the passages since "
            "then led to expect; 0 where no count was compared."
        },
    )


class TidalSchema(Schema):
    """Bays of a road section where one may park at stated times only. While it is not lawful their spaces are
    in no count, and a section without any other space is not open."""

    space_class = fields.String(
        data_key="class", required=True, metadata={"enum": [str(each) for each in SpaceClass]}
    )
    spaces = fields.Integer(required=True)
    lawful_now = fields.Boolean(required=True)
    until = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When `lawful_now` changes; null: not within two weeks."},
    )
    next_from = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When a lawful time begins next; null: not within two weeks."},
    )


class LotSchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    lat = fields.Float(required=True)
    lon = fields.Float(required=True)
    access = _choice(Access, required=True)
    district = fields.String(required=True, allow_none=True, metadata={"description": "Code of GB/T 10114."})
    open_now = fields.Boolean(required=True, allow_none=True, metadata={"description": "Null when unknown."})
    counts = fields.List(
        fields.Nested(CountSchema),
        required=True,
        metadata={"description": "With `access` other than the default, each count also names its `access`."},
    )
    tidal = fields.List(
        fields.Nested(TidalSchema), metadata={"description": "Absent in lists where there are none."}
    )


class ChangeSchema(Schema):
    at = fields.DateTime(required=True, metadata={"description": "A stay that lasts until then costs it."})
    fee_fen = fields.Integer(required=True)


class FeeSchema(Schema):
    """What a stay costs. `free` never charges; a `priced` lot may cost nothing for a short stay."""

    price = _choice(Price, required=True)
    fee_fen = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Whole fen (1/100 yuan); null where `price` is `unknown`, never 0 then."},
    )
    next_change = fields.Nested(
        ChangeSchema,
        required=True,
        allow_none=True,
        metadata={"description": "When a longer stay first costs more; null: not within 366 days."},
    )


class LineSchema(Schema):
    text = fields.String(required=True, metadata={"description": "In your Accept-Language."})
    fee_fen = fields.Integer(required=True)


class TariffSchema(Schema):
    """The tariff at the begin of the stay."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    version = fields.Integer(required=True)
    in_force_since = fields.DateTime(required=True)
    zone = fields.String(required=True, allow_none=True)


class QuoteSchema(FeeSchema):
    """A fee with its reasons: the lines add up to it."""

    lot = fields.String(required=True)
    from_at = fields.DateTime(data_key="from", required=True)
    to_at = fields.DateTime(data_key="to", required=True)
    vehicle = _choice(VehicleClass, required=True)
    currency = fields.String(required=True, metadata={"enum": ["CNY"]})
    lines = fields.List(fields.Nested(LineSchema), required=True)
    tariff = fields.Nested(TariffSchema, required=True, allow_none=True)
    window_id = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "The shared window by which alone you may park there then; the fee is what it "
            "asks. Null where the lot's own spaces are open to you."
        },
    )


class WindowSchema(Schema):
    """Spaces that their owner lends to anyone in [from_at, until_at)."""

    window_id = fields.String(required=True, metadata={"description": "Book a space of it by this id."})
    space_class = fields.String(
        data_key="class", required=True, metadata={"enum": [str(each) for each in SpaceClass]}
    )
    from_at = fields.DateTime(required=True)
    until_at = fields.DateTime(
        required=True, metadata={"description": "Be gone by then: the spaces are the owner's again."}
    )
    spaces = fields.Integer(required=True, metadata={"description": "How many are lent."})
    left = fields.Integer(
        required=True,
        metadata={
            "description": "Neither booked nor in use; while the window is open and somebody counts, never "
            "more than stand empty."
        },
    )
    bookable = fields.Boolean(required=True)


class ShareSchema(WindowSchema):
    """The window that holds the whole of your stay."""

    only_window = fields.Boolean(
        data_key="only",
        required=True,
        metadata={
            "description": "You may park here by this window only: the lot's own spaces are not for you, "
            "closed for a part of your stay, or full. `fee` is then that of a shared stay."
        },
    )
    counted_at = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "The instant of the count that `left` considers; null: none was."},
    )


class NearbyLotSchema(LotSchema):
    distance_m = fields.Integer(required=True, metadata={"description": "Metres as the crow flies."})
    fee = fields.Nested(FeeSchema, metadata={"description": "Of your `stay`, where you told one."})
    closed_from_at = fields.DateTime(
        allow_none=True,
        metadata={
            "description": "With `stay`: the first instant of it from which the lot is known to be closed. "
            "Null: open all the time, or its hours are not known."
        },
    )
    shared = fields.Nested(
        ShareSchema,
        required=True,
        allow_none=True,
        metadata={
            "description": "Spaces lent for the whole of your `stay` (without one: now). A lot that "
            "strangers may not use appears for it alone."
        },
    )


class EntranceSchema(Schema):
    name = fields.String(required=True)
    use = fields.String(required=True, metadata={"enum": ["entry", "exit", "both"]})
    lat = fields.Float(required=True)
    lon = fields.Float(required=True)


class LotDetailSchema(LotSchema):
    """One lot with all that is public of it; all its counts, whoever may use the spaces."""

    counts = fields.List(fields.Nested(CountForSchema), required=True)
    name_en = fields.String(required=True, allow_none=True)
    kind = _choice(LotKind, required=True)
    type = _choice(LotType, required=True)
    district_name = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)
    operator = fields.String(required=True, allow_none=True)
    opening_hours = fields.String(
        required=True, allow_none=True, metadata={"description": "OpenStreetMap's opening_hours."}
    )
    hours_note = fields.String(required=True, allow_none=True)
    open_changes_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When `open_now` changes next."}
    )
    max_height_cm = fields.Integer(required=True, allow_none=True)
    entrances = fields.List(fields.Nested(EntranceSchema), required=True)
    bay_length_m = fields.Integer(required=True, metadata={"description": "Marked line of non-motor bays."})
    connected_since_at = fields.DateTime(required=True, allow_none=True)
    etc_since_on = fields.Date(required=True, allow_none=True)
    shared = fields.List(
        fields.Nested(WindowSchema),
        required=True,
        metadata={"description": "The windows of the coming days, by their begins."},
    )


class LotsPageSchema(Schema):
    items = fields.List(fields.Nested(LotSchema), required=True)
    next = fields.String(
        required=True, allow_none=True, metadata={"description": "Address of the next page; null at the end."}
    )


class NearbyPageSchema(Schema):
    items = fields.List(fields.Nested(NearbyLotSchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Always null here."})


class PlaceSchema(Schema):
    kind = fields.String(required=True, metadata={"enum": ["lot", "district", "landmark"]})
    id = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True, allow_none=True)
    lat = fields.Float(required=True)
    lon = fields.Float(required=True)
    district = fields.String(required=True, allow_none=True)


class PlacesPageSchema(Schema):
    items = fields.List(fields.Nested(PlaceSchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Always null here."})
