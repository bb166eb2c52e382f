"""Who pulls the sources that are due? One dispatcher, and a bounded pool of threads for each lane."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping, Sequence
from threading import BoundedSemaphore, Condition
from time import monotonic

from sqlalchemy.exc import OperationalError

from parking.boundary.feeds import SourceAdapter
from parking.boundary.fetching import Fetcher
from parking.guidance import service
from parking.guidance.errors import ClaimLost
from parking.guidance.jobs import metrics
from parking.guidance.jobs.lanes import LanePool
from parking.guidance.jobs.reading import read_source
from parking.guidance.rules.hosts import HostLimits
from parking.guidance.rules.pulls import DuePull, Failed, Lane, Outcome, PullKind, Reason
from parking.guidance.service import Recorded
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.ids import new_id
from parking.kernel.jobs import Job
from parking.kernel.sealing import Sealer

_log = logging.getLogger(__name__)

DISPATCH_EVERY_S = 1.0
_FORGET_EVERY_S = 600.0
# A run goes on claiming for so long while more is due than there were free threads.
_RUN_S = 0.8
# The sources are many and the database is one: so many threads record at a time.
_RECORDERS = 4


class Puller:
    """Pulls what is due until it is closed; one per worker process, several workers side by side.

    `fast_threads` and `slow_threads` bound how many sources are asked at a time, `limits` how many of one
    host. `sealer` opens the sources' credentials.
    """

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        fetcher: Fetcher,
        adapters: Mapping[str, SourceAdapter],
        *,
        fast_threads: int = 32,
        slow_threads: int = 16,
        limits: HostLimits | None = None,
        sealer: Sealer | None = None,
    ) -> None:
        self.holder = _new_holder()
        self._sessions = sessions
        self._clock = clock
        self._fetcher = fetcher
        self._adapters = adapters
        self._limits = limits or HostLimits()
        self._sealer = sealer
        self._freed = Condition()
        self._lanes = (
            LanePool(Lane.FAST, fast_threads, self._freed),
            LanePool(Lane.SLOW, slow_threads, self._freed),
        )
        self._recorders = BoundedSemaphore(_RECORDERS)
        self._closing = False

    def jobs(self) -> tuple[Job, ...]:
        return (
            Job("pull_sources", DISPATCH_EVERY_S, self.dispatch),
            Job("forget_exchanges", _FORGET_EVERY_S, self.forget, exclusive=True),
        )

    def forget(self) -> None:
        """Delete what was said in failed pulls more than a day ago."""
        with unit_of_work(self._sessions) as uow:
            service.forget_exchanges(uow.session, self._clock.now())

    def dispatch(self) -> None:
        """Claim what is due and hand it to the threads; returns within about a second, pulls go on."""
        end = monotonic() + _RUN_S
        while not self._closing:
            full = [lane for lane in self._lanes if self._fill(lane)]
            left_s = end - monotonic()
            if not full or left_s <= 0:
                return
            self._wait_for_room(full, left_s)

    def close(self, wait_s: float = 12.0) -> None:
        """Claim nothing more, give back what was not begun, wait for what is running (seconds, in all).

        What still runs then is not recorded by anybody else before its claim has run out.
        """
        self._closing = True
        unstarted = [due for lane in self._lanes for due in lane.close()]
        with unit_of_work(self._sessions) as uow:
            service.give_back(uow.session, self.holder, unstarted)
        end = monotonic() + wait_s
        for lane in self._lanes:
            if not lane.wait(max(0.0, end - monotonic())):
                _log.warning("pulls_left_running", extra={"lane": lane.lane.value})

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait until no pull is running; False when the time was not enough."""
        return all(lane.wait(timeout_s) for lane in self._lanes)

    def _wait_for_room(self, lanes: Sequence[LanePool], timeout_s: float) -> None:
        with self._freed:
            self._freed.wait_for(lambda: any(lane.mostly_free for lane in lanes), timeout_s)

    def _fill(self, lane: LanePool) -> bool:
        """Start what is due in a lane; True when every thread has work, so that more may be due."""
        free = lane.free
        if not free:
            return True
        with unit_of_work(self._sessions) as uow:
            now = self._clock.now()
            due = service.claim_due(uow.session, self.holder, now, lane.lane, free, self._limits)
        for pull in due:
            lane.start(pull, self._pull)
        return len(due) == free

    def _pull(self, due: DuePull) -> None:
        """One pull from beginning to end, in a thread of its own; an exception stays its own."""
        try:
            late_s = (self._clock.now() - due.due_at).total_seconds()
            metrics.LATE.labels(due.lane).observe(max(0.0, late_s))
            outcome = read_source(due, self._fetcher, self._adapters, self._clock, sealer=self._sealer)
            metrics.DURATION.labels(due.lane).observe(outcome.elapsed_s)
            with self._recorders:
                keep(due, outcome, self._sessions, self._clock)
        except ClaimLost:
            metrics.PULLS.labels(due.kind, "claim_lost").inc()
            _log.warning("claim_lost", extra={"source": due.source, "kind": due.kind.value})
        except Exception as problem:
            # The claim runs out by itself; the dispatcher and the other sources go on.
            metrics.PULLS.labels(due.kind, "not_recorded").inc()
            _log.exception("pull_not_recorded", extra={"source": due.source, "error": type(problem).__name__})


def pull_now(
    sessions: Sessions,
    clock: Clock,
    fetcher: Fetcher,
    adapters: Mapping[str, SourceAdapter],
    source_id: str,
    kind: PullKind,
    *,
    sealer: Sealer | None = None,
) -> tuple[Outcome, Recorded]:
    """Pull one source now, due or not, with the slow lane's time; a person does not wait for the host's turn.

    Raises PullMissing, PullBusy, ClaimLost.
    """
    with unit_of_work(sessions) as uow:
        due = service.claim_one(uow.session, _new_holder(), clock.now(), source_id, kind)
    outcome = read_source(due, fetcher, adapters, clock, total_s=Lane.SLOW.budget_s, sealer=sealer)
    return outcome, keep(due, outcome, sessions, clock)


def keep(due: DuePull, outcome: Outcome, sessions: Sessions, clock: Clock) -> Recorded:
    """Record an outcome in one transaction; what cannot be recorded is recorded as that. Raises ClaimLost."""
    try:
        recorded = _record_again(due, outcome, sessions, clock)
    except ClaimLost:
        raise
    except Exception as problem:
        _log.exception("answer_not_recorded", extra={"source": due.source, "kind": due.kind.value})
        failure = Failed(Reason.NOT_RECORDED, type(problem).__name__, outcome.elapsed_s)
        recorded = _record(due, failure, sessions, clock)
    _tell(due, recorded)
    return recorded


def _record_again(due: DuePull, outcome: Outcome, sessions: Sessions, clock: Clock) -> Recorded:
    """Record, and once more when the database ended the first try: a deadlock has one loser, now alone."""
    try:
        return _record(due, outcome, sessions, clock)
    except OperationalError:
        return _record(due, outcome, sessions, clock)


def _record(due: DuePull, outcome: Outcome, sessions: Sessions, clock: Clock) -> Recorded:
    with unit_of_work(sessions) as uow:
        return service.record_pull(uow.session, due, outcome, clock.now())


def _tell(due: DuePull, recorded: Recorded) -> None:
    """Count it, and log a source once when it goes silent and once when it is back."""
    change = recorded.change
    outcome = "moved" if change.moved else change.reason or "good"
    metrics.PULLS.labels(due.kind, outcome).inc()
    about = {"source": due.source, "kind": due.kind.value}
    if change.went_silent:
        _log.warning("source_silent", extra={**about, "reason": change.reason, "detail": change.detail})
    elif change.came_back:
        _log.info("source_back", extra={**about, "silent_since_at": str(due.silent_since_at)})


def _new_holder() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{new_id(4)}"
