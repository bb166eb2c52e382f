"""What do the rules say of each source as a whole?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from parking.guidance.queries.judged import JudgedPull
from parking.guidance.rules.health import sources as rules
from parking.guidance.rules.health.counters import Verdict
from parking.guidance.rules.health.kinds import AnomalyKind, Subject
from parking.guidance.rules.health.limits import Limits


def judge_pulls(pulls: Iterable[JudgedPull], limits: Limits, now: datetime) -> dict[Subject, Verdict]:
    """The verdicts on the live answers of the sources; of those that are well there is none."""
    verdicts: dict[Subject, Verdict] = {}
    for pull in pulls:
        told = {AnomalyKind.SILENT: rules.silent(pull.silent_since_at, now, limits)}
        if pull.course is not None:
            answers = pull.course.answers
            told |= {
                AnomalyKind.CLOCK_AHEAD: rules.clock_ahead(answers, limits),
                AnomalyKind.CLOCK_BEHIND: rules.clock_behind(answers, limits),
                AnomalyKind.RECORDS_VANISHED: rules.records_vanished(pull.course, limits),
                AnomalyKind.IDS_REPEATED: rules.ids_repeated(answers, limits),
            }
        for kind, verdict in told.items():
            if verdict is not None:
                verdicts[Subject(kind, pull.source)] = verdict
    return verdicts
