"""Sources as an administrator adds them, documents as a lot serves them, and a worker that pulls both."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from integrations.http import HardenedFetcher
from integrations.registry import MAPPING_RULES, SOURCE_ADAPTERS
from parking.guidance import queries, service
from parking.guidance.jobs import Puller
from parking.guidance.queries import PullView, SourceView
from parking.guidance.rules.pulls import PullKind
from parking.guidance.rules.sources import SourceDraft
from parking.kernel.actors import CLI
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.occupancy.queries import counter_views
from tests.factories.city import NOW

HERE = ("127.0.0.0/8",)
_numbers = count(1)


class HandClock(Clock):
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def forward(self, **parts: float) -> None:
        self.at += timedelta(**parts)


def a_source_draft(**fields: Any) -> SourceDraft:
    """A sound description; servers of this machine are allowed."""
    told = {"name": f"source {next(_numbers)}", "adapter": "plain", "allowed_networks": HERE}
    return SourceDraft(**(told | fields))


def a_source(session: Session, *, now: datetime = NOW, is_on: bool = True, **fields: Any) -> str:
    """An added source, switched on unless told; returns its id."""
    draft = a_source_draft(**fields)
    presets = MAPPING_RULES.presets
    source_id = service.add_source(session, CLI, draft, SOURCE_ADAPTERS, now, presets=presets).id
    if draft.mapping is not None and is_on:
        service.switch_on(session, CLI, source_id, None, now, reason="a test knows what it gives")
    return source_id


def plain(*lots: Mapping[str, Any], at: datetime = NOW) -> bytes:
    """A document of the plain format."""
    document = {"parking": "1", "generated_at": at.isoformat(), "lots": list(lots)}
    return json.dumps(document, ensure_ascii=False).encode()


def counting(lot: str, free: int | None, *, space_class: str = "general", **more: Any) -> dict[str, Any]:
    """A lot's entry that only counts; `more` is said of the count."""
    return {"id": lot, "counts": [{"class": space_class, "free": free, **more}]}


def described(lot: str, capacity: int = 100, **more: Any) -> dict[str, Any]:
    """A lot's entry that describes it, in the small city."""
    return {
        "id": lot,
        "name": f"车场{lot}",
        "lat": 32.06,
        "lon": 120.62,
        "counts": [{"class": "general", "capacity": capacity}],
        **more,
    }


@dataclass
class Worker:
    """The worker's real parts in this process, told by hand when to look for what is due."""

    sessions: Sessions
    clock: HandClock
    puller: Puller

    def pull_due(self) -> None:
        """Pull all that is due now and wait until it is recorded, retries in the slow lane included."""
        for _ in range(2):
            self.puller.dispatch()
            assert self.puller.wait_idle(30)

    def source(self, name: str) -> SourceView:
        with self.sessions() as session:
            return queries.source_views(session, name)[0]

    def live(self, name: str) -> PullView:
        return self._pull(name, PullKind.LIVE)

    def static(self, name: str) -> PullView:
        return self._pull(name, PullKind.STATIC)

    def free(self, lot_id: str) -> int | None:
        """The number of free spaces that the facts of a lot add up to, None while nothing is known."""
        with self.sessions() as session:
            views = counter_views(session, [lot_id])
        return next((view.value for view in views if view.space_class == SpaceClass.GENERAL), None)

    def add(self, **fields: Any) -> str:
        with unit_of_work(self.sessions) as uow:
            return a_source(uow.session, now=self.clock.now(), **fields)

    def _pull(self, name: str, kind: PullKind) -> PullView:
        return next(pull for pull in self.source(name).pulls if pull.kind == kind)


@contextmanager
def a_worker(sessions: Sessions, clock: HandClock | None = None, **parts: Any) -> Iterator[Worker]:
    """A worker with its own fetcher; closed at the end of the block."""
    clock = clock or HandClock()
    fetcher = HardenedFetcher()
    puller = Puller(sessions, clock, fetcher, SOURCE_ADAPTERS, **parts)
    try:
        yield Worker(sessions, clock, puller)
    finally:
        puller.close()
        fetcher.close()
