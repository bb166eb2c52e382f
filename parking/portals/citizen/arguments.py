"""What may be asked of the public interface? Every argument with its bounds; what is wrong is named."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validates_schema

from parking.kernel.errors import N_
from parking.kernel.vocabulary import Datum, SpaceClass
from parking.lookup.rules import (
    DEFAULT_LIMIT,
    DEFAULT_RADIUS_M,
    MAX_LIMIT,
    MAX_RADIUS_M,
    MAX_STAY_MINUTES,
    PUBLIC_MASK,
    Sort,
)
from parking.portals._http.fields import ChoiceField, NumberText, WholeText, Within
from parking.portals._http.problems import Told
from parking.portals.citizen.values import AccessField, CursorField, InstantField, Latitude, ShortText
from parking.tariffs.rules.tariff import VehicleClass

PAGE_LIMIT = 50


class _Crs(Schema):
    crs = ChoiceField(
        Datum,
        *(Datum.WGS84, Datum.GCJ02, Datum.BD09),
        load_default=Datum.WGS84,
        metadata={
            "description": "Datum of the point given and of the points answered. GeoJSON is always WGS-84.",
            "example": "wgs84",
        },
    )


class _Choosing(_Crs):
    space_class = ChoiceField(
        SpaceClass,
        data_key="class",
        load_default=None,
        metadata={
            "description": "Only lots with spaces of this class; free numbers are then of this class. "
            "Without it they are those of an ordinary car: general, mechanical and civil_defence together."
        },
    )
    access = AccessField(
        load_default=PUBLIC_MASK,
        metadata={
            "description": "Whose spaces you may use: a list with commas, or `all`. "
            "Without it only what a stranger may use (`public`)."
        },
    )
    limit = WholeText(
        load_default=PAGE_LIMIT,
        validate=Within(1, MAX_LIMIT),
        metadata={"description": "How many lots at most."},
    )


class NearbyArguments(_Choosing):
    """Where, how far, for which vehicle, in which order.

    Points differ from reader to reader, the rest of a query hardly does: it is read once and remembered.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._remembered = lru_cache(maxsize=1024)(self._load_rest)

    def load(self, data: Any, **options: Any) -> Any:
        rest = {name: value for name, value in data.items() if name not in ("lat", "lon")}
        try:
            point = {name: self.fields[name].deserialize(data[name]) for name in ("lat", "lon")}
            return {**self._remembered(*sorted(rest.items())), **point}
        except (ValidationError, KeyError):
            # What is wrong is told by the whole schema, all of it at once.
            return super().load(data, **options)

    def _load_rest(self, *rest: tuple[str, str]) -> Any:
        return super().load(dict(rest), partial=("lat", "lon"), unknown=RAISE)

    lat = NumberText(
        required=True,
        validate=Latitude(-90, 90),
        metadata={"description": "Degrees north.", "example": 32.06},
    )
    lon = NumberText(
        required=True,
        validate=Within(-180, 180),
        metadata={"description": "Degrees east.", "example": 120.62},
    )
    radius = NumberText(
        load_default=float(DEFAULT_RADIUS_M),
        validate=Within(1, MAX_RADIUS_M),
        metadata={"description": "Metres, as the crow flies, inclusive."},
    )
    limit = WholeText(
        load_default=DEFAULT_LIMIT,
        validate=Within(1, MAX_LIMIT),
        metadata={"description": "How many lots at most."},
    )
    sort = ChoiceField(
        Sort,
        load_default=Sort.BEST,
        metadata={
            "description": "`near`: nearest first. `free`: most free spaces first, unknown last. `best`: the "
            "least of distance + 600 m × 1 / (1 + free), the walk and the risk of being turned away in one; "
            "unknown counts like one free space, and lots known to be closed come last. `cheap`: the lowest "
            "fee for your `stay` first, equal ones by `best`, fees that nobody told last."
        },
    )
    min_free = WholeText(
        load_default=0,
        validate=Within(0, 100_000),
        metadata={"description": "At least this many free spaces. From 1 on, unknown numbers are left out."},
    )
    open_now = fields.Boolean(
        data_key="open",
        load_default=False,
        truthy={"true", "1", "now"},
        falsy={"false", "0"},
        metadata={
            "description": "Leave out lots known to be closed, now or `at` an instant. Unknown hours stay."
        },
    )
    at = InstantField(
        load_default=None,
        metadata={
            "description": "Leave out lots known to be closed at this instant. Counts are those of now.",
            "example": "2026-11-21T18:30:00+08:00",
        },
    )
    height_cm = WholeText(
        load_default=None,
        validate=Within(50, 1000),
        metadata={"description": "Height of the vehicle: lots with a lower limit are left out."},
    )
    stay = WholeText(
        load_default=None,
        validate=Within(1, MAX_STAY_MINUTES),
        metadata={"description": "Minutes you mean to stay: each lot then tells its `fee`.", "example": 120},
    )
    arrive = InstantField(
        load_default=None,
        metadata={
            "description": "When the stay begins; without it `at`, else now. With `open=1` lots known to be "
            "closed at any time of the stay are left out.",
            "example": "2026-11-21T18:30:00+08:00",
        },
    )
    vehicle = ChoiceField(
        VehicleClass,
        load_default=None,
        metadata={"description": "What is to be parked: `small` unless told."},
    )
    max_fee_fen = WholeText(
        load_default=None,
        validate=Within(0, 10_000_000),
        metadata={"description": "Leave out lots where the stay costs more, or nobody told what it costs."},
    )

    @validates_schema
    def _fees_need_a_stay(self, asked: Mapping[str, Any], **_: Any) -> None:
        told = [asked.get(name) for name in ("arrive", "vehicle", "max_fee_fen")]
        if asked.get("stay") is None and (asked.get("sort") is Sort.CHEAP or told != [None] * 3):
            raise ValidationError({"stay": [Told("missing", N_("缺少这一项"))]})


class QuoteArguments(Schema):
    """From when until when, and for which vehicle."""

    from_at = InstantField(
        data_key="from",
        required=True,
        metadata={"description": "When the stay begins.", "example": "2026-11-21T18:30:00+08:00"},
    )
    to_at = InstantField(
        data_key="to",
        required=True,
        metadata={
            "description": "When it ends: not before `from`, at most 366 days after it.",
            "example": "2026-11-21T20:30:00+08:00",
        },
    )
    vehicle = ChoiceField(
        VehicleClass,
        load_default=VehicleClass.SMALL,
        metadata={"description": "What is to be parked."},
    )


class LotsArguments(_Choosing):
    """Which lots, and from where on."""

    cursor = CursorField(
        load_default=None, metadata={"description": "From `next`; do not make one yourself."}
    )
    district = fields.String(
        load_default=None,
        validate=ShortText(),
        metadata={"description": "A district's code, or its name in Chinese or English."},
    )
    q = fields.String(
        load_default=None,
        validate=ShortText(),
        metadata={"description": "Words in the name, address, operator or district."},
    )


class LotArguments(_Crs):
    """In which datum."""


class PlacesArguments(_Crs):
    """Which words."""

    q = fields.String(
        required=True,
        validate=ShortText(),
        metadata={"description": "Words, Chinese or English.", "example": "医院"},
    )
    limit = WholeText(load_default=10, validate=Within(1, 50), metadata={"description": "How many at most."})
