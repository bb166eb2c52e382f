"""How do the visits of a real lot reach a platform? Through the gates of several makers, over bad lines.

Everything is drawn from one seed. The lot's records name no vehicle: plates are made up, and some vehicles
come again. What should come of it is reckoned here from the records alone, by plain means of its own.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from parking.entrypoints.simulator.barriers import DIALECTS
from parking.entrypoints.simulator.barriers.crossing import Crossing, Gate, Leads, vehicle

SPACES = 120
ZONE = ZoneInfo("Asia/Shanghai")
# Their messages carry the lot's own number of the stay; cameras know the plate alone.
NUMBERING = ("fourpyun", "bolink", "clean")
GHOST_AFTER = timedelta(days=30)
_KEPT_FOR = timedelta(days=7)
_LOST, _REPEATED, _DELAYED, _TOO_LATE = 0.01, 0.15, 0.06, 0.002


@dataclass(frozen=True, slots=True)
class RealVisit:
    """A line of the lot's own record."""

    number: int
    entered_at: datetime
    left_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """One telling of a crossing, and when it arrives."""

    arrives_at: datetime
    gate: Gate
    crossing: Crossing
    resent: bool


@dataclass
class Told:
    """All tellings by arrival, and of each visit what is known in the end: entry, exit, by number or not."""

    sent: list[Sent]
    known: list[tuple[RealVisit, bool, bool, bool, str]]
    moves: list[tuple[datetime, int]]
    aside: int
    _totals: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.moves.sort()
        self._totals = list(accumulate(change for _, change in self.moves))

    def inside(self, arrived_by: datetime) -> int:
        """How many vehicles the tellings that arrived say are inside: each counted once, from nothing."""
        place = bisect_right(self.moves, arrived_by, key=lambda move: move[0])
        return self._totals[place - 1] if place else 0

    def kinds(self, now: datetime) -> Counter[tuple[str, str | None]]:
        """The visits by state and doubt, each vehicle's story told in the order of its crossings."""
        found: Counter[tuple[str, str | None]] = Counter()
        stories: dict[str, list[tuple[datetime, bool]]] = {}
        for visit, came, left, numbered, plate in self.known:
            if numbered and came and left:
                found["closed", _doubt(visit.left_at - visit.entered_at)] += 1
                continue
            story = stories.setdefault(plate, [])
            story += [(visit.entered_at, True)] * came + [(visit.left_at, False)] * left
        for story in stories.values():
            found.update(_read(sorted(story, key=lambda each: (each[0], not each[1])), now))
        return found


def read_visits(file: Path) -> list[RealVisit]:
    """The record, by entry."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = [
            RealVisit(int(row["序号"]), _wall(row["入场时间"]), _wall(row["出场时间"]))
            for row in csv.DictReader(lines)
        ]
    return sorted(rows, key=lambda visit: (visit.entered_at, visit.number))


def tell(visits: Sequence[RealVisit], gates: Sequence[Gate], seed: int) -> Told:
    """Draw who drives, through which gates, and what the lines do to it."""
    random = Random(seed)
    told = Told([], [], [], 0)
    regulars = _Regulars()
    ways = {leads: [gate for gate in gates if gate.leads is leads] for leads in Leads}
    for visit in visits:
        # Whether a record that runs backwards can be read as one stay depends on the lot's number of it.
        backwards = visit.left_at < visit.entered_at
        fitting = NUMBERING if backwards and visit.number % 2 else tuple(DIALECTS)
        entry, out = (
            random.choice([gate for gate in ways[leads] if gate.dialect in fitting]) for leads in Leads
        )
        numbered = entry.dialect in NUMBERING and out.dialect in NUMBERING
        # A record that runs backwards says nothing of when its vehicle is free again.
        comes_again = not numbered and visit.left_at > visit.entered_at and random.random() < 0.6
        driven = vehicle(regulars.take(visit) if comes_again else 100_000 + visit.number)
        stay = f"visit-{visit.number}"
        crossings = (
            (entry, Crossing(visit.number * 2, visit.entered_at, Leads.ENTRY, driven, stay)),
            (out, Crossing(visit.number * 2 + 1, visit.left_at, Leads.EXIT, driven, stay, visit.entered_at)),
        )
        came, left = (_send(told, random, gate, crossing) for gate, crossing in crossings)
        told.known.append((visit, came, left, numbered, driven.plate))
    told.sent.sort(key=lambda sent: sent.arrives_at)
    told.__post_init__()
    return told


class _Regulars:
    """Vehicles that come again once they have left."""

    def __init__(self) -> None:
        self._free_at: list[datetime] = []

    def take(self, visit: RealVisit) -> int:
        for number, free_at in enumerate(self._free_at):
            if free_at < visit.entered_at:
                self._free_at[number] = visit.left_at
                return number + 1
        self._free_at.append(visit.left_at)
        return len(self._free_at)


def _send(told: Told, random: Random, gate: Gate, crossing: Crossing) -> bool:
    """Send a crossing over a bad line; whether it was ever heard in time."""
    fate = random.random()
    if fate < _LOST:
        return False
    if fate < _LOST + _TOO_LATE:
        told.sent.append(
            Sent(crossing.at + _KEPT_FOR + timedelta(hours=random.uniform(1, 40)), gate, crossing, True)
        )
        told.aside += 1
        return False
    resent = fate > 1 - _DELAYED
    delay = timedelta(hours=random.uniform(0.1, 150)) if resent else timedelta(seconds=random.uniform(0, 20))
    first = crossing.at + delay
    told.sent.append(Sent(first, gate, crossing, resent))
    told.moves.append((first, 1 if crossing.leads is Leads.ENTRY else -1))
    while random.random() < _REPEATED:
        again = first + (crossing.at + _KEPT_FOR - first) * random.random() * 0.99
        told.sent.append(Sent(again, gate, crossing, True))
    return True


def _read(story: Sequence[tuple[datetime, bool]], now: datetime) -> Iterator[tuple[str, str | None]]:
    """One vehicle's crossings, oldest first, as a clerk would read them."""
    inside: datetime | None = None
    for at, comes in story:
        if comes and inside is not None:
            yield "closed", "second_entry"
        if comes:
            inside = at
        elif inside is None:
            yield "closed", "exit_without_entry"
        else:
            yield "closed", _doubt(at - inside)
            inside = None
    if inside is not None:
        yield ("closed", "too_long") if now - inside > GHOST_AFTER else ("open", None)


def _doubt(length: timedelta) -> str | None:
    if length < timedelta(0):
        return "negative"
    if not length:
        return "zero_length"
    return "too_long" if length > GHOST_AFTER else None


def _wall(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)
