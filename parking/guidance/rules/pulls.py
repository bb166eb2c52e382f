"""What follows from one answer: which state, which lane, when again, and is it news?

Static and live data are two pulls of a source. Each has its own state, so that one cannot stop the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from parking.boundary.feeds import Parsed, RecordProblem
from parking.guidance.rules.exchanges import Written
from parking.guidance.rules.hosts import LONGEST_REST_S
from parking.kernel.schedule import next_due_at

QUICK_S = 1.0
QUICK_ANSWERS_NEEDED = 3
_LONGEST_DETAIL = 300


class PullKind(StrEnum):
    STATIC = "static"
    LIVE = "live"


class PullState(StrEnum):
    """Provisioned: nothing good came yet. Failed: the last attempt brought nothing usable."""

    PROVISIONED = "provisioned"
    ACTIVE = "active"
    FAILED = "failed"
    DISABLED = "disabled"


class Lane(StrEnum):
    """Slow hosts wait among themselves."""

    FAST = "fast"
    SLOW = "slow"

    @property
    def budget_s(self) -> float:
        """How long a whole answer may take, in seconds."""
        return 2.0 if self is Lane.FAST else 10.0


class Reason(StrEnum):
    """Why a pull failed, beside what fetching and reading say themselves."""

    EMPTY = "empty"
    NOTHING_USABLE = "nothing_usable"
    ADAPTER_UNKNOWN = "adapter_unknown"
    ADAPTER_ERROR = "adapter_error"
    NOT_RECORDED = "not_recorded"
    CREDENTIAL_UNREADABLE = "credential_unreadable"


@dataclass(frozen=True, slots=True)
class DuePull:
    """A pull that `holder` claimed: all that is needed to do it and to reckon what follows."""

    source_id: str
    source: str
    kind: PullKind
    adapter: str
    url: str
    lane: Lane
    interval_s: int
    due_at: datetime
    holder: str
    state: PullState
    failures: int
    quick_answers: int
    silent_since_at: datetime | None
    etag: str | None
    last_modified: str | None
    time_zone: str
    crs: str
    allowed_networks: tuple[str, ...]
    adopts_lots: bool
    mapping: str | None = None
    host: str = ""
    # Sealed; None where the source asks for none.
    credential: bytes | None = field(default=None, repr=False)
    # The hour that runs and the last answers, as the pull's row keeps them.
    tally: Mapping[str, Any] | None = None

    @property
    def key(self) -> str:
        return f"{self.source_id}:{self.kind}"


@dataclass(frozen=True, slots=True)
class Answered:
    """The document could be read; `elapsed_s` is the time of the whole answer."""

    parsed: Parsed
    etag: str | None = None
    last_modified: str | None = None
    elapsed_s: float = 0.0
    exchange: Written | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class NotModified:
    """The source says that nothing changed since its last good answer."""

    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Failed:
    """No document, or none that could be read. `timed_out`: the lane's time was not enough.

    `retry_after_s`: for so many seconds the source wants no more; `too_many`: of the whole host.
    """

    reason: str
    detail: str = ""
    elapsed_s: float = 0.0
    timed_out: bool = False
    retry_after_s: float | None = None
    too_many: bool = False
    exchange: Written | None = field(default=None, repr=False)


Outcome = Answered | NotModified | Failed


@dataclass(frozen=True, slots=True)
class PullChange:
    """The row after an answer. `moved`: not a failure yet, it is asked again at once in the slow lane."""

    state: PullState
    lane: Lane
    due_at: datetime
    failures: int
    quick_answers: int
    reason: str | None
    detail: str | None
    silent_since_at: datetime | None
    succeeded: bool
    moved: bool = False
    went_silent: bool = False
    came_back: bool = False


def failure_of(parsed: Parsed, used: int, problems: Sequence[RecordProblem]) -> Failed | None:
    """Why a readable answer of which `used` records were taken is still a failure, None when it is none."""
    if used:
        return None
    if not problems and not parsed.lots and not parsed.counts:
        return Failed(Reason.EMPTY)
    kinds = Counter(str(problem.kind) for problem in problems)
    kinds.update({str(kind): number for kind, number in parsed.unlisted.items()})
    return Failed(Reason.NOTHING_USABLE, ", ".join(f"{kind} x {n}" for kind, n in kinds.most_common()))


def after(due: DuePull, failure: Failed | None, elapsed_s: float, now: datetime) -> PullChange:
    """What follows for the pull. `failure` None is a good answer that took `elapsed_s` seconds."""
    if failure is None:
        return _after_success(due, elapsed_s, now)
    if failure.timed_out and due.lane is Lane.FAST:
        return _moved_to_slow_lane(due, now)
    failures = due.failures + 1
    return PullChange(
        state=PullState.FAILED,
        lane=due.lane,
        due_at=max(next_due_at(due.key, due.interval_s, failures, now), _rested(failure, now)),
        failures=failures,
        quick_answers=0,
        reason=failure.reason,
        detail=failure.detail[:_LONGEST_DETAIL] or None,
        silent_since_at=due.silent_since_at or now,
        succeeded=False,
        went_silent=due.silent_since_at is None,
    )


def _after_success(due: DuePull, elapsed_s: float, now: datetime) -> PullChange:
    quick = due.quick_answers + 1 if elapsed_s <= QUICK_S else 0
    lane = Lane.FAST if due.lane is Lane.FAST or quick >= QUICK_ANSWERS_NEEDED else Lane.SLOW
    return PullChange(
        state=PullState.ACTIVE,
        lane=lane,
        due_at=next_due_at(due.key, due.interval_s, 0, now),
        failures=0,
        quick_answers=0 if lane is Lane.FAST else quick,
        reason=None,
        detail=None,
        silent_since_at=None,
        succeeded=True,
        came_back=due.silent_since_at is not None,
    )


def _rested(failure: Failed, now: datetime) -> datetime:
    """The instant up to which the source wants to be left alone."""
    return now + timedelta(seconds=min(failure.retry_after_s or 0.0, LONGEST_REST_S))


def _moved_to_slow_lane(due: DuePull, now: datetime) -> PullChange:
    return PullChange(
        state=due.state,
        lane=Lane.SLOW,
        due_at=now,
        failures=due.failures,
        quick_answers=0,
        reason=None,
        detail=None,
        silent_since_at=due.silent_since_at,
        succeeded=False,
        moved=True,
    )
