"""How does a lot play whose vendor's cloud is asked? Its crossings are kept there, and told to who asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from parking.entrypoints.simulator.barriers.crossing import Leads
from parking.entrypoints.simulator.barriers.plan import Story
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
    _seen: int = 0
    _story: Story = field(init=False)

    def __post_init__(self) -> None:
        self._story = Story(self.code, self.vehicles, self.course, self.seed)

    def play(self, now: datetime, stopping: Callable[[], bool]) -> None:
        """The lot tells its cloud what crossed by now."""
        with self.lock:
            seen = [planned.crossing for planned in self._story.passed(now)]
            self.cloud.keep([(crossing, self.lanes[crossing.leads]) for crossing in seen], now)
            self._seen += len(seen)

    def answer(
        self, method: str, path: str, query: Mapping[str, str], body: bytes, now: datetime
    ) -> CloudAnswer:
        """What the cloud says to a request at a path below its address."""
        if method != "POST":
            return CloudAnswer(405)
        return ask(VENDORS[self.vendor], self.cloud, path, query, body, now)

    def told(self) -> Mapping[str, Any]:
        """The cloud as /control tells it."""
        return {
            "cloud": self.slug,
            "lot": self.code,
            "dialect": self.vendor,
            "plays": self.cloud.fault.value,
            "seen": self._seen,
            "asked": self.cloud.asked,
            "admitted": len(self.cloud.admissions.listed),
        }
