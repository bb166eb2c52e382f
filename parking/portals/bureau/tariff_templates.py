"""With what does a new tariff begin? Six kinds that signs in Chinese towns show, to be adapted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from typing import Any

from parking.kernel.errors import N_
from parking.tariffs.rules.examples import Example


@dataclass(frozen=True, slots=True)
class Template:
    """A document to begin with (without its time zone), and stays whose fees follow from it."""

    name: str
    hint: str
    document: Mapping[str, Any]
    # (entered, left, fen), on a day that is worked.
    examples: tuple[tuple[str, str, int], ...]


def _step(fen: int, unit: int | None = None, until: int | None = None) -> dict[str, int]:
    found = {"fen": fen, "unit_minutes": unit, "until_minutes": until}
    return {key: value for key, value in found.items() if value is not None}


def _all_day(*steps: dict[str, int], **more: Any) -> dict[str, Any]:
    return {"bands": [{"from": "00:00", "until": "24:00", "steps": list(steps)}], **more}


def _plan(*schedules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"plans": {"标准": {"schedules": list(schedules), **more}}}


_HALF_HOUR = {"minutes": 30}
_DAY_NIGHT = {
    "bands": [
        {"from": "07:00", "until": "19:00", "steps": [_step(100, 30)]},
        {"from": "19:00", "until": "07:00", "steps": [_step(50, 60)]},
    ],
    "cap_fen": 2000,
}
_ROAD = {
    "bands": [
        {"from": "08:00", "until": "20:00", "steps": [_step(300, 60, 60), _step(100, 30)]},
        {"from": "20:00", "until": "08:00"},
    ],
    "cap_fen": 2000,
}
_FROM_ENTRY = {"kind": "entry", "hours": 24}
TEMPLATES: Mapping[str, Template] = {
    "free": Template(
        N_("免费"),
        N_("全天不收费"),
        _plan(_all_day()),
        (("09:00", "17:00", 0),),
    ),
    "visit": Template(
        N_("按次收费"),
        N_("每次 5 元，30 分钟以内免费"),
        _plan(_all_day(_step(500)), free=_HALF_HOUR),
        (("09:00", "09:30", 0), ("09:00", "09:31", 500)),
    ),
    "hourly": Template(
        N_("按小时收费，每 24 小时封顶"),
        N_("每小时 3 元，24 小时最高 20 元，30 分钟以内免费"),
        _plan(_all_day(_step(300, 60), cap_fen=2000), cycle=_FROM_ENTRY, free=_HALF_HOUR),
        (("09:00", "09:30", 0), ("09:00", "10:30", 600), ("08:00", "20:00", 2000)),
    ),
    "day_night": Template(
        N_("白天和夜间不同价"),
        N_("白天每半小时 1 元，夜间每小时 0.5 元，24 小时最高 20 元，30 分钟以内免费"),
        _plan(_DAY_NIGHT, cycle=_FROM_ENTRY, free=_HALF_HOUR),
        (("10:00", "10:31", 200), ("18:00", "21:00", 300)),
    ),
    "road": Template(
        N_("路内停车：首小时和之后不同价，夜间免费"),
        N_("8:00–20:00 首小时 3 元，之后每半小时 1 元，每日最高 20 元，夜间免费，30 分钟以内免费"),
        _plan(_ROAD, cycle={"kind": "day", "from": "08:00"}, free=_HALF_HOUR),
        (("09:00", "09:30", 0), ("09:00", "10:31", 500), ("20:10", "22:00", 0)),
    ),
    "table": Template(
        N_("分级计费表"),
        N_("90 分钟以内免费，到 2 小时共 5 元，之后每小时 1 元，24 小时最高 20 元"),
        _plan(
            _all_day(_step(500, None, 120), _step(100, 60), cap_fen=2000),
            cycle=_FROM_ENTRY,
            free={"minutes": 90},
        ),
        (("09:00", "10:30", 0), ("09:00", "10:31", 500), ("09:00", "11:01", 600)),
    ),
}


def _template(key: str) -> Template:
    return TEMPLATES.get(key, TEMPLATES["hourly"])


def document_of(key: str, time_zone: str) -> dict[str, Any]:
    """The document of a template; of the hourly one where there is none of this name."""
    return {"time_zone": time_zone, **_template(key).document}


def examples_of(key: str, on: date, zone: tzinfo) -> list[Example]:
    """A template's examples, on a day of a zone."""

    def at(text: str) -> datetime:
        return datetime.combine(on, time.fromisoformat(text), zone)

    return [Example(at(entered), at(left), fen) for entered, left, fen in _template(key).examples]
