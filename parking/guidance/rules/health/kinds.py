"""What can be wrong with what a source tells, and which mark do its counts get for it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from parking.kernel.vocabulary import Mark

Evidence = Mapping[str, float | int | str]
"""What was seen, in numbers and with the threshold that it crossed; instants as ISO text."""


class AnomalyKind(StrEnum):
    """The first five are of one counter or lot, the others of a whole source."""

    FROZEN = "frozen"
    JUMP = "jump"
    ABOVE_CAPACITY = "above_capacity"
    REVERSED = "reversed"
    SUM_ABOVE_TOTAL = "sum_above_total"
    CLOCK_AHEAD = "clock_ahead"
    CLOCK_BEHIND = "clock_behind"
    RECORDS_VANISHED = "records_vanished"
    LOTS_VANISHED = "lots_vanished"
    IDS_REPEATED = "ids_repeated"
    SILENT = "silent"


MARKS: Mapping[AnomalyKind, Mark | None] = {
    AnomalyKind.FROZEN: Mark.FROZEN,
    AnomalyKind.JUMP: Mark.JUMP,
    AnomalyKind.ABOVE_CAPACITY: Mark.ABOVE_CAPACITY,
    AnomalyKind.REVERSED: Mark.REVERSED,
    AnomalyKind.SUM_ABOVE_TOTAL: Mark.SUM_ABOVE_TOTAL,
    AnomalyKind.CLOCK_AHEAD: Mark.CLOCK_WRONG,
    AnomalyKind.CLOCK_BEHIND: Mark.CLOCK_WRONG,
    AnomalyKind.RECORDS_VANISHED: Mark.RECORD_VANISHED,
    # Of the static data: it says nothing of the counts, which are told apart.
    AnomalyKind.LOTS_VANISHED: None,
    AnomalyKind.IDS_REPEATED: Mark.ID_REPEATED,
    # Age alone lowers the counts of a silent source, and in the end withholds them.
    AnomalyKind.SILENT: None,
}
"""The mark by which an anomaly lowers the quality of the counts that it concerns."""

OF_SOURCES = frozenset(
    {
        AnomalyKind.CLOCK_AHEAD,
        AnomalyKind.CLOCK_BEHIND,
        AnomalyKind.RECORDS_VANISHED,
        AnomalyKind.LOTS_VANISHED,
        AnomalyKind.IDS_REPEATED,
        AnomalyKind.SILENT,
    }
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What an anomaly is of: a counter, a lot (no class) or a whole source (no lot)."""

    kind: AnomalyKind
    source: str
    lot_id: str | None = None
    space_class: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """An anomaly as a rule saw it: the numbers, and since when what they tell has been so."""

    evidence: Evidence
    since_at: datetime
