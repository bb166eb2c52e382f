"""What became of each thing that a gate told?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OutcomeKind(StrEnum):
    """New and repeated are durable; quarantined is kept aside and never counts; refused left no trace."""

    NEW = "new"
    REPEATED = "repeated"
    QUARANTINED = "quarantined"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item. `event_id` is ours where none was told; `code` says why it was not taken.

    `counted`: it moves a count (a repetition: it did already).
    """

    kind: OutcomeKind
    event_id: str
    code: str | None = None
    field: str | None = None
    counted: bool = False

    @property
    def taken(self) -> bool:
        """Whether it is durable as a fact, now or before."""
        return self.kind in (OutcomeKind.NEW, OutcomeKind.REPEATED)
