"""Are 3,000 sources a minute pulled in time while some hang and some are broken, and does memory stay flat?

The real worker and the simulator run as processes of their own; what is measured is read from the database:
of every minute that a good source was due, whether its good answer was recorded within 5 s.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from rich.progress import Progress
from sqlalchemy import func, select

from bench.database import PROFILE, fresh_database
from parking.city import service as city
from parking.entrypoints.processes import free_port
from parking.entrypoints.simulator.city import Play
from parking.entrypoints.simulator.load import Load, load_source
from parking.guidance import service as guidance
from parking.guidance.models import Pull, Source
from parking.guidance.rules.pulls import Lane
from parking.guidance.rules.sources import SourceDraft
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.schedule import phase_s
from parking.kernel.vocabulary import SpaceClass
from parking.lots import service as lots
from parking.lots.rules import LotDraft

LOAD = Load(count=3_000, hang_share=0.05, broken_share=0.02)
INTERVAL_S = 60
IN_TIME_S = 5.0
AIM_PERCENT = 99.0
# Allocators keep some of what they were given; growth beyond this over some 9,000 pulls is a leak.
MEMORY_GROWS_AT_MOST = 1.1
_SHORT = bool(os.environ.get("BENCH_SHORT"))
# All sources are new at once: first they must all have been asked, and those that hang be found out.
_WARM_UP_AT_LEAST_S = 60
_WARM_UP_AT_MOST_S = 300
_MEASURED_S = 60 if _SHORT else 180
_LOOK_EVERY_S = 5.0
_BATCH = 500


@dataclass
class Seen:
    """When good answers of each source were recorded, by its id."""

    good: dict[str, set[datetime]] = field(default_factory=dict)

    def look(self, sessions: Sessions) -> None:
        with sessions() as session:
            for source_id, at in session.execute(select(Pull.source_id, Pull.succeeded_at)).tuples():
                if at is not None:
                    self.good.setdefault(source_id, set()).add(at)


def run(progress: Progress) -> list[dict[str, Any]]:
    """Three minutes after a warm-up; BENCH_SHORT in the environment makes it one."""
    task = progress.add_task("3,000 sources a minute", total=_WARM_UP_AT_LEAST_S + _MEASURED_S)
    with fresh_database() as database:
        sessions = database.sessions
        port = free_port()
        good = _prepare(sessions, f"http://127.0.0.1:{port}")
        with _simulator(port), _worker(database.url) as worker:
            _warm_up(sessions, progress, task)
            return _measure(sessions, worker, good, progress, task)


def _warm_up(sessions: Sessions, progress: Progress, task: Any) -> None:
    """Until the first round is over: nothing in the fast lane has waited for longer than it may."""
    _pass(_WARM_UP_AT_LEAST_S, progress, task)
    until = time.monotonic() + _WARM_UP_AT_MOST_S - _WARM_UP_AT_LEAST_S
    calm = 0
    while calm < 2 and time.monotonic() < until:
        time.sleep(_LOOK_EVERY_S)
        late_at = datetime.now(UTC) - timedelta(seconds=IN_TIME_S)
        with sessions() as session:
            waiting = select(func.count()).where(Pull.lane == Lane.FAST, Pull.due_at < late_at)
            calm = 0 if session.scalar(waiting) else calm + 1


def _measure(
    sessions: Sessions, worker: subprocess.Popen[bytes], good: set[str], progress: Progress, task: Any
) -> list[dict[str, Any]]:
    seen = Seen()
    began_at, cpu_s, memory_mb = datetime.now(UTC), _cpu_s(worker.pid), _memory_mb(worker.pid)
    until = time.monotonic() + _MEASURED_S
    while time.monotonic() < until:
        _pass(_LOOK_EVERY_S, progress, task)
        seen.look(sessions)
        if worker.poll() is not None:
            raise RuntimeError(f"the worker ended with {worker.returncode}")
    ended_at = datetime.now(UTC)
    due, in_time = _in_time(seen, good, began_at, ended_at - timedelta(seconds=IN_TIME_S + _LOOK_EVERY_S))
    grown = _memory_mb(worker.pid) / memory_mb
    pulls = sum(at >= began_at for instants in seen.good.values() for at in instants)
    core = (_cpu_s(worker.pid) - cpu_s) / (ended_at - began_at).total_seconds()
    return [
        _figure(
            "good sources pulled within 5 s of being due", 100 * in_time / due, "%", AIM_PERCENT, "higher"
        ),
        _figure("memory of the worker, end against start", grown, "times", MEMORY_GROWS_AT_MOST, "lower"),
        _figure("memory of the worker at the start", memory_mb, "MB", None, "lower"),
        _figure("good pulls seen a minute", 60 * pulls / _MEASURED_S, "", None, "higher"),
        _figure("worker's share of one core", 100 * core, "%", None, "lower"),
    ]


def _in_time(seen: Seen, good: set[str], from_at: datetime, until_at: datetime) -> tuple[int, int]:
    """How many times good sources were due between two instants, and how many of these were kept."""
    due = kept = 0
    for source_id in good:
        recorded = seen.good.get(source_id, set())
        first = _first_due(source_id, from_at)
        while first < until_at:
            due += 1
            kept += any(first <= at <= first + timedelta(seconds=IN_TIME_S) for at in recorded)
            first += timedelta(seconds=INTERVAL_S)
    return due, kept


def _first_due(source_id: str, from_at: datetime) -> datetime:
    phase = phase_s(f"{source_id}:live", INTERVAL_S)
    beats = (from_at.timestamp() - phase) // INTERVAL_S + 1
    return datetime.fromtimestamp(beats * INTERVAL_S + phase, UTC)


def _prepare(sessions: Sessions, base_url: str) -> set[str]:
    """A city with one lot for each source; the ids of the sources that will behave."""
    now = datetime.now(UTC)
    with unit_of_work(sessions) as uow:
        city.load_profile(uow.session, CLI, PROFILE, now)
    for start in range(0, LOAD.count, _BATCH):
        numbers = range(start, min(start + _BATCH, LOAD.count))
        with unit_of_work(sessions) as uow:
            lots.import_lots(uow.session, CLI, [(n + 1, _lot(n)) for n in numbers], now)
            drafts = [_source(n, base_url) for n in numbers]
            guidance.load_sources(uow.session, CLI, drafts, {"plain"}, now)
    with sessions() as session:
        ids = dict(session.execute(select(Source.name, Source.id)).tuples().all())
    return {ids[f"load {n}"] for n in range(LOAD.count) if LOAD.play(n) is Play.GOOD}


def _lot(number: int) -> LotDraft:
    [lot] = load_source(number, LOAD).lots
    spaces = {SpaceClass(name): capacity for name, capacity in lot.spaces.items()}
    return LotDraft(lot.code, lot.name, lot.lat, lot.lon, spaces=spaces)


def _source(number: int, base_url: str) -> SourceDraft:
    played = load_source(number, LOAD)
    [lot] = played.lots
    return SourceDraft(
        name=f"load {number}",
        adapter="plain",
        live_url=base_url + played.live_path,
        interval_s=INTERVAL_S,
        allowed_networks=("127.0.0.0/8",),
        lots={lot.external_id: lot.code},
    )


@contextmanager
def _simulator(port: int) -> Iterator[None]:
    words = ["simulate", "--port", str(port), "--load", str(LOAD.count), "--with-parent"]
    shares = ["--hang-share", str(LOAD.hang_share), "--broken-share", str(LOAD.broken_share)]
    good = next(n for n in range(LOAD.count) if LOAD.play(n) is Play.GOOD)
    with _parking([*words, *shares], {}) as process:
        for _ in range(300):
            try:
                urlopen(f"http://127.0.0.1:{port}/load/{good}", timeout=2).close()
                break
            except URLError:
                if process.poll() is not None:
                    raise RuntimeError("the simulator did not start") from None
                time.sleep(0.1)
        yield


@contextmanager
def _worker(database_url: str) -> Iterator[subprocess.Popen[bytes]]:
    environ = {"PARKING_DATABASE_URL": database_url, "PARKING_LOG_LEVEL": "error"}
    with _parking(["worker", "--with-parent"], environ) as process:
        yield process


@contextmanager
def _parking(words: list[str], environ: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "parking.entrypoints.cli", *words],
        env={**os.environ, **environ},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _pass(seconds: float, progress: Progress, task: Any) -> None:
    time.sleep(seconds)
    progress.advance(task, seconds)


def _memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def _cpu_s(pid: int) -> float:
    """User and system time of all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _figure(name: str, value: float, unit: str, limit: float | None, better: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "limit": limit, "better": better}
