"""What follows from what the rules saw: which anomalies open, which stand, which close?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from parking.guidance.rules.health.counters import Verdict
from parking.guidance.rules.health.kinds import AnomalyKind, Evidence, Seen, Subject
from parking.guidance.rules.health.limits import Limits

# These look at single counts, which may be sound for a moment: they close after some calm.
_FLICKERING = frozenset({AnomalyKind.ABOVE_CAPACITY, AnomalyKind.SUM_ABOVE_TOTAL})


@dataclass(frozen=True, slots=True)
class Open:
    """An anomaly that stands."""

    id: str
    seen_at: datetime
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Changes:
    """What opens, what was seen again (by id) and what closes (by id)."""

    opened: Mapping[Subject, Seen]
    seen: Mapping[str, Seen]
    closed: frozenset[str]


def changes(
    standing: Mapping[Subject, Open], verdicts: Mapping[Subject, Verdict], limits: Limits, now: datetime
) -> Changes:
    """Compare what stands with what was judged now.

    Of a subject that a rule cannot tell of, what was judged before stands. One that is not judged at all any
    more (its counter tells nothing, its source is disabled) is as one that is well.
    """
    opened, seen, closed = {}, {}, set()
    for subject, verdict in verdicts.items():
        known = standing.get(subject)
        if isinstance(verdict, Seen):
            if known is None:
                opened[subject] = verdict
            else:
                seen[known.id] = verdict
    for subject, known in standing.items():
        verdict = verdicts.get(subject)
        if verdict is None and now - known.seen_at >= _calm(subject.kind, limits):
            closed.add(known.id)
    return Changes(opened, seen, frozenset(closed))


def _calm(kind: AnomalyKind, limits: Limits) -> timedelta:
    return timedelta(minutes=limits.calm_minutes if kind in _FLICKERING else 0)
