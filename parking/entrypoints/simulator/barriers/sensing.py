"""How do a row's bay sensors behave? Bays fill by the course of the day, and each says its changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from parking.entrypoints.simulator.barriers.barrier import Tally
from parking.entrypoints.simulator.barriers.bays import SENSORS, Bay
from parking.entrypoints.simulator.barriers.crossing import Gate
from parking.entrypoints.simulator.barriers.line import Line
from parking.entrypoints.simulator.course import Course, occupied_at

# Sensors look anew so often; in between nothing is sent.
_LOOK_S = 20


@dataclass(slots=True)
class PlayedRow:
    """A lot whose bays have sensors; each sensor's serial and bay name, in the order of the bays."""

    code: str
    course: Course
    gate: Gate
    bays: tuple[tuple[str, str], ...]
    seed: int
    tally: Tally = field(default_factory=Tally)
    _taken: dict[str, bool] = field(default_factory=dict)
    _looked: int = -1
    _sequence: int = 0
    _line: Line = field(init=False)

    def __post_init__(self) -> None:
        self._line = Line(self.gate.url)

    def play(self, now: datetime, stopping: Callable[[], bool]) -> None:
        """Say what changed since the last look; the first look says every bay."""
        look = int(now.timestamp()) // _LOOK_S
        if look == self._looked:
            return
        self._looked = look
        for (serial, name), is_taken in zip(self.bays, self._seen(now), strict=True):
            if self._taken.get(name) is is_taken:
                continue
            if stopping() or not self._say(serial, Bay(name, is_taken, self._sequence, now)):
                return
            self._taken[name] = is_taken

    def _seen(self, now: datetime) -> list[bool]:
        """The first bays to be taken are always the same: those next to the door."""
        taken = occupied_at(self.code, len(self.bays), self.course, now, seed=self.seed)
        order = list(range(len(self.bays)))
        Random(self.code).shuffle(order)  # noqa: S311 - a story, not a secret
        nearest = set(order[:taken])
        return [n in nearest for n in range(len(self.bays))]

    def _say(self, serial: str, bay: Bay) -> bool:
        self._sequence += 1
        self.tally.seen += 1
        message = SENSORS[self.gate.dialect](serial, bay)
        answer = self._line.post(message)
        if answer is None:
            self.tally.unreached += 1
            return False
        is_heard = answer[0] < 300
        self.tally.sent += 1
        self.tally.acknowledged += is_heard
        self.tally.refused += not is_heard
        return is_heard

    def told(self) -> Mapping[str, Any]:
        """The row as /control tells it."""
        return {
            "sensors": self.gate.slug,
            "lot": self.code,
            "dialect": self.gate.dialect,
            "bays": len(self.bays),
            "taken": sum(self._taken.values()),
            **asdict(self.tally),
        }
