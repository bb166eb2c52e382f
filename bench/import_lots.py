"""How long do 8,000 lots take to import, from the bytes of the file to the last commit?"""

from __future__ import annotations

import csv
import io
import time
from datetime import UTC, datetime
from statistics import median
from typing import Any

from rich.progress import Progress
from sqlalchemy import func, select, text

from bench import database
from parking.city import queries as city
from parking.city import service as city_service
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lots import service
from parking.lots.models import Lot
from parking.lots.rules import read_rows, read_table

LOTS = 8_000
LIMIT_S = 10.0
RUNS = 3
_BATCH = 500
_NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
PROFILE = {
    **database.PROFILE,
    "districts": [
        {"code": "320999001", "name_zh": "城东街道", "name_en": "Chengdong", "lat": 32.06, "lon": 120.64}
    ],
}
_HEADER = (
    "编号,名称,类别,类型,区划代码,地址,经营单位,纬度,经度,坐标系,权限,开放时间,限高,普通,无障碍,充电,出入口"
)


def run(progress: Progress) -> list[dict[str, Any]]:
    """Import into empty registers of a server of our own, with PostgreSQL's durable settings."""
    task = progress.add_task(f"import {LOTS:,} lots", total=2 * RUNS)
    data = a_file(LOTS)
    first: list[float] = []
    again: list[float] = []
    with database.fresh_database() as fresh:
        sessions = fresh.sessions
        with unit_of_work(sessions) as uow:
            city_service.load_profile(uow.session, CLI, PROFILE, _NOW)
        for _ in range(RUNS):
            with unit_of_work(sessions) as uow:
                uow.session.execute(text("TRUNCATE lots, audit_entries CASCADE"))
            for times in (first, again):
                times.append(_import(sessions, data))
                progress.advance(task)
        with sessions() as session:
            if session.scalar(select(func.count()).select_from(Lot)) != LOTS:
                raise RuntimeError("not every lot was imported")
    unit = {"unit": "s", "better": "lower", "limit": LIMIT_S}
    return [
        {"name": f"import_lots {LOTS} lots", "value": median(first), **unit},
        {"name": f"import_lots {LOTS} lots again, unchanged", "value": median(again), **unit},
    ]


def a_file(lots: int) -> bytes:
    """A csv of lots all over the city, each with three classes, hours and two entrances."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(_HEADER.split(","))
    for number in range(lots):
        lat, lon = 31.92 + number % 250 * 0.001, 120.42 + number // 250 * 0.012
        ways = f"北门 {lat + 0.0003:.6f},{lon:.6f} entry; 南门 {lat - 0.0003:.6f},{lon:.6f} both"
        lot = (
            f"B-{number:05d}",
            f"第{number}停车场",
            "路外",
            "公共",
            "320999001",
            f"和平路{number}号",
            "城投公司",
        )
        place = (f"{lat:.6f}", f"{lon:.6f}", "gcj02", "公众", "Mo-Fr 07:00-22:00; PH off", 210)
        rows.writerow((*lot, *place, 50 + number % 400, 2, number % 20, ways))
    return out.getvalue().encode("utf-8-sig")


def _import(sessions: Sessions, data: bytes) -> float:
    started = time.perf_counter()
    table = read_table(data, ".csv")
    with sessions() as session:
        view = city.city_view(session, city.today(session, _NOW))
    read = read_rows(table, view)
    if read.problems:
        raise RuntimeError(read.problems[0].sentence)
    for start in range(0, len(read.drafts), _BATCH):
        with unit_of_work(sessions) as uow:
            service.import_lots(uow.session, CLI, read.drafts[start : start + _BATCH], _NOW)
    return time.perf_counter() - started


if __name__ == "__main__":
    with Progress() as progress:
        for figure in run(progress):
            print(f"{figure['name']}: {figure['value']:.2f} s (limit {figure['limit']:.0f} s)")
