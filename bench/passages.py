"""How many signed passages a second are durable before they are answered, and at what price?"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bench.gates import BATCHES, PASSAGES, Bench, application, filled, post, slow_disk, told, with_intake
from bench.serving import served
from parking.boundary.gates import PassageTold
from parking.kernel.db.changes import announce
from parking.kernel.db.unit_of_work import unit_of_work
from parking.occupancy.models import CounterState, PassageFact
from parking.portals._http.services import PortalServices
from parking.visits.models import Passage
from parking.visits.rules.outcomes import Outcome, OutcomeKind
from parking.visits.service.receiving import Received, Teller, receive

SECONDS = 5
ROUNDS = 3
BATCH = 500
# How many lots one vendor speaks for: what a batch is about, after an outage.
VENDORS_LOTS = 30
_MOST_PER_S = 6_000
_COPIED = 50_000

__all__ = ["application", "orm", "run", "unstored"]


class _Judged:
    """What the intake does before it asks the database."""

    def __init__(self, app: Flask) -> None:
        self.services: PortalServices = app.extensions["parking"]

    def received(self, teller: Teller, told: Sequence[PassageTold], at: datetime) -> list[Received]:
        book, keys = self.services.books.now(), self.services.plate_keys
        judged = [receive(teller, book, keys, one, at) for one in told]
        return [one for one in judged if isinstance(one, Received)]


@dataclass(frozen=True)
class _Round:
    """Passages a second of the three, one after the other, and the p99 at half of the stored."""

    unstored: float
    orm: float
    full: float
    p99_ms: float


class Unstored(_Judged):
    """Judges, and answers without storing: the same route with the database left out."""

    def take(self, teller: Teller, told: Sequence[PassageTold], at: datetime) -> tuple[Outcome, ...]:
        found = self.received(teller, told, at)
        return tuple(Outcome(OutcomeKind.NEW, one.key[1], counted=True) for one in found)


class Orm(_Judged):
    """Stores the way that one writes first: a session, objects and a commit for each request."""

    def take(self, teller: Teller, told: Sequence[PassageTold], at: datetime) -> tuple[Outcome, ...]:
        with unit_of_work(self.services.sessions) as uow:
            return tuple(self._one(uow.session, one, at) for one in self.received(teller, told, at))

    @staticmethod
    def _one(session: Session, one: Received, at: datetime) -> Outcome:
        source, event_id = one.key
        if session.get(Passage, (source, event_id)) is not None:
            return Outcome(OutcomeKind.REPEATED, event_id)
        hexes = {name: bytes.fromhex(one.row[name]) for name in ("plate_hash", "plate_sealed")}
        row = {name: value for name, value in one.row.items() if name != "space_class"}
        session.add(Passage(**(row | hexes), undone=False))
        moved = one.moves.passage
        counter = session.get(CounterState, moved.counter, with_for_update=True)
        session.add(
            PassageFact(
                source=source,
                event_id=event_id,
                lot_id=moved.lot_id,
                space_class=moved.space_class,
                at=moved.at,
                direction=moved.direction,
                counts=True,
                received_at=at,
            )
        )
        counter.value += moved.direction
        counter.as_of = max(counter.as_of, moved.at)
        counter.updated_at = at
        # The public answer follows it as it does the other.
        announce(session, "counts", [moved.lot_id])
        return Outcome(OutcomeKind.NEW, event_id, counted=True)


def unstored() -> Flask:
    return with_intake(Unstored)


def orm() -> Flask:
    return with_intake(Orm)


def run(progress: Any) -> list[dict]:
    """Post from wrk to two web processes, on this disk and on one that is a millisecond slower."""
    task = progress.add_task("passages", total=2 * 3 * ROUNDS + ROUNDS + 1)
    with filled() as bench:
        figures = _singles(progress, task, bench, "")
        figures += _batches(progress, task, bench)
    if shutil.which("gcc") is None:
        sys.stderr.write("passages: no gcc here, so nothing was measured on a slower disk\n")
        return figures
    with tempfile.TemporaryDirectory() as folder:
        library = slow_disk(Path(folder))
        with filled(slow_disk=library) as bench:
            _refuse_quick(bench)
            figures += _singles(progress, task, bench, ", disk 1 ms slower")
    return figures


def _singles(progress: Any, task: Any, bench: Bench, where: str) -> list[dict]:
    """A machine's speed wanders: a ratio is of its own round, and what is told the median of them."""
    rounds = [_round(progress, task, bench, where) for _ in range(ROUNDS)]
    name = f"single signed passages, durable{where}"
    full = median(each.full for each in rounds)
    return [
        _figure(name, full, "passages/s"),
        _figure(
            f"{name}: share of the route without a database",
            median(each.full / each.unstored for each in rounds),
            limit=0.25,
        ),
        _figure(
            f"{name}: times a commit each through the ORM",
            median(each.full / each.orm for each in rounds),
            limit=3,
        ),
        _figure(
            f"{name}: p99 at half of the maximum",
            median(each.p99_ms for each in rounds),
            "ms",
            limit=50,
            better="lower",
        ),
        _figure(f"{name}: the worst of {ROUNDS} rounds' p99", max(each.p99_ms for each in rounds), "ms"),
    ]


def _round(progress: Any, task: Any, bench: Bench, where: str) -> _Round:
    per_s: dict[str, float] = {}
    for factory in ("unstored", "orm"):
        progress.update(task, description=f"passages, {factory}{where}")
        with served(f"bench.passages:{factory}", bench.environ) as port:
            per_s[factory] = _post_many(bench, port)
        progress.advance(task)
    progress.update(task, description=f"passages, stored{where}")
    with served("bench.passages:application", bench.environ) as port:
        before = _stored(bench)
        full = post(bench, port, PASSAGES, _told(bench), seconds=SECONDS)
        _check(bench, before, full.answered)
        calm = post(bench, port, PASSAGES, _told(bench), seconds=SECONDS, per_s=full.per_s / 2)
    progress.advance(task)
    if not 0.45 < calm.per_s / full.per_s < 0.55:
        raise RuntimeError(f"{calm.per_s:.0f} passages a second are not half of {full.per_s:.0f}")
    return _Round(per_s["unstored"], per_s["orm"], full.per_s, calm.p99_ms)


def _batches(progress: Any, task: Any, bench: Bench) -> list[dict]:
    progress.update(task, description="passages, batches of 500")
    vendors, citys, copied = [], [], []
    with served("bench.passages:application", bench.environ) as port:
        for _ in range(ROUNDS):
            vendors.append(_batched_per_s(bench, port, VENDORS_LOTS))
            citys.append(_batched_per_s(bench, port, len(bench.lots)))
            copied.append(_copied_per_s(bench))
            progress.advance(task)
        mixed = _mixed(bench, port)
    progress.advance(task)
    shares = [[one / copy for one, copy in zip(some, copied, strict=True)] for some in (vendors, citys)]
    return [
        _figure(f"passages in batches of 500 of {VENDORS_LOTS} lots, durable", median(vendors), "passages/s"),
        _figure(
            f"passages in batches of 500 of {len(bench.lots)} lots, durable", median(citys), "passages/s"
        ),
        _figure("PostgreSQL's own COPY into the same table", median(copied), "rows/s"),
        _figure(f"batches of {VENDORS_LOTS} lots: share of COPY", median(shares[0]), limit=0.2),
        _figure(f"batches of {len(bench.lots)} lots: share of COPY", median(shares[1])),
        _figure(
            "batches of the same lots in any order, two processes: not answered with success",
            mixed,
            "requests",
            limit=0,
            better="lower",
        ),
    ]


def _batched_per_s(bench: Bench, port: int, lots: int) -> float:
    """Passages a second in batches, each of them of so many lots of the city."""
    before = _stored(bench)
    documents = []
    for number in range(400):
        own = [bench.lots[(number * lots + each) % len(bench.lots)] for each in range(lots)]
        documents.append({"passages": [told(bench, own[each % lots]) for each in range(BATCH)]})
    load = post(bench, port, BATCHES, documents, seconds=SECONDS, connections=4)
    _check(bench, before, load.answered * BATCH, more=4 * BATCH)
    return load.per_s * BATCH


def _mixed(bench: Bench, port: int) -> int:
    """How many of the batches that four clients post at once, each in its own order, are refused."""
    refused = []

    def post_some(number: int) -> None:
        documents = []
        for _ in range(40):
            passages = [told(bench, lot_id) for lot_id in bench.lots]
            documents.append({"passages": sorted(passages, key=lambda one: hash((number, one["event_id"])))})
        try:
            post(bench, port, BATCHES, documents, seconds=2, connections=2)
        except RuntimeError as problem:
            if "EXHAUSTED" not in str(problem):
                refused.append(number)

    threads = [threading.Thread(target=post_some, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(refused)


def _post_many(bench: Bench, port: int) -> float:
    return post(bench, port, PASSAGES, _told(bench), seconds=SECONDS).per_s


def _told(bench: Bench) -> list[dict[str, str]]:
    return [told(bench) for _ in range(_MOST_PER_S * SECONDS)]


def _stored(bench: Bench) -> tuple[int, int]:
    """Passages that are stored, and what the counters say, once nothing is on its way any more."""
    seen = None
    while True:
        with bench.sessions() as session:
            now = (
                session.scalar(select(func.count()).select_from(Passage)),
                session.scalar(select(func.sum(CounterState.value))),
            )
        if now == seen:
            return now
        seen = now
        time.sleep(0.5)


def _check(bench: Bench, before: tuple[int, int], answered: int, more: int = 32) -> None:
    """All that was answered is stored and counted, and no more than was on its way when the load ended."""
    rows, value = (after - at_first for after, at_first in zip(_stored(bench), before, strict=True))
    if not answered <= rows <= answered + more or rows != value:
        raise RuntimeError(f"{answered} were answered, {rows} are stored, {value} are counted")


def _copied_per_s(bench: Bench) -> float:
    """COPY of as many passages as there are into the table itself, from a file of the client."""
    with bench.sessions() as session:
        connection = session.connection().connection.driver_connection
        with connection.cursor() as cursor:
            rows = []
            with cursor.copy(f"COPY (SELECT * FROM passages LIMIT {_COPIED}) TO STDOUT") as out:
                rows = [bytes(row).replace(b"bench-", b"again-", 1) for row in out]
            began = time.perf_counter()
            with cursor.copy("COPY passages FROM STDIN") as copy:
                for start in range(0, len(rows), BATCH):
                    copy.write(b"".join(rows[start : start + BATCH]))
            session.commit()
            took = time.perf_counter() - began
        session.execute(text("delete from passages where event_id like 'again-%'"))
        session.commit()
        # What comes next is to find the table as this found it.
        session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        session.execute(text("vacuum passages"))
    return len(rows) / took


def _refuse_quick(bench: Bench) -> None:
    """A disk that was to be slow and is not would make every figure a lie."""
    began = time.perf_counter()
    for _ in range(20):
        with unit_of_work(bench.sessions) as uow:
            uow.session.execute(text("select pg_current_xact_id()"))
            uow.session.execute(text("update counter_states set updated_at = now() where value = -1"))
            uow.session.execute(text("insert into leases values (pg_current_xact_id()::text, '', now())"))
    if time.perf_counter() - began < 0.02:
        raise RuntimeError("the slower disk is not slow: LD_PRELOAD did not reach the server")


def _figure(
    name: str, value: float, unit: str = "", *, limit: float | None = None, better: str = "higher"
) -> dict:
    return {"name": name, "value": value, "unit": unit, "limit": limit, "better": better}
