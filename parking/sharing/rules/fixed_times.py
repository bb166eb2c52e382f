"""Do hours say by the clock when they begin and end? Who must open a gate goes by nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from parking.kernel.errors import N_, FieldProblem
from parking.lots.rules.hours_text import split_rules

_SUN = re.compile(r"sunrise|sunset|dawn|dusk")
_NO_LENGTH = re.compile(r"(\d\d:\d\d)-\1")


def unfixed_times(text: str, field: str) -> Iterator[FieldProblem]:
    """Why these hours name no fixed time, at most one reason. Raises UnreadableHours."""
    times = " ".join(rule.times for rule in split_rules(text))
    if _SUN.search(times):
        yield FieldProblem(field, "moves_with_the_sun", N_("日出日落的时间每天不同，请写明几点到几点"))
    elif "+" in times:
        yield FieldProblem(field, "no_end", N_("“+”没有写明几点结束，请写明几点到几点"))
    elif told := _NO_LENGTH.search(times):
        text_ = N_("开始和结束都是 %(time)s，请写明几点到几点")
        yield FieldProblem(field, "same_time", text_, {"time": told.group(1)})
