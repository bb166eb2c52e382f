"""How fast is a feed read by its mapping, and how much memory does a feed of 5 MB take?

With PARKING_REAL_DATA the register of Taipei's lots is read, without it one of that shape that we made up.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from openpyxl import Workbook
from rich.progress import Progress

from integrations.sources.mapped.protocol import read_preview

RUNS = 7
LIMIT_PER_S = 20_000
LIMIT_MB = 60
_FILE_BYTES = 5_000_000
_NOW = datetime(2026, 11, 21, tzinfo=UTC)
_REAL = "taiwan/taipei_lots_2025-12-30.json"
_PARTS = """
[lots]
records = "{records}"
id = "id"
name = "name"
lat = "tw97y"
lon = "tw97x"
address = {{ paths = ["area", "address"], join = "" }}
fees = "payex"
hours = {{ path = "serviceTime", map = {{ "24小時" = "24/7" }}, else = "" }}
[lots.spaces]
general = "totalcar"
motorcycle = "totalmotor"
bus = "totalbus"
bicycle = "totalbike"
"""
_HEAD = """version = 1
time_zone = "Asia/Taipei"
crs = "EPSG:3826"
unknown = [""]
[document]
format = "{format}"
"""


def mapping_of(form: str, records: str) -> str:
    """The mapping of such a register in a format."""
    return _HEAD.format(format=form) + _PARTS.format(records=records)


JSON_MAPPING = mapping_of("json", "data.park.*")


def run(progress: Progress) -> list[dict[str, Any]]:
    """Records in a second of one core's own time, and the memory above idle of each format."""
    body, what = _register()
    task = progress.add_task("read by a mapping", total=RUNS + len(_FORMATS))
    mapped, bare = [], []
    records = len(orjson.loads(body)["data"]["park"])
    for _ in range(RUNS):
        bare.append(_seconds(lambda: orjson.loads(body.decode())))
        mapped.append(_seconds(lambda: read_preview(body, JSON_MAPPING, _NOW)))
        progress.advance(task)
    figures = [
        _figure(f"mapping, bare parse of {what}", records / median(bare), "records/s", "higher", None),
        _figure(f"mapping, {what} to lots", records / median(mapped), "records/s", "higher", LIMIT_PER_S),
    ]
    for form in _FORMATS:
        figures.append(_figure(f"mapping, memory of 5 MB {form}", _memory_mb(form), "MB", "lower", LIMIT_MB))
        progress.advance(task)
    return figures


def _register() -> tuple[bytes, str]:
    folder = os.environ.get("PARKING_REAL_DATA")
    if folder:
        return (Path(folder) / _REAL).read_bytes(), "Taipei's 1,765 lots"
    return json.dumps({"data": {"park": _lots(1_765)}}, ensure_ascii=False).encode(), "1,765 made-up lots"


def _lots(number: int) -> list[dict[str, Any]]:
    """Lots as Taipei tells them, with its prose of fees and what nobody reads."""
    return [
        {
            "id": f"TPE{position:05}",
            "area": "中山區",
            "name": f"第{position}停車場",
            "summary": "大型車:0格，小型車:17格(含身心障礙停車位1格)，機車:0格",
            "address": f"長春路{position}號地下1層",
            "tel": "000-0000",
            "payex": "計時：100元/時，停車未滿1小時以1小時計算，逾1小時以上，未滿半小時以半小時計算。" * 2,
            "serviceTime": "24小時",
            "tw97x": str(302_000 + position % 500),
            "tw97y": str(2_771_000 + position // 500),
            "totalcar": 17 + position % 90,
            "totalmotor": 0,
            "totalbike": 0,
            "totalbus": 0,
            **{f"flag{flag}": "0" for flag in range(20)},
        }
        for position in range(number)
    ]


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _json(lots: list[dict[str, Any]]) -> bytes:
    return json.dumps({"data": {"park": lots}}, ensure_ascii=False).encode()


def _csv(lots: list[dict[str, Any]]) -> bytes:
    lines = [",".join(lots[0]), *(",".join(str(value) for value in lot.values()) for lot in lots)]
    return "\n".join(lines).encode()


def _xml(lots: list[dict[str, Any]]) -> bytes:
    inner = "".join(
        "<park>" + "".join(f"<{key}>{value}</{key}>" for key, value in lot.items()) + "</park>"
        for lot in lots
    )
    return f"<data>{inner}</data>".encode()


def _xlsx(lots: list[dict[str, Any]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(list(lots[0]))
    for lot in lots:
        sheet.append(list(lot.values()))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# How a register is written, how it is mapped, and how many lots of it are 5 MB. A workbook is packed: its
# 250,000 cells are half of what is read at most.
_FORMATS: dict[str, tuple[Callable[[list[dict[str, Any]]], bytes], str, int]] = {
    "json": (_json, "data.park.*", 5_300),
    "csv": (_csv, "*", 11_000),
    "xml": (_xml, "data.park.*", 4_400),
    "xlsx": (_xlsx, "*", 7_300),
}


def _memory_mb(form: str) -> float:
    """How much a process grows at most while it reads such a file, in MB; one process for each."""
    context = multiprocessing.get_context("spawn")
    write, records, number = _FORMATS[form]
    body = write(_lots(number))
    if form != "xlsx" and abs(len(body) - _FILE_BYTES) > _FILE_BYTES // 5:
        raise RuntimeError(f"{form}: {len(body)} bytes are not 5 MB")
    with context.Pool(1) as pool:
        return float(pool.apply(_growth_mb, (body, mapping_of(form, records))))


def _growth_mb(body: bytes, mapping: str) -> float:
    # What is loaded once for all feeds is idle memory: a first, small document brings it in.
    first = json.dumps({"data": {"park": _lots(3)}}).encode()
    read_preview(first, JSON_MAPPING, _NOW)
    # The highest mark of this process is drawn anew.
    Path("/proc/self/clear_refs").write_text("5")
    before = _status_mb("VmRSS")
    parsed = read_preview(body, mapping, _NOW)
    if not parsed.lots:
        raise RuntimeError(f"nothing was read: {parsed.problems[:3]}")
    return _status_mb("VmHWM") - before


def _status_mb(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


def _figure(name: str, value: float, unit: str, better: str, limit: float | None) -> dict[str, Any]:
    figure: dict[str, Any] = {"name": name, "value": value, "unit": unit, "better": better}
    return figure if limit is None else {**figure, "limit": limit}
