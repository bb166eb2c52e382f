"""How long after it was stored is a count in the public answer of every web process?"""

from __future__ import annotations

import os
import random
import time
from datetime import UTC, datetime
from statistics import quantiles
from typing import Any

import orjson
from flask import Flask

from bench.database import a_city_of, fresh_database
from bench.serving import WORKERS, asked, end_with_bench, served, telling_workers
from parking.bootstrap import create_web_app
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.occupancy import service as occupancy
from parking.occupancy.rules import CountInput
from parking.settings import Settings

LOTS = 10_000
CHANGES = 60
# A feed tells many counts at once; the one that is watched is among them.
_TOLD_TOGETHER = 200


def application() -> Flask:
    """The application as it is deployed."""
    end_with_bench()
    return telling_workers(create_web_app(Settings.from_env(os.environ)))


def run(progress: Any) -> list[dict]:
    """Store counts in an embedded PostgreSQL with durable settings, and ask until all workers tell them."""
    task = progress.add_task(f"freshness, importing {LOTS:,} lots", total=CHANGES)
    with fresh_database() as database:
        ids = a_city_of(database.sessions, LOTS, 1_000, datetime.now(UTC))
        with served("bench.freshness:application", {"PARKING_DATABASE_URL": database.url}) as port:
            progress.update(task, description="freshness, storing counts")
            lags = []
            for number in range(CHANGES):
                lags.append(_lag_s(database.sessions, port, ids, number))
                progress.advance(task)
    return [
        {
            "name": f"freshness: stored until told by all {WORKERS} processes, p95 of {CHANGES}",
            "value": quantiles(lags, n=20)[-1],
            "unit": "s",
            "limit": 1.0,
            "better": "lower",
        }
    ]


def _lag_s(sessions: Sessions, port: int, ids: list[str], number: int) -> float:
    """Seconds from a commit until every worker told the new count of the lot that is watched."""
    told = random.Random(number).sample(ids, _TOLD_TOGETHER)
    now = datetime.now(UTC)
    counts = [CountInput(lot_id, SpaceClass.GENERAL, now, number + 1) for lot_id in told]
    with unit_of_work(sessions) as uow:
        occupancy.record_counts(uow.session, CLI, "bench", counts, now)
    began = time.perf_counter()
    seen: set[str] = set()
    while len(seen) < WORKERS:
        body, worker = asked(port, f"/api/v1/lots/{told[0]}")
        if orjson.loads(body)["counts"][0]["free"] == number + 1:
            seen.add(worker)
        if time.perf_counter() - began > 30:
            raise RuntimeError("a count was not told within 30 s")
        time.sleep(0.005)
    return time.perf_counter() - began
