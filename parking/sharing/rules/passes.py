"""Which passes may be granted, and when does one let a vehicle in?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from parking.kernel.errors import N_, FieldProblem
from parking.plates.rules import Plate, plate_problems, read_plate

# A pass is for a visit or a time, not for a monthly holder: of those we keep no list.
LONGEST_SPAN = timedelta(days=31)
GRANTED_AHEAD = timedelta(days=90)
REASON_LENGTH = 100
STANDING_AT_MOST = 2_000
HOURLY_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class PassAsked:
    """Who is to be let in where, [from_at, until_at), and why."""

    lot_id: str
    plate: str = field(repr=False)
    from_at: datetime
    until_at: datetime
    reason: str

    @property
    def read(self) -> Plate:
        return read_plate(self.plate)


def pass_problems(asked: PassAsked, now: datetime) -> Iterator[FieldProblem]:
    """What is wrong with a pass that is asked at `now`; no problem repeats the plate."""
    yield from plate_problems(asked.plate)
    if asked.until_at <= asked.from_at:
        yield FieldProblem("until_at", "span_empty", N_("结束时间应晚于开始时间"))
    elif asked.until_at <= now:
        yield FieldProblem("until_at", "span_over", N_("结束时间已过"))
    elif asked.until_at - asked.from_at > LONGEST_SPAN:
        days = LONGEST_SPAN.days
        yield FieldProblem("until_at", "span_too_long", N_("一张通行证最长 %(days)s 天"), {"days": days})
    if asked.from_at > now + GRANTED_AHEAD:
        days = GRANTED_AHEAD.days
        yield FieldProblem("from_at", "too_far_ahead", N_("最多提前 %(days)s 天发放"), {"days": days})
    reason = asked.reason.strip()
    if not reason:
        yield FieldProblem("reason", "reason_missing", N_("请说明理由"))
    elif len(reason) > REASON_LENGTH:
        most = REASON_LENGTH
        yield FieldProblem("reason", "reason_too_long", N_("理由最长 %(most)s 个字"), {"most": most})


def lets_in(from_at: datetime, until_at: datetime, withdrawn_at: datetime | None, at: datetime) -> bool:
    """Whether a pass held at an instant."""
    return from_at <= at < until_at and (withdrawn_at is None or at < withdrawn_at)
