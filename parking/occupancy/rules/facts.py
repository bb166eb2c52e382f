"""What can be told of a counter, and which of what was told stands?

A fact is named by (source, event id). Told twice it is one fact; voided, it is as if it never was, whichever
of the two came first. So the facts that stand depend on the set of what was told, never on its order.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Literal

Basis = Literal["free", "occupied"]
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Count:
    """An absolute count at an instant: `free` or `occupied` spaces, at least one of them told."""

    source: str
    event_id: str
    as_of: datetime
    free: int | None
    occupied: int | None = None
    capacity: int | None = None
    hand_set: bool = False

    @property
    def basis(self) -> Basis:
        """Free where it was told, because free is what the public reads; else occupied."""
        return "occupied" if self.free is None else "free"

    @property
    def value(self) -> int:
        return (self.occupied or 0) if self.free is None else self.free


@dataclass(frozen=True, slots=True)
class Passage:
    """A crossing: +1 in, -1 out (or the sum of several). One that does not count is evidence."""

    source: str
    event_id: str
    at: datetime
    direction: int
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Void:
    """The fact of this name is as if it never was."""

    source: str
    event_id: str


Fact = Count | Passage | Void


@dataclass(frozen=True, slots=True)
class Standing:
    """The facts that stand, each once and in order: counts by source, and the passages that count."""

    counts: dict[str, list[Count]]
    stamps: dict[str, list[datetime]]
    moves_at: list[datetime]
    moved: list[int]

    @property
    def newest_at(self) -> datetime | None:
        """The instant of the newest fact."""
        last = [stamps[-1] for stamps in self.stamps.values()] + self.moves_at[-1:]
        return max(last, default=None)

    def heads(self, at: datetime, *, before: bool = False) -> Iterator[Count]:
        """The newest count of each source with as_of <= at; with `before`, as_of < at."""
        find = bisect_left if before else bisect_right
        for source, stamps in self.stamps.items():
            if number := find(stamps, at):
                yield self.counts[source][number - 1]

    def moves(self, after: datetime, until: datetime) -> tuple[int, int, datetime | None]:
        """Of the passages in (after, until]: how many, their sum (+ is in), the instant of the last."""
        start, end = bisect_right(self.moves_at, after), bisect_right(self.moves_at, until)
        if end <= start:
            return 0, 0, None
        return end - start, self.moved[end] - self.moved[start], self.moves_at[end - 1]


def stand(facts: Iterable[Fact]) -> Standing:
    """Sort out which facts stand. Facts of one counter only; the order in which they are given is nothing."""
    voided: set[Key] = set()
    counts: dict[Key, Count] = {}
    passages: dict[Key, Passage] = {}
    for fact in facts:
        key = (fact.source, fact.event_id)
        if isinstance(fact, Count):
            known = counts.setdefault(key, fact)
            if known != fact:
                counts[key] = max(known, fact, key=_order)
        elif isinstance(fact, Passage):
            met = passages.setdefault(key, fact)
            if met != fact:
                passages[key] = max(met, fact, key=lambda told: (told.at, told.direction, told.counts))
        else:
            voided.add(key)
    by_source: dict[str, list[Count]] = {}
    for count in sorted((count for key, count in counts.items() if key not in voided), key=_order):
        by_source.setdefault(count.source, []).append(count)
    moves = sorted((p.at, p.direction) for key, p in passages.items() if p.counts and key not in voided)
    return Standing(
        counts=by_source,
        stamps={source: [count.as_of for count in told] for source, told in by_source.items()},
        moves_at=[at for at, _ in moves],
        moved=list(accumulate((direction for _, direction in moves), initial=0)),
    )


def _order(count: Count) -> tuple[datetime, bool, int, str, int, int, bool]:
    """By time; at one instant the count that promises least is the last, so that it is believed."""
    promised = -count.value if count.basis == "free" else count.value
    return (
        count.as_of,
        count.basis == "free",
        promised,
        count.event_id,
        -1 if count.occupied is None else count.occupied,
        -1 if count.capacity is None else count.capacity,
        count.hand_set,
    )
