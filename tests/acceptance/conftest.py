"""The recorded feeds, served over HTTP to the worker's real parts in a city with those cities' bounds."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from parking.city import queries as city
from parking.guidance import queries as guidance
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots
from parking.lots.queries import LotCard
from parking.occupancy.queries import CounterView, counter_views
from tests.adapters.fault_server import FaultServer
from tests.factories.city import a_city
from tests.factories.sources import HandClock, Worker, a_worker

BOUNDS = [
    {"name": "Aachen", "south": 50.66, "west": 5.97, "north": 50.86, "east": 6.22},
    {"name": "Stuttgart", "south": 48.69, "west": 9.03, "north": 48.87, "east": 9.32},
    {"name": "Herrenberg", "south": 48.53, "west": 8.78, "north": 48.65, "east": 8.96},
]


@dataclass(frozen=True)
class Told:
    """What another reader of the same files read: an oracle to compare with, not a truth to copy."""

    read: dict[str, dict[str, Any]]
    refused: frozenset[str]


@dataclass(frozen=True)
class Feeds:
    """The folder of recorded feeds."""

    folder: Path

    def body(self, file: str) -> bytes:
        return (self.folder / file).read_bytes()

    def told(self, city: str, kind: str) -> Told:
        """`kind` is static or realtime."""
        manifest = json.loads((self.folder / "manifest.json").read_text())
        [entry] = [entry for entry in manifest if entry["uid"] == city]
        records = json.loads((self.folder / "peer_normalised" / entry[f"{kind}_normalised"]).read_text())
        read = {record["uid"]: record for record in records}
        assert read.keys() == set(entry[f"{kind}_valid_uids"])
        return Told(read, frozenset(entry[f"{kind}_error_uids"]))


@dataclass
class City:
    """One city's feed as the worker pulled it."""

    name: str
    worker: Worker
    cards: dict[str, LotCard]
    """The adopted lots by the feed's ids."""
    counters: dict[str, CounterView]
    """The general counters by the feed's ids."""

    def refused(self, kind: str) -> dict[str, str]:
        """Which records were not taken, and why (by the feed's ids)."""
        pull = self.worker.static(self.name) if kind == "static" else self.worker.live(self.name)
        return {told["record"]: told["kind"] for told in pull.problems}


@pytest.fixture
def feeds() -> Feeds:
    return Feeds(Path(os.environ["PARKING_REAL_DATA"]) / "feeds")


@pytest.fixture
def pulled(sessions: Sessions, feeds: Feeds) -> Iterator[Callable[..., City]]:
    """`pulled(name, at, static=file, live=file, **source)` serves the files and lets the worker pull them."""
    clock = HandClock()
    with FaultServer() as server, a_worker(sessions, clock, fast_threads=2, slow_threads=1) as worker:

        def pull(name: str, at: str, *, static: str, live: str, **source: Any) -> City:
            clock.at = datetime.fromisoformat(at)
            with unit_of_work(sessions) as uow:
                a_city(uow.session, now=clock.now(), bounds=BOUNDS)
            urls = {
                f"{kind}_url": server.put(
                    f"/{kind}", feeds.body(file), "application/octet-stream", etag=False
                )
                for kind, file in (("static", static), ("live", live))
            }
            worker.add(name=name, adopts_lots=True, time_zone="Europe/Berlin", **urls, **source)
            worker.pull_due()
            return _city(name, worker)

        yield pull


def _city(name: str, worker: Worker) -> City:
    with worker.sessions() as session:
        links = guidance.links(session, worker.source(name).id)
        today = city.today(session, worker.clock.now())
        cards = {card.id: card for card in lots.lot_cards(session, today, set(links.values()))}
        views = {
            view.lot_id: view
            for view in counter_views(session, set(links.values()))
            if view.space_class == SpaceClass.GENERAL
        }
    by_id = {external_id: cards[lot_id] for external_id, lot_id in links.items()}
    counters = {external_id: views[lot_id] for external_id, lot_id in links.items() if lot_id in views}
    return City(name, worker, by_id, counters)
