"""What did we take of an answer?"""

from __future__ import annotations

from dataclasses import dataclass, field

from parking.boundary.feeds import RecordProblem


@dataclass(slots=True)
class Taken:
    """Records used and problems found.

    `may_be_asked_whether_modified`: the same answer would bring nothing more the next time.
    """

    used: int = 0
    problems: list[RecordProblem] = field(default_factory=list)
    may_be_asked_whether_modified: bool = True
