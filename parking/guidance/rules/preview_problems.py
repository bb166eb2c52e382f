"""Which problems has a document, grouped by kind, and how many of its records are faulty?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from parking.boundary.feeds import Parsed, ProblemKind, RecordProblem
from parking.guidance.rules.preview import FaultTally, ProblemGroup
from parking.guidance.rules.pulls import PullKind

_FIRST = 10
# A record of these is taken: as it is, in part, in doubt, or once somebody links its lot.
_NO_FAULTS = frozenset(
    {
        ProblemKind.NO_PLACE,
        ProblemKind.UNPARSED_HOURS,
        ProblemKind.UNPARSED_FEES,
        ProblemKind.UNKNOWN_LOT,
        ProblemKind.ANOTHER_LOT,
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


def told_once(live: Parsed, static: Parsed) -> Parsed:
    """The live document without what is no fault and was told of the static one; mostly both are one file.

    A fault stays in both: whoever reads that a live record is faulty must find its row and why.
    """
    told = {problem for problem in static.problems if problem.kind in _NO_FAULTS}
    problems = tuple(problem for problem in live.problems if problem not in told)
    unlisted = {
        kind: number
        for kind, number in live.unlisted.items()
        if kind not in _NO_FAULTS or static.unlisted.get(kind) != number
    }
    return replace(live, problems=problems, unlisted=unlisted)


def tally_of(parsed: Parsed, screened: Iterable[RecordProblem]) -> FaultTally:
    """The records of a document and how many were faulty, those that screening refused among them."""
    refused = {problem.record for problem in screened if problem.kind not in _NO_FAULTS}
    return FaultTally(parsed.records, min(parsed.records, parsed.faulty + len(refused)))


def faulty_together(told: Sequence[Sequence[RecordProblem]], tallies: Sequence[FaultTally]) -> int:
    """How many records are faulty of one file that is read twice, for its lots and for its counts.

    `told` are the problems of each reading. Where not all are listed, it is reckoned in their proportion.
    """
    first, second = (_faulty_ids(problems) for problems in told)
    fewest = min(first.total(), second.total())
    both = (first & second).total() / fewest if fewest else 0.0
    faulty = [tally.faulty for tally in tallies]
    return sum(faulty) - round(min(faulty) * both)


def _faulty_ids(problems: Iterable[RecordProblem]) -> Counter[str]:
    """How many faulty records there are under each id."""
    places = {(each.record, each.row) for each in problems if each.kind not in _NO_FAULTS}
    return Counter(record for record, _ in places)


def _first(problems: Iterable[RecordProblem]) -> list[str]:
    places = (problem.record if problem.row is None else str(problem.row) for problem in problems)
    return list(dict.fromkeys(places))[:_FIRST]
