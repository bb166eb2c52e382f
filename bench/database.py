"""Which database does a bench fill, and with which city?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from bench.made_up import BOUNDS, points
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

PROFILE = {
    "city": {"name_zh": "试城市", "name_en": "Test City", "code": "320999", "time_zone": "Asia/Shanghai"},
    "bounds": [
        {
            "name": "市域",
            "south": BOUNDS.south,
            "west": BOUNDS.west,
            "north": BOUNDS.north,
            "east": BOUNDS.east,
        }
    ],
}
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Database:
    """An empty database of the newest schema."""

    url: str
    engine: Engine
    sessions: Sessions


@contextmanager
def fresh_database(pool_size: int = 5) -> Iterator[Database]:
    """On a PostgreSQL of our own, with its durable settings."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer.open(Path(folder)) as server:
        engine = make_engine(server.url, pool_size=pool_size)
        revision.upgrade(engine)
        try:
            yield Database(server.url, engine, make_sessions(engine))
        finally:
            engine.dispose()


def a_city_of(sessions: Sessions, number: int, capacity: int, since: datetime) -> list[str]:
    """The ids of that many lots, each of `capacity` spaces, in a city that begins with them."""
    drafts = [
        LotDraft(
            code=f"B-{place:05d}",
            name=f"第 {place} 停车场",
            source_lat=lat,
            source_lon=lon,
            spaces={SpaceClass.GENERAL: capacity},
        )
        for place, (lat, lon) in enumerate(points(number))
    ]
    with unit_of_work(sessions) as uow:
        city.load_profile(uow.session, CLI, PROFILE, since)
    for start in range(0, number, _BATCH):
        with unit_of_work(sessions) as uow:
            lots.import_lots(uow.session, CLI, list(enumerate(drafts[start : start + _BATCH])), since)
    with sessions() as session:
        return sorted(ids_by_code(session, [draft.code for draft in drafts]).values())
