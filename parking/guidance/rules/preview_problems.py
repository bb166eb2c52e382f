"""Which problems has a document, grouped by kind, and how many of its records are faulty?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from parking.boundary.feeds import Parsed, ProblemKind, RecordProblem
from parking.guidance.rules.preview import ProblemGroup, Tally
from parking.guidance.rules.pulls import PullKind

_FIRST = 10
# A record of these is taken: as it is, in doubt, or once somebody links its lot.
_NO_FAULTS = frozenset(
    {
        ProblemKind.UNPARSED_HOURS,
        ProblemKind.UNPARSED_FEES,
        ProblemKind.UNKNOWN_LOT,
        ProblemKind.ABOVE_CAPACITY,
    }
)


def problem_groups(
    document: PullKind, parsed: Parsed, screened: Sequence[RecordProblem]
) -> list[ProblemGroup]:
    """What reading and screening did not take as it came: faults first, the most frequent kind first."""
    listed: dict[ProblemKind, list[RecordProblem]] = {}
    for problem in (*parsed.problems, *screened):
        listed.setdefault(problem.kind, []).append(problem)
    totals = parsed.problem_counts + Counter(problem.kind for problem in screened)
    groups = [
        ProblemGroup(
            document,
            kind,
            total,
            first=tuple(_first(listed.get(kind, ()))),
            example=next(iter(listed.get(kind, ())), None),
            is_fault=kind not in _NO_FAULTS,
        )
        for kind, total in totals.items()
    ]
    return sorted(groups, key=lambda group: (not group.is_fault, -group.total, group.kind))


def tally_of(parsed: Parsed, screened: Iterable[RecordProblem]) -> Tally:
    """The records of a document and how many were faulty, those that screening refused among them."""
    refused = {problem.record for problem in screened if problem.kind not in _NO_FAULTS}
    return Tally(parsed.records, min(parsed.records, parsed.faulty + len(refused)))


def _first(problems: Iterable[RecordProblem]) -> list[str]:
    places = (problem.record if problem.row is None else str(problem.row) for problem in problems)
    return list(dict.fromkeys(places))[:_FIRST]
