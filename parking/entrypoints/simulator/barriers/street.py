"""Which lots' barriers play, and who drives them? One thread a lot: its plan, its gates, in order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from typing import Any

from parking.entrypoints.simulator.barriers.asked import AskedLot
from parking.entrypoints.simulator.barriers.barrier import Barrier, Fault
from parking.entrypoints.simulator.barriers.crossing import Leads
from parking.entrypoints.simulator.barriers.plan import Planned, Story
from parking.entrypoints.simulator.barriers.sensing import PlayedRow
from parking.entrypoints.simulator.barriers.told import ToldLot
from parking.entrypoints.simulator.clouds import CloudFault
from parking.entrypoints.simulator.course import Course

_LOOK_EVERY_S = 0.5
# What is older than this when it is told was missed while nobody played.
_MISSED = timedelta(seconds=90)
_PATIENCE_S = 12.0
_IN_TURN = 6


class UnknownBarrier(LookupError):
    """No barrier has this slug."""


@dataclass(slots=True)
class PlayedStreet:
    """A lot with its barriers. `vehicles` is how many it holds."""

    code: str
    vehicles: int
    course: Course
    barriers: list[Barrier]
    seed: int
    lock: Lock = field(default_factory=Lock)
    _backed_out: set[str] = field(default_factory=set)
    _story: Story = field(init=False)

    def __post_init__(self) -> None:
        self._story = Story(self.code, self.vehicles, self.course, self.seed)

    def play(self, now: datetime, stopping: Callable[[], bool]) -> None:
        """Let everything that should have crossed by now cross, and let every barrier send."""
        with self.lock:
            for planned in self._story.passed(now):
                self._pass(planned, now)
            # In turns, so that a long replay of the entry does not leave the exit for later, and not all
            # at once, as a device that replays what it stored.
            for barrier in self.barriers:
                if not stopping():
                    barrier.flush(now, _IN_TURN)

    def _pass(self, planned: Planned, now: datetime) -> None:
        seen = planned.crossing
        if seen.stay in self._backed_out:
            self._backed_out.discard(seen.stay)
            return
        gates = [barrier for barrier in self.barriers if barrier.gate.leads is seen.leads]
        barrier = gates[planned.lane % len(gates)]
        if not barrier.see(seen, resent=now - seen.at > _MISSED) and seen.leads is Leads.ENTRY:
            self._backed_out.add(seen.stay)


class Street:
    """All played barriers; `start` and `stop` their threads."""

    def __init__(
        self,
        lots: Iterable[PlayedStreet],
        clock: Callable[[], datetime],
        rows: Iterable[PlayedRow] = (),
        clouds: Iterable[AskedLot] = (),
        told: Iterable[ToldLot] = (),
    ) -> None:
        self.lots = tuple(lots)
        self.rows = tuple(rows)
        self._asked = tuple(clouds)
        self._clouds: dict[str, AskedLot | ToldLot] = {lot.slug: lot for lot in self._asked}
        self._clouds |= {lot.slug: lot for lot in told}
        self._clock = clock
        self._stop = Event()
        self._threads = [
            Thread(target=self._drive, args=(lot,), name=f"street-{lot.code}", daemon=True)
            for lot in self._all()
        ]

    def _all(self) -> tuple[PlayedStreet | PlayedRow | AskedLot, ...]:
        return (*self.lots, *self.rows, *self._asked)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End all threads; what was not sent by then is replayed at the next start."""
        self._stop.set()
        for thread in self._threads:
            thread.join(_PATIENCE_S)
        for lot in self.lots:
            for barrier in lot.barriers:
                barrier.close()

    def direct(self, slug: str, plays: Fault, every: int) -> Mapping[str, Any]:
        """From now on every `every`-th crossing of a barrier shows a fault. Raises UnknownBarrier."""
        for lot in self.lots:
            for barrier in lot.barriers:
                if barrier.gate.slug == slug:
                    with lot.lock:
                        barrier.direct(plays, every)
                    return told(lot, barrier)
        raise UnknownBarrier(slug)

    def overview(self) -> list[Mapping[str, Any]]:
        """What every barrier plays, and what became of its messages; no address, secret or plate."""
        barriers = [told(lot, barrier) for lot in self.lots for barrier in lot.barriers]
        rows = [row.told() for row in self.rows]
        return barriers + rows + [cloud.told() for cloud in self._clouds.values()]

    def cloud(self, slug: str) -> AskedLot | ToldLot | None:
        """The lot whose vendor's cloud has this slug."""
        return self._clouds.get(slug)

    def direct_cloud(self, slug: str, plays: CloudFault) -> Mapping[str, Any]:
        """From now on a cloud misbehaves otherwise. Raises UnknownBarrier."""
        lot = self._clouds.get(slug)
        if lot is None:
            raise UnknownBarrier(slug)
        lot.cloud.fault = plays
        return lot.told()

    def _drive(self, lot: PlayedStreet | PlayedRow | AskedLot) -> None:
        while not self._stop.is_set():
            lot.play(self._clock(), self._stop.is_set)
            self._stop.wait(_LOOK_EVERY_S)


def told(lot: PlayedStreet, barrier: Barrier) -> Mapping[str, Any]:
    """A barrier as /control tells it."""
    return {
        "barrier": barrier.gate.slug,
        "lot": lot.code,
        "dialect": barrier.gate.dialect,
        "leads": barrier.gate.leads.value,
        "plays": barrier.plays.value,
        "every": barrier.every,
        "waiting": barrier.waiting,
        **asdict(barrier.tally),
    }
