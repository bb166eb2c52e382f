"""What would be stored of a source's documents, and what would change? Plain figures for a person to judge.

A preview stores nothing. Distances in metres, coordinates WGS-84 degrees.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from parking.boundary.feeds import CountRecord, LotCandidate, LotRecord, ProblemKind, RecordProblem
from parking.guidance.rules.comparing import FieldDifference
from parking.guidance.rules.pulls import DuePull, Failed, Outcome, PullKind
from parking.kernel.errors import FieldProblem
from parking.occupancy.rules import CounterView

# A mapping that reads a larger share of faulty records needs a reason.
MOST_FAULTY = 0.05


class LotState(StrEnum):
    """New: nobody knows it. Known: linked to one of ours. Nearby: not linked, and one of ours lies close."""

    NEW = "new"
    KNOWN = "known"
    NEARBY = "nearby"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one of a source's addresses was asked, and what came of it."""

    due: DuePull
    outcome: Outcome


def asked_as(pulls: Iterable[DuePull]) -> str:
    """All that decides what a source gives and what is taken of it, in short: two that differ are two texts.

    The format, the mapping's text, addresses, private ranges, zone, datum, credential, and whether unknown
    lots enter the register. Nothing of it can be read out of the text.
    """
    told = sorted(
        [
            due.kind, due.adapter, due.mapping or "", due.url, due.time_zone, due.crs.upper(),
            sorted(due.allowed_networks), due.adopts_lots, (due.credential or b"").hex(),
        ]
        for due in pulls
    )  # fmt: skip
    return sha256(json.dumps(told).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class PreviewLot:
    """A lot as it would be stored. Of a known one: the lot of ours, and every field told otherwise.

    `overwrites`: a difference would be taken over (ours is unfiled); a filed lot's is only listed.
    """

    record: LotRecord
    state: LotState
    lot_id: str | None = None
    lot_code: str | None = None
    changes: tuple[FieldDifference, ...] = ()
    overwrites: bool = False


@dataclass(frozen=True, slots=True)
class PreviewCount:
    """A count as it would be stored; `name` of the lot it is joined to, `before` what is counted there now.

    `lot_id` None: no lot of ours is linked, so the count would not be taken.
    """

    record: CountRecord
    name: str | None = None
    lot_id: str | None = None
    lot_code: str | None = None
    before: CounterView | None = None


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """All problems of a kind in a document: their true number, and the rows (else ids) of the first of them.

    `is_fault` False: nothing is wrong with the record (prose kept as prose, a lot that nobody linked yet).
    """

    document: PullKind
    kind: ProblemKind
    total: int
    first: tuple[str, ...]
    example: RecordProblem | None
    is_fault: bool = True


@dataclass(frozen=True, slots=True)
class Nearby:
    """A lot of the source that nobody linked, and a lot of ours within 50 m: perhaps the same.

    `spoken_for`: sources that speak for our lot already.
    """

    external_id: str
    name: str
    spaces: int | None
    lot_id: str
    lot_code: str
    lot_name: str
    lot_spaces: int
    distance_m: float
    likeness: float
    spoken_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vanished:
    """A lot that is linked and that the source does not tell any more. It stays as it is."""

    external_id: str
    lot_id: str
    lot_code: str
    lot_name: str


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A lot of the source on the map."""

    external_id: str
    name: str
    lat: float
    lon: float
    state: LotState


@dataclass(frozen=True, slots=True)
class FaultTally:
    """How many records were read, none that a filter passes over, and of how many something was not taken."""

    records: int = 0
    faulty: int = 0

    @property
    def share(self) -> float:
        """0 to 1; 0 where there was no record."""
        return self.faulty / self.records if self.records else 0.0


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be stored of a source's documents. `doubts`: why it may not be switched on without a reason.

    `failed`: the addresses (static, live) of which nothing could be read. `told_unknown`: numbers that the
    feed itself says are unknown. `faulty`: records of which something was not taken, those of a file that is
    read twice counted once. `adopts_lots`: new lots would enter the register, unfiled. `asked`: how the
    source was asked for it (`asked_as`).
    """

    source: str
    at: datetime
    lots: tuple[PreviewLot, ...] = ()
    counts: tuple[PreviewCount, ...] = ()
    candidates: tuple[LotCandidate, ...] = ()
    problems: tuple[ProblemGroup, ...] = ()
    nearby: tuple[Nearby, ...] = ()
    vanished: tuple[Vanished, ...] = ()
    points: tuple[MapPoint, ...] = ()
    doubts: tuple[FieldProblem, ...] = ()
    tallies: Mapping[PullKind, FaultTally] = field(default_factory=dict)
    failed: Mapping[PullKind, Failed] = field(default_factory=dict)
    told_unknown: int = 0
    faulty: int = 0
    adopts_lots: bool = False
    asked: str = ""

    @property
    def states(self) -> Counter[LotState]:
        """How many lots are new, known and nearby."""
        return Counter(lot.state for lot in self.lots)

    @property
    def changed(self) -> int:
        """How many known lots are told otherwise than the register has them."""
        return sum(bool(lot.changes) for lot in self.lots)

    @property
    def faulty_share(self) -> float:
        """The larger share of faulty records of the two documents, 0 to 1."""
        return max((tally.share for tally in self.tallies.values()), default=0.0)
