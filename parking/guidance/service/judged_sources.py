"""What do the rules say of each source as a whole?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from parking.guidance.queries.judged import JudgedPull
from parking.guidance.rules.health import sources as rules
from parking.guidance.rules.health.counters import Verdict
from parking.guidance.rules.health.kinds import AnomalyKind, Subject
from parking.guidance.rules.health.limits import Limits
from parking.guidance.rules.pulls import PullKind


def judge_pulls(pulls: Iterable[JudgedPull], limits: Limits, now: datetime) -> dict[Subject, Verdict]:
    """The verdicts on the answers of the sources; of those that are well there is none."""
    verdicts: dict[Subject, Verdict] = {}
    for pull in pulls:
        told = _live(pull, limits, now) if pull.kind is PullKind.LIVE else _static(pull, limits)
        for kind, verdict in told.items():
            if verdict is not None:
                verdicts[Subject(kind, pull.source)] = verdict
    return verdicts


def _static(pull: JudgedPull, limits: Limits) -> dict[AnomalyKind, Verdict]:
    if pull.course is None:
        return {}
    return {AnomalyKind.LOTS_VANISHED: rules.lots_vanished(pull.course, limits)}


def _live(pull: JudgedPull, limits: Limits, now: datetime) -> dict[AnomalyKind, Verdict]:
    told = {AnomalyKind.SILENT: rules.silent(pull.silent_since_at, now, limits)}
    if pull.course is not None:
        answers = pull.course.answers
        told |= {
            AnomalyKind.CLOCK_AHEAD: rules.clock_ahead(answers, limits),
            AnomalyKind.CLOCK_BEHIND: rules.clock_behind(answers, limits),
            AnomalyKind.RECORDS_VANISHED: rules.records_vanished(pull.course, limits),
            AnomalyKind.IDS_REPEATED: rules.ids_repeated(answers, limits),
        }
    return told
