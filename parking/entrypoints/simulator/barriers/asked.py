"""How does a lot play whose vendor's cloud is asked? Its crossings are kept there, and told to who asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Lock
from typing import Any

from parking.entrypoints.simulator.barriers.crossing import Leads
from parking.entrypoints.simulator.barriers.plan import Planned, crossings, day_of
from parking.entrypoints.simulator.clouds import VENDORS, Cloud, CloudAnswer, ask
from parking.entrypoints.simulator.course import Course


@dataclass(slots=True)
class AskedLot:
    """A lot in a vendor's cloud; `lanes` are the vendor's names of the lanes, by where they lead."""

    slug: str
    code: str
    vehicles: int
    course: Course
    vendor: str
    cloud: Cloud
    lanes: Mapping[Leads, str]
    seed: int
    lock: Lock = field(default_factory=Lock)
    _day: date | None = None
    _planned: list[Planned] = field(default_factory=list)
    _kept: int = 0

    def play(self, now: datetime, stopping: Callable[[], bool]) -> None:
        """The lot tells its cloud what crossed by now."""
        with self.lock:
            day = day_of(now)
            if day != self._day:
                # All have left by the end of a day.
                self._keep(len(self._planned), now)
                self._day, self._kept = day, 0
                self._planned = crossings(self.code, self.vehicles, self.course, day, seed=self.seed)
            passed = sum(planned.crossing.at <= now for planned in self._planned[self._kept :])
            self._keep(self._kept + passed, now)

    def answer(self, path: str, query: Mapping[str, str], body: bytes, now: datetime) -> CloudAnswer:
        """What the cloud says to a POST at a path below its address."""
        return ask(VENDORS[self.vendor], self.cloud, path, query, body, now)

    def told(self) -> Mapping[str, Any]:
        """The cloud as /control tells it."""
        return {
            "cloud": self.slug,
            "lot": self.code,
            "dialect": self.vendor,
            "plays": self.cloud.fault.value,
            "seen": self._kept,
            "asked": self.cloud.asked,
        }

    def _keep(self, until: int, now: datetime) -> None:
        fresh = [planned.crossing for planned in self._planned[self._kept : until]]
        self.cloud.keep([(crossing, self.lanes[crossing.leads]) for crossing in fresh], now)
        self._kept = until
