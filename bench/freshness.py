"""How long after it was stored is a count in the public answer of every web process?"""

from __future__ import annotations

import os
import random
import tempfile
import time
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from statistics import quantiles
from typing import Any

import orjson
from flask import Flask, Response, abort

from bench.made_up import points
from bench.serving import WORKERS, asked, end_with_bench, served
from parking.bootstrap import create_web_app
from parking.city import service as city
from parking.kernel.actors import CLI
from parking.kernel.db import revision
from parking.kernel.db.embedded import EmbeddedServer
from parking.kernel.db.engine import Sessions, make_engine, make_sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lots import service as lots
from parking.lots.queries import ids_by_code
from parking.lots.rules import LotDraft
from parking.occupancy import service as occupancy
from parking.occupancy.rules import CountInput
from parking.portals._http.services import services
from parking.settings import Settings

LOTS = 10_000
CHANGES = 60
# A feed tells many counts at once; the one that is watched is among them.
_TOLD_TOGETHER = 200
_PROFILE = {
    "city": {"name_zh": "测试市", "name_en": "Bench City", "code": "320699", "time_zone": "Asia/Shanghai"},
    "bounds": [{"name": "all", "south": 31.8, "west": 120.3, "north": 32.3, "east": 121.0}],
}


def application() -> Flask:
    """The application as it is deployed; it also says which process answered, once its model is filled."""
    end_with_bench()
    app = create_web_app(Settings.from_env(os.environ))

    @app.get("/bench/worker")
    def worker() -> str:
        if not services().lookup.ready:
            abort(HTTPStatus.SERVICE_UNAVAILABLE)
        return str(os.getpid())

    @app.after_request
    def sign(response: Response) -> Response:
        response.headers["X-Worker"] = str(os.getpid())
        return response

    return app


def run(progress: Any) -> list[dict]:
    """Store counts in an embedded PostgreSQL with durable settings, and ask until all workers tell them."""
    task = progress.add_task(f"freshness, importing {LOTS:,} lots", total=CHANGES)
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer.open(Path(folder)) as server:
        engine = make_engine(server.url)
        revision.upgrade(engine)
        sessions = make_sessions(engine)
        ids = _register(sessions)
        with served("bench.freshness:application", {"PARKING_DATABASE_URL": server.url}) as port:
            progress.update(task, description="freshness, storing counts")
            lags = []
            for number in range(CHANGES):
                lags.append(_lag_s(sessions, port, ids, number))
                progress.advance(task)
        engine.dispose()
    return [
        {
            "name": f"freshness: stored until told by all {WORKERS} processes, p95 of {CHANGES}",
            "value": quantiles(lags, n=20)[-1],
            "unit": "s",
            "limit": 1.0,
            "better": "lower",
        }
    ]


def _register(sessions: Sessions) -> list[str]:
    now = datetime.now(UTC)
    drafts = [
        LotDraft(
            code=f"B-{number:05d}",
            name=f"第 {number} 停车场",
            source_lat=lat,
            source_lon=lon,
            spaces={SpaceClass.GENERAL: 1_000},
        )
        for number, (lat, lon) in enumerate(points(LOTS))
    ]
    with unit_of_work(sessions) as uow:
        city.load_profile(uow.session, CLI, _PROFILE, now)
    for start in range(0, LOTS, 500):
        with unit_of_work(sessions) as uow:
            lots.import_lots(uow.session, CLI, list(enumerate(drafts[start : start + 500])), now)
    with sessions() as session:
        return sorted(ids_by_code(session, [draft.code for draft in drafts]).values())


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
