"""What may be asked of the public interface? Every argument with its bounds; what is wrong is named."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import datetime
from functools import lru_cache
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields
from marshmallow.validate import Length

from parking.kernel.errors import N_
from parking.kernel.vocabulary import Access, Datum, SpaceClass
from parking.lookup.rules import (
    ALL_MASK,
    DEFAULT_LIMIT,
    DEFAULT_RADIUS_M,
    MAX_LIMIT,
    MAX_RADIUS_M,
    PUBLIC_MASK,
    Sort,
    access_mask,
)
from parking.portals._http.fields import ChoiceField, Within
from parking.portals._http.problems import Told

ALL = "all"
PAGE_LIMIT = 50
_LONGEST_TEXT = 80


class Latitude(Within):
    """Degrees north; what can only be a longitude is said to be swapped."""

    def __call__(self, value: Any) -> Any:
        if 90 < abs(value) <= 180:
            raise ValidationError(
                Told("swapped_coordinates", N_("纬度应在 -90 到 90 之间：经度和纬度好像写反了"))
            )
        return super().__call__(value)


class ShortText(Length):
    """A text of at least one sign, not longer than anyone would type."""

    def __init__(self) -> None:
        super().__init__(min=1, max=_LONGEST_TEXT)

    def __call__(self, value: Any) -> Any:
        if not value.strip() or len(value) > _LONGEST_TEXT:
            raise ValidationError(Told("bad_length", N_("应有 1 到 %(most)s 个字符"), most=_LONGEST_TEXT))
        return value


class AccessField(fields.String):
    """Permissions as a list with commas, or `all`; loaded as the mask of the look-up."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        names = [name.strip() for name in str(value).split(",")]
        if names == [ALL]:
            return ALL_MASK
        known = list(Access)
        if not set(names) <= set(known):
            choices = ", ".join([ALL, *known])
            raise ValidationError(Told("not_a_choice", N_("只能是：%(choices)s"), choices=choices))
        return access_mask(Access(name) for name in names)


class InstantField(fields.DateTime):
    """An instant with its offset. A plus that nobody escaped arrives as a space: it is taken as meant."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            at = datetime.fromisoformat(str(value).strip().replace(" ", "+"))
        except ValueError:
            at = None
        if at is None or at.tzinfo is None:
            raise ValidationError(
                Told("not_an_instant", N_("不是有效的时间，应如 2026-11-21T18:30:00+08:00（须带时区）"))
            )
        return at


class CursorField(fields.String):
    """The place where a page begins; only what we gave out ourselves."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        try:
            last = urlsafe_b64decode(str(value).encode("ascii") + b"==").decode()
        except (UnicodeError, NotBase64, ValueError):
            last = None
        if not last or not last.isprintable() or cursor_after(last) != value:
            raise ValidationError(Told("bad_cursor", N_("不是我们给出的翻页位置，请从第一页开始")))
        return last


def cursor_after(last: str) -> str:
    """The cursor of the page that begins after a lot's id or a certificate's number."""
    return urlsafe_b64encode(last.encode()).rstrip(b"=").decode("ascii")


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
    limit = fields.Integer(
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

    lat = fields.Float(
        required=True,
        validate=Latitude(-90, 90),
        metadata={"description": "Degrees north.", "example": 32.06},
    )
    lon = fields.Float(
        required=True,
        validate=Within(-180, 180),
        metadata={"description": "Degrees east.", "example": 120.62},
    )
    radius = fields.Float(
        load_default=float(DEFAULT_RADIUS_M),
        validate=Within(1, MAX_RADIUS_M),
        metadata={"description": "Metres, as the crow flies, inclusive."},
    )
    limit = fields.Integer(
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
            "unknown counts like one free space, and lots known to be closed come last."
        },
    )
    min_free = fields.Integer(
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
    height_cm = fields.Integer(
        load_default=None,
        validate=Within(50, 1000),
        metadata={"description": "Height of the vehicle: lots with a lower limit are left out."},
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
    limit = fields.Integer(
        load_default=10, validate=Within(1, 50), metadata={"description": "How many at most."}
    )
