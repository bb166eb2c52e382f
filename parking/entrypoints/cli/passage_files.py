"""How do passages stand in a file? One a line (jsonl), or a table (csv) of passages or of whole stays."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import orjson

from parking.boundary.gates import PassageTold
from parking.kernel.errors import InvalidInput
from parking.kernel.vocabulary import Direction
from parking.portals.gateway.reading import passage

_COLUMNS = {
    "事件编号": "event_id",
    "时间": "at",
    "停车场": "lot",
    "车道": "lane",
    "方向": "direction",
    "车牌": "plate",
    "车牌颜色": "colour",
    "停车类型": "stay",
    "停车编号": "stay_id",
    "序号": "stay_id",
    "补传": "resent",
    "入场时间": "entered_at",
    "出场时间": "left_at",
    "入口": "entry_lane",
    "出口": "exit_lane",
}
_WORDS: Mapping[str, Mapping[str, object]] = {
    "direction": {"进": "entry", "入场": "entry", "出": "exit", "出场": "exit"},
    "stay": {"临停": "casual", "月租": "monthly", "共享": "shared"},
    "resent": {"": False, "0": False, "否": False, "false": False, "1": True, "是": True, "true": True},
}
_STAYS = {"entered_at", "left_at", "entry_lane", "exit_lane"}


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A row of a file: the passages that it tells (two of a whole stay), or what is wrong with it."""

    number: int
    told: tuple[PassageTold, ...] = field(default=(), repr=False)
    problem: InvalidInput | None = None


def count_rows(file: Path) -> int:
    """Roughly how many rows: for a bar of progress."""
    with file.open("rb") as lines:
        return max(sum(1 for _ in lines) - (file.suffix.lower() == ".csv"), 0)


def read_passages(file: Path, lot: str | None, zone: ZoneInfo) -> Iterator[PassageRow]:
    """The rows of a .jsonl or .csv file, the first is number 1; `lot` and `zone` where a row names none.

    Raises click.ClickException for another kind of file, or columns that nobody knows.
    """
    readers = {".jsonl": _json_lines, ".csv": _csv_rows}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise click.ClickException(f"{file}: .jsonl or .csv is wanted")
    for number, cells in enumerate(reader(file), 1):
        try:
            if cells is None:
                raise InvalidInput(reason="not_json")
            yield PassageRow(number, tuple(_passages(cells, lot, zone)))
        except InvalidInput as problem:
            yield PassageRow(number, problem=problem)


def _json_lines(file: Path) -> Iterator[Mapping[str, Any] | None]:
    with file.open("rb") as lines:
        for line in lines:
            try:
                told = orjson.loads(line)
            except orjson.JSONDecodeError:
                told = None
            yield told if isinstance(told, dict) else None


def _csv_rows(file: Path) -> Iterator[Mapping[str, Any]]:
    with file.open(encoding=_encoding(file), newline="") as lines:
        rows = csv.reader(lines)
        names = [_COLUMNS.get(name.strip(), name.strip()) for name in next(rows, [])]
        known = {*_COLUMNS.values()}
        if unknown := [name for name in names if name not in known]:
            raise click.ClickException(f"{file}: unknown columns {', '.join(unknown)}")
        for row in rows:
            cells = {name: cell.strip() for name, cell in zip(names, row, strict=False)}
            yield {name: _WORDS.get(name, {}).get(cell.lower(), cell) for name, cell in cells.items() if cell}


def _encoding(file: Path) -> str:
    try:
        file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _passages(cells: Mapping[str, Any], lot: str | None, zone: ZoneInfo) -> Iterator[PassageTold]:
    plain: dict[str, Any] = {name: value for name, value in cells.items() if name not in _STAYS}
    if lot is not None:
        plain.setdefault("lot", lot)
    if not _STAYS & cells.keys():
        yield passage({**plain, "at": _with_offset(plain.get("at"), zone)})
        return
    for side, time, lane in (
        (Direction.ENTRY, "entered_at", "entry_lane"),
        (Direction.EXIT, "left_at", "exit_lane"),
    ):
        if time in cells:
            crossing = {**plain, "at": _with_offset(cells[time], zone), "direction": side.value}
            if lane in cells:
                crossing["lane"] = cells[lane]
            if "event_id" not in plain and "stay_id" in plain:
                crossing["event_id"] = f"{plain['stay_id']}-{side.value}"
            yield passage(crossing)


def _with_offset(told: object, zone: ZoneInfo) -> object:
    """A wall clock without an offset is the lot's; whatever is no time is left for its reader to refuse."""
    if not isinstance(told, str):
        return told
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        return told
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).isoformat()
