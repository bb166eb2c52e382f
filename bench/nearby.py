"""What do the nearest 20 lots with a free space cost over HTTP, beside 20 bytes, and in a larger city?"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from statistics import median
from typing import Any

from flask import Blueprint, Flask, Response

from bench.figures import figure
from bench.made_up import CITY, made_up, points
from bench.modelled import made_for_good, services_with
from bench.serving import end_with_bench, load_generator, requests_per_s, served
from parking.bootstrap import configure_logging
from parking.city.rules import Calendar
from parking.lookup.queries import Model
from parking.lots.rules import HoursReader
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.citizen import api
from parking.settings import Settings

ROUNDS = 5
_LOTS = "BENCH_LOTS"
BARE = "/bench/bare"
NEAREST = "/api/v1/lots/nearby?lat={lat:.6f}&lon={lon:.6f}&radius=20000&limit=20&sort=near&min_free=1"

bare = Blueprint("bench", __name__)


@bare.get(BARE)
def twenty_bytes() -> Response:
    """No page: a page would be given languages and packed."""
    return Response(b"x" * 20, content_type="text/plain")


@bare.get("/bench/worker")
def worker() -> str:
    return str(os.getpid())


def application() -> Flask:
    """The public interface over a model of $BENCH_LOTS made-up lots, and a bare route beside it."""
    end_with_bench()
    configure_logging(Settings())
    services = services_over(int(os.environ[_LOTS]))
    return create_app(services, [bare], [api.blueprint], description=api.DESCRIPTION)


def services_over(number: int) -> PortalServices:
    """What a portal needs, over a model of that many made-up lots and no database."""
    with made_for_good():
        now = datetime.now(UTC)
        lots = list(made_up(number, now))
        counters = {card.id: views for card, views in lots}
        hours = HoursReader(Calendar(), CITY.time_zone)
        return services_with(Model.filled(CITY, hours, (card for card, _ in lots), counters, now))


def run(progress: Any) -> list[dict]:
    """Rates of both routes at 10,000 lots, and of nearby at 1,000 and 1,000,000."""
    task = progress.add_task(f"nearby, load by {load_generator()}", total=2 * ROUNDS)
    nearest = [NEAREST.format(lat=lat, lon=lon) for lat, lon in points(2_000)]
    rates: dict[str, list[float]] = {name: [] for name in ("bare", "10k", "1k", "1m")}
    with served("bench.nearby:application", {_LOTS: "10000"}) as port:
        requests_per_s(port, nearest, 1)
        for _ in range(ROUNDS):
            rates["bare"].append(requests_per_s(port, [BARE]))
            rates["10k"].append(requests_per_s(port, nearest))
            progress.advance(task)
    progress.update(task, description="nearby, filling 1,000,000 lots")
    with (
        served("bench.nearby:application", {_LOTS: "1000"}) as small,
        served("bench.nearby:application", {_LOTS: "1000000"}) as large,
    ):
        for port in (small, large):
            requests_per_s(port, nearest, 1)
        for _ in range(ROUNDS):
            rates["1k"].append(requests_per_s(small, nearest))
            rates["1m"].append(requests_per_s(large, nearest))
            progress.advance(task)
    return _figures(rates)


def _figures(rates: dict[str, list[float]]) -> list[dict]:
    """Ratios are of neighbours in time, so that other work on the machine touches both alike."""
    share = median(near / bare for near, bare in zip(rates["10k"], rates["bare"], strict=True))
    growth = median(small / large for small, large in zip(rates["1k"], rates["1m"], strict=True))
    by = load_generator()
    return [
        figure(f"bare route answering 20 bytes (load by {by})", median(rates["bare"]), "/s"),
        figure("nearest 20 free of 10,000 lots", median(rates["10k"]), "/s"),
        figure("nearest 20 free of 10,000 lots, share of the bare route", share, "", 0.35),
        figure("nearest 20: cost at 1,000,000 lots over cost at 1,000", growth, "times", 1.2, "lower"),
    ]
