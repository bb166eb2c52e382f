"""What may be told to the gateway? Every field with its bounds; unknown ones are refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validates_schema
from marshmallow.validate import Length, Range

from parking.kernel.errors import N_
from parking.kernel.vocabulary import Direction, PlateColour, SpaceClass, StayKind
from parking.portals._http.fields import AtField, ChoiceField, PlainText, WholeText, Within
from parking.portals._http.problems import Told

MOST_PASSAGES = 500
MOST_COUNTS = 100
LONGEST_KEY = 64
LONGEST_PLATE = 32
LONGEST_REASON = 200
_MOST_SPACES = 100_000
_MOST_FEN = 10_000_000


def _about(says: str, example: object = None) -> dict[str, Any]:
    return {"description": says} if example is None else {"description": says, "example": example}


class Strict(Schema):
    class Meta:
        unknown = RAISE


class Whole(fields.Integer):
    """A whole number of JSON within bounds; neither 2.0 nor "2"."""

    def __init__(self, least: int, most: int, **options: Any) -> None:
        super().__init__(strict=True, validate=[Range(least, most), Within(least, most)], **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError(Told("not_an_integer", N_("不是有效的整数")))
        return value


class Truth(fields.Boolean):
    """true or false of JSON, nothing that looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(Told("not_a_boolean", N_("应为 true 或 false")))
        return value


class PassageSchema(Strict):
    """One vehicle crossed a lane."""

    event_id = PlainText(
        LONGEST_KEY,
        metadata=_about(
            "Your own id of this crossing, the same at every attempt. Without it one is made of time, plate, "
            "direction.",
            "e-20261121-000123",
        ),
    )
    at = AtField(
        required=True,
        metadata=_about("When it crossed, by the lane's clock, with offset.", "2026-11-21T18:30:00+08:00"),
    )
    lot = PlainText(
        LONGEST_KEY,
        required=True,
        metadata=_about("The lot's code, or its id.", "320999-0001"),
    )
    lane = PlainText(LONGEST_KEY, metadata=_about("The lane's id or name in the register.", "入口1"))
    direction = ChoiceField(
        Direction, metadata=_about("May be left out where the lane leads one way only.", "entry")
    )
    plate = PlainText(
        LONGEST_PLATE,
        least=0,
        metadata=_about("As it was read; empty or left out where none was.", "苏F12345"),
    )
    colour = ChoiceField(PlateColour, metadata=_about("The plate's ground.", "blue"))
    stay = ChoiceField(StayKind, metadata=_about("How the vehicle stays, where you know it.", "casual"))
    stay_id = PlainText(
        LONGEST_KEY, metadata=_about("Your number of the stay, the same at entry and exit.", "s-8812")
    )
    resent = Truth(metadata=_about("True when an earlier attempt may have reached us; never dropped."))


class _Items(fields.List):
    """What is judged one by one: an item that is not even an object keeps no other out.

    The schema says how an item is described; each is read by it later.
    """

    def __init__(self, item: type[Schema], **options: Any) -> None:
        super().__init__(fields.Nested(item), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        return value if isinstance(value, list) else super()._deserialize(value, attr, data, **kwargs)


class BatchSchema(Strict):
    """Up to 500 passages; each is judged by itself."""

    passages = _Items(
        PassageSchema,
        required=True,
        validate=Length(1, MOST_PASSAGES),
        metadata=_about("Each as in POST /passages. One that is wrong does not keep the others out."),
    )


class AbsoluteCountSchema(Strict):
    """How many spaces of a class are free, or taken, at a moment."""

    lot = PlainText(LONGEST_KEY, required=True, metadata=_about("Code or id.", "320999-0001"))
    space_class = ChoiceField(
        SpaceClass, data_key="class", metadata=_about("`general` where it is left out.", "general")
    )
    at = AtField(required=True, metadata=_about("The moment of the count.", "2026-11-21T18:30:00+08:00"))
    free = Whole(0, _MOST_SPACES, metadata=_about("Free spaces; or give `occupied`.", 86))
    occupied = Whole(0, _MOST_SPACES, metadata=_about("Taken spaces."))
    capacity = Whole(0, _MOST_SPACES, metadata=_about("All spaces as you count them; only compared.", 120))
    event_id = PlainText(LONGEST_KEY, metadata=_about("Your own id of this count."))

    @validates_schema
    def _says_something(self, told: Mapping[str, Any], **_: Any) -> None:
        if "free" not in told and "occupied" not in told:
            raise ValidationError({"free": [Told("missing", N_("free 和 occupied 至少给一个"))]})


class CountsSchema(Strict):
    """Up to 100 counts; each is judged by itself."""

    counts = _Items(
        AbsoluteCountSchema,
        required=True,
        validate=Length(1, MOST_COUNTS),
        metadata=_about("Each by lot, class and moment. One that is wrong does not keep the others out."),
    )


class HeartbeatSchema(Strict):
    """A lot's system lives."""

    lot = PlainText(LONGEST_KEY, required=True, metadata=_about("Code or id.", "320999-0001"))
    at = AtField(metadata=_about("Your clock; we answer how far it is off.", "2026-11-21T18:30:00+08:00"))


class VoidSchema(Strict):
    """A passage did not happen."""

    event_id = PlainText(
        LONGEST_KEY, required=True, metadata=_about("The id of the passage.", "e-20261121-000123")
    )
    reason = PlainText(LONGEST_REASON, required=True, metadata=_about("Why, in words; no plate.", "车辆折返"))


class CorrectionSchema(Strict):
    """A passage happened otherwise: the old one is voided, the new one is taken."""

    event_id = PlainText(
        LONGEST_KEY,
        required=True,
        metadata=_about("The id of the wrong passage.", "e-20261121-000123"),
    )
    reason = PlainText(LONGEST_REASON, required=True, metadata=_about("Why, in words; no plate.", "方向有误"))
    passage = fields.Nested(
        PassageSchema, required=True, metadata=_about("As it really was, under an event id of its own.")
    )


class FeeAskedSchema(Strict):
    """A visit that is open at a lot of yours: by the plate, or by your number of the stay."""

    lot = PlainText(LONGEST_KEY, required=True, metadata=_about("Code or id.", "320999-0001"))
    plate = PlainText(LONGEST_PLATE, metadata=_about("Never kept from here.", "苏F12345"))
    colour = ChoiceField(PlateColour)
    stay_id = PlainText(LONGEST_KEY, metadata=_about("Or this.", "s-8812"))

    @validates_schema
    def _names_one(self, told: Mapping[str, Any], **_: Any) -> None:
        if ("plate" in told) == ("stay_id" in told):
            raise ValidationError({"plate": [Told("one_of", N_("plate 和 stay_id 给且只给一个"))]})


class EtcSchema(Strict):
    """What an ETC lane took itself, settled by its TAC."""

    transaction_id = PlainText(
        LONGEST_KEY, required=True, metadata=_about("The terminal's own number.", "0123456789")
    )
    at = AtField(required=True, metadata=_about("The time within the TAC.", "2026-11-21T18:30:00+08:00"))
    lot = PlainText(LONGEST_KEY, required=True, metadata=_about("Code or id.", "320999-0001"))
    lane = PlainText(LONGEST_KEY, metadata=_about("The lane's id or name.", "出口1"))
    fee_fen = Whole(0, _MOST_FEN, required=True, metadata=_about("Fen.", 600))
    plate = PlainText(LONGEST_PLATE, metadata=_about("Finds the stay that is settled.", "苏F12345"))
    colour = ChoiceField(PlateColour)
    entered_at = AtField(metadata=_about("As the lane knows it.", "2026-11-21T16:30:00+08:00"))
    tac = PlainText(LONGEST_KEY, metadata=_about("Kept for disputes, shown nowhere.", "9F3A01C7"))
    terminal = PlainText(LONGEST_KEY, metadata=_about("Number of the terminal (PSAM).", "320000123456"))


class PageSchema(Strict):
    """Where a list goes on."""

    limit = WholeText(
        load_default=200, validate=[Range(1, 1000), Within(1, 1000)], metadata=_about("At most so many.", 200)
    )


class IdsAskedSchema(PageSchema):
    limit = WholeText(
        load_default=1000,
        validate=[Range(1, 5000), Within(1, 5000)],
        metadata=_about("At most.", 1000),
    )
    after = PlainText(LONGEST_KEY, load_default=None, metadata=_about("The last id of the page before."))


class SinceSchema(PageSchema):
    since = PlainText(
        LONGEST_KEY, load_default=None, metadata=_about("The cursor of the last answer; all without it.")
    )
