"""What did the reader ask for? The query of the pages, read strictly in value and tolerantly in name.

A value that makes no sense is refused and named. A parameter that we do not know is passed over: messengers
append their own to every address that people share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from typing import TypeVar
from zoneinfo import ZoneInfo

from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import Access, SpaceClass
from parking.lookup.queries import PlannedStay
from parking.lookup.rules import MAX_LIMIT, MAX_RADIUS_M, MAX_STAY_MINUTES, Sort
from parking.portals._http.fields import is_plain_number
from parking.portals._http.moments import instant_of
from parking.tariffs.rules.tariff import VehicleClass

_T = TypeVar("_T")

DEFAULT_RADIUS_M = 1_500
RADII_M = (500, 1_500, 3_000, 5_000, 10_000, MAX_RADIUS_M)
ROWS = 20
MIN_FREES = (1, 5, 10, 20, 50)
STAY_MINUTES = 120
STAYS_MINUTES = (30, 60, 120, 180, 240, 480, 720, 1440, 2880)
MOST_YUAN = (0, 3, 5, 10, 20, 30)
_LONGEST_TEXT = 60

SORTS = {Sort.BEST: N_("推荐"), Sort.NEAR: N_("最近"), Sort.FREE: N_("空位多"), Sort.CHEAP: N_("便宜")}
FIELD_NAMES = {
    "q": N_("查找内容"),
    "lat": N_("位置"),
    "lon": N_("位置"),
    "radius": N_("查找范围"),
    "sort": N_("排序"),
    "class": N_("车位种类"),
    "min_free": N_("至少有空位"),
    "at": N_("到达时间"),
    "stay": N_("停多久"),
    "vehicle": N_("车型"),
    "max_fee": N_("费用不超过"),
    "height": N_("车辆高度（米）"),
    "access": N_("停车资格"),
    "rows": N_("显示数量"),
}
WIDER_ACCESSES = (Access.CUSTOMERS, Access.RESIDENTS, Access.STAFF, Access.PERMIT)


@dataclass(frozen=True, slots=True)
class Search:
    """A search as its form holds it. Lengths in metres, height in centimetres, `at` an aware instant.

    `point` is WGS-84 (lat, lon); `access` None is what anyone may use; a stay begins now unless `at` is told.
    """

    text: str = ""
    point: tuple[float, float] | None = None
    radius_m: int = DEFAULT_RADIUS_M
    sort: Sort = Sort.BEST
    space_class: SpaceClass | None = None
    min_free: int = 0
    open_now: bool = False
    at: datetime | None = None
    height_cm: int | None = None
    access: Access | None = None
    stay_minutes: int = STAY_MINUTES
    vehicle: VehicleClass = VehicleClass.SMALL
    max_fee_fen: int | None = None
    rows: int = ROWS
    problems: tuple[FieldProblem, ...] = ()
    raw: Mapping[str, str] = field(default_factory=dict)

    @property
    def filters(self) -> int:
        """How many filters narrow the answer or widen it from its usual self."""
        told = (self.space_class, self.min_free, self.open_now, self.height_cm, self.access)
        is_other = (self.vehicle is not VehicleClass.SMALL, self.max_fee_fen is not None)
        return sum(1 for value in (*told, *is_other) if value)

    def planned(self, now: datetime) -> PlannedStay:
        """The stay that is priced."""
        return PlannedStay(self.at or now, self.stay_minutes, self.vehicle)


def read_search(args: Mapping[str, str], time_zone: str) -> Search:
    """The search that a query asks for; what cannot be read is in `problems` and keeps its usual value."""
    reader = _Reader(args)
    text = reader.value("q")
    if len(text) > _LONGEST_TEXT:
        reader.refuse("q", "too_long", N_("查找的文字最多 %(most)s 个字"), most=_LONGEST_TEXT)
        text = ""
    return Search(
        text=text,
        point=_point(reader),
        radius_m=round(reader.number("radius", 1, MAX_RADIUS_M) or DEFAULT_RADIUS_M),
        sort=reader.word("sort", Sort) or Sort.BEST,
        space_class=reader.word("class", SpaceClass),
        min_free=round(reader.number("min_free", 0, 100_000) or 0),
        open_now=reader.value("open") == "1",
        at=reader.local_time("at", time_zone),
        height_cm=_centimetres(reader.number("height", 1, 10)),
        access=reader.word("access", Access),
        stay_minutes=round(reader.number("stay", 1, MAX_STAY_MINUTES) or STAY_MINUTES),
        vehicle=reader.word("vehicle", VehicleClass) or VehicleClass.SMALL,
        max_fee_fen=_fen(reader.number("max_fee", 0, 100_000)),
        rows=round(reader.number("rows", 1, MAX_LIMIT) or ROWS),
        problems=tuple(reader.problems),
        raw=dict(args),
    )


def _point(reader: _Reader) -> tuple[float, float] | None:
    lat, lon = reader.number("lat", -90, 90), reader.number("lon", -180, 180)
    for name, missing, other in (("lat", lat, lon), ("lon", lon, lat)):
        if missing is None and other is not None and not reader.value(name):
            reader.refuse(name, "missing", N_("纬度和经度要一起给出"))
    return (lat, lon) if lat is not None and lon is not None else None


def _centimetres(metres: float | None) -> int | None:
    return None if metres is None else round(metres * 100)


def _fen(yuan: float | None) -> int | None:
    return None if yuan is None else round(yuan * 100)


class _Reader:
    """Reads values one by one and remembers what could not be read."""

    def __init__(self, args: Mapping[str, str]) -> None:
        self._args = args
        self.problems: list[FieldProblem] = []

    def value(self, name: str) -> str:
        return " ".join(self._args.get(name, "").split())

    def refuse(self, name: str, code: str, text: str, **params: object) -> None:
        self.problems.append(FieldProblem(name, code, text, params))

    def number(self, name: str, least: float, most: float) -> float | None:
        text = self.value(name)
        if not text:
            return None
        try:
            number = float(text) if is_plain_number(text) else float("nan")
        except ValueError:
            number = float("nan")
        if isfinite(number) and least <= number <= most:
            return number
        self.refuse(
            name,
            "out_of_range",
            N_("应是 %(least)s 到 %(most)s 之间的数字"),
            least=f"{least:g}",
            most=f"{most:g}",
        )
        return None

    def word(self, name: str, known: Callable[[str], _T]) -> _T | None:
        text = self.value(name)
        if not text:
            return None
        try:
            return known(text)
        except ValueError:
            self.refuse(name, "unknown_value", N_("没有这个选项"))
            return None

    def local_time(self, name: str, time_zone: str) -> datetime | None:
        text = self.value(name)
        if not text:
            return None
        at = instant_of(text, ZoneInfo(time_zone))
        if at is None:
            self.refuse(name, "not_a_time", N_("不是有效的时间，应如 2026-11-21 18:30"))
        return at
