"""What does one quote cost, for a day and for 30 days, beside an empty Python call?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from statistics import median
from time import perf_counter_ns, thread_time_ns
from typing import Any

from parking.city.rules import Calendar, seed_days
from parking.tariffs.rules.document import read
from parking.tariffs.rules.quotes import Stay, quote

STAYS = 2_000
ROUNDS = 5
_FREE = {"minutes": 30}


def _bands(day_fen: int) -> list[dict[str, Any]]:
    """A first hour and half hours by day, hours by night, each with a most."""
    day = [{"fen": 800, "unit_minutes": 60, "until_minutes": 60}, {"fen": day_fen, "unit_minutes": 30}]
    night = [{"fen": 100, "unit_minutes": 60}]
    return [
        {"from": "07:00", "until": "21:00", "cap_fen": 4000, "steps": day},
        {"from": "21:00", "until": "07:00", "cap_fen": 800, "steps": night},
    ]


def _document(cycle: dict[str, Any]) -> dict[str, Any]:
    schedules = [{"days": ["workday"], "cap_fen": 4500, "bands": _bands(300)}, {"bands": _bands(200)}]
    plan = {"cycle": cycle, "free": _FREE, "schedules": schedules}
    return {"time_zone": "Asia/Shanghai", "plans": {"all": plan}}


def nothing() -> None:
    return None


def _each_us(calls: list[Callable[[], object]]) -> tuple[float, float]:
    """The median of single calls, and the mean of the thread's CPU time, in µs, of the quietest rounds."""
    medians, shares = [], []
    for _ in range(ROUNDS):
        taken = []
        on_cpu = thread_time_ns()
        for call in calls:
            began = perf_counter_ns()
            call()
            taken.append(perf_counter_ns() - began)
        shares.append((thread_time_ns() - on_cpu) / len(calls))
        medians.append(median(taken))
    return min(medians) / 1000, min(shares) / 1000


def run(progress: Any) -> list[dict]:
    """Medians over stays that begin at any minute of a year with holidays and make-up days."""
    random, calendar = Random(1), Calendar.of(seed_days(2026), [2026])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    begins = [start + timedelta(minutes=random.randrange(330 * 1440)) for _ in range(STAYS)]
    figures = _figures("an empty Python call", _each_us([nothing] * STAYS))
    cycles = {"24 hours from entry": {"kind": "entry", "hours": 24}, "days": {"kind": "day", "from": "00:00"}}
    task = progress.add_task("quotes", total=2 * len(cycles))
    for told, cycle in cycles.items():
        rules = read(_document(cycle))
        for days, limit in ((1, 30), (30, 300)):
            stays = [Stay(at, at + timedelta(days=days, minutes=-random.randrange(60))) for at in begins]
            calls = [partial(quote, rules, stay, calendar) for stay in stays]
            name = f"a quote for {days} day{'s' * (days > 1)}, cycles of {told}"
            figures += _figures(name, _each_us(calls), limit)
            progress.advance(task)
    return figures


def _figures(name: str, taken: tuple[float, float], limit: float | None = None) -> list[dict]:
    each, on_cpu = taken
    figure = {"unit": "µs", "better": "lower"}
    return [
        {"name": name, "value": each, "limit": limit, **figure},
        {"name": f"{name}: CPU, mean", "value": on_cpu, "limit": None, **figure},
    ]
