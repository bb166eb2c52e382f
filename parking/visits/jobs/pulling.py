"""Who asks the clouds that are due? A dispatcher and a few threads, with no transaction open meanwhile."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

from prometheus_client import Counter

from parking.boundary.fetching import Fetcher, FetchFailed
from parking.boundary.gates import (
    CountTold,
    GateMessage,
    GateProblem,
    GateUnreadable,
    PassagePull,
    PassageTold,
    PullAnswer,
    PullQuestion,
    SignatureWrong,
)
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.group_commit import QueueFull
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.errors import Unavailable
from parking.kernel.ids import new_id
from parking.kernel.jobs import Job
from parking.kernel.sealing import SealBroken, Sealer
from parking.lots import service as lots
from parking.lots.queries import DeviceFacts, GateBooks
from parking.visits.errors import CloudClaimLost
from parking.visits.rules.outcomes import Outcome, OutcomeKind
from parking.visits.rules.pulls import (
    LOOK_BACK_S,
    MOST_PAGES,
    PAGE_TOTAL_S,
    SWEEP_LOOK_BACK_S,
    DuePull,
    Failure,
    Reason,
    is_sweep,
)
from parking.visits.service import pull_rounds
from parking.visits.service.intake import Intake
from parking.visits.service.pulls import seal_context

_log = logging.getLogger(__name__)
_DISPATCH_EVERY_S = 1.0
_MOST_BYTES = 10_000_000
_RUNS = Counter("parking_passage_pulls", "Rounds of asking vendors' clouds by what came of them", ["outcome"])


class _Ended(Exception):
    """The round cannot go on."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.failure = Failure(reason, detail)


@dataclass(slots=True)
class _Round:
    """What one run brought so far."""

    cursor: str | None
    told: int = 0
    new: int = 0
    problems: list[GateProblem] = field(default_factory=list)
    last: tuple[GateMessage, ...] = ()

    def sum(self) -> pull_rounds.Told:
        return pull_rounds.Told(self.told, self.new, tuple(self.problems))


class Asker:
    """Asks what is due until it is closed; one per worker process, several workers side by side."""

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        fetcher: Fetcher,
        adapters: Mapping[str, PassagePull],
        intake: Intake,
        books: GateBooks,
        sealer: Sealer,
        *,
        threads: int = 8,
    ) -> None:
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{new_id(4)}"
        self._sessions, self._clock, self._fetcher = sessions, clock, fetcher
        self._adapters, self._intake, self._books, self._sealer = adapters, intake, books, sealer
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="cloud")
        self._lock = Lock()
        self._running: set[Future[None]] = set()
        self._closing = False

    def jobs(self) -> tuple[Job, ...]:
        return (Job("ask_clouds", _DISPATCH_EVERY_S, self.dispatch),)

    def dispatch(self) -> None:
        """Claim what is due and hand it to the threads that have nothing to do; the rounds go on."""
        with self._lock:
            free = self._threads - len(self._running)
        if self._closing or not free:
            return
        with unit_of_work(self._sessions) as uow:
            due = pull_rounds.claim_due(uow.session, self.holder, self._clock.now(), free)
        for pull in due:
            future = self._pool.submit(self._run, pull)
            with self._lock:
                self._running.add(future)
            future.add_done_callback(self._ended)

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait until no round is running; False when the time was not enough."""
        with self._lock:
            running = list(self._running)
        return not wait(running, timeout_s).not_done

    def close(self) -> None:
        """Claim nothing more, end rounds after their page, give back what was claimed."""
        self._closing = True
        self._pool.shutdown(wait=True, cancel_futures=True)
        with unit_of_work(self._sessions) as uow:
            pull_rounds.give_back(uow.session, self.holder)

    def _ended(self, future: Future[None]) -> None:
        with self._lock:
            self._running.discard(future)

    def _run(self, due: DuePull) -> None:
        """One round from beginning to end; an exception stays its own."""
        round_ = _Round(due.cursor)
        failure: Failure | None = None
        unfinished = False
        try:
            try:
                unfinished = self._ask_pages(due, round_)
            except _Ended as ended:
                failure = ended.failure
            with unit_of_work(self._sessions) as uow:
                change = pull_rounds.end_round(
                    uow.session, due, round_.sum(), failure, self._clock.now(), unfinished=unfinished
                )
        except CloudClaimLost:
            _RUNS.labels("claim_lost").inc()
            _log.warning("cloud_claim_lost", extra={"pull": due.id})
            return
        except Exception as problem:
            # The claim runs out by itself; the type only, for a message may quote what was told.
            _RUNS.labels("not_recorded").inc()
            _log.error("cloud_round_failed", extra={"pull": due.id, "error": type(problem).__name__})
            return
        _RUNS.labels(change.reason or "good").inc()
        if change.went_silent:
            _log.warning("cloud_silent", extra={"pull": due.id, "reason": change.reason})
        elif change.came_back:
            _log.info("cloud_back", extra={"pull": due.id, "silent_since_at": str(due.silent_since_at)})

    def _ask_pages(self, due: DuePull, round_: _Round) -> bool:
        """Ask page after page; True when more are left than one run takes. Raises _Ended, CloudClaimLost."""
        adapter = self._adapters.get(due.adapter)
        if adapter is None:
            raise _Ended(Reason.ADAPTER_UNKNOWN, due.adapter)
        begun_at = self._clock.now()
        # A round that was broken off goes on in its own window; whether that one sweeps was decided then.
        sweeps = is_sweep(due.swept_at, begun_at)
        for page in range(MOST_PAGES):
            device = self._device(due)
            answer = self._ask(due, adapter, device, round_.cursor, sweeps=sweeps)
            if answer.reading.messages and answer.reading.messages == round_.last:
                raise _Ended(Reason.PAGE_REPEATED)
            round_.last = answer.reading.messages
            new_before = round_.new
            now = self._take(device, answer, round_)
            # The look-back tells the same again at every round: only what is new is an event.
            event_at = now if round_.new > new_before else None
            with unit_of_work(self._sessions) as uow:
                pull_rounds.keep_page(
                    uow.session,
                    due,
                    answer.cursor,
                    now,
                    complete_until_at=None if answer.more else begun_at,
                    sweeps=sweeps and page == 0,
                )
                lots.seen(uow.session, [lots.Sighting(device.id, now, None, event_at)])
            round_.cursor = answer.cursor
            if not answer.more:
                return False
            if self._closing:
                return True
        return True

    def _device(self, due: DuePull) -> DeviceFacts:
        device = self._books.now().device_by_id(due.device_id)
        if device is None:
            raise _Ended(Reason.DEVICE_DISABLED)
        if due.lot_key not in device.lots and device.lot_id is None:
            # Asked all the same, the passages would go to nobody's lot and the cursor past them.
            raise _Ended(Reason.LOT_UNMAPPED, due.lot_key)
        return device

    def _ask(
        self, due: DuePull, adapter: PassagePull, device: DeviceFacts, cursor: str | None, *, sweeps: bool
    ) -> PullAnswer:
        question = PullQuestion(
            base_url=due.base_url,
            app_id=due.app_id,
            secret=self._secret(due),
            lot_key=due.lot_key,
            cursor=cursor,
            asked_at=self._clock.now(),
            time_zone=device.time_zone,
            nonce=new_id(24),
            look_back_s=SWEEP_LOOK_BACK_S if sweeps else LOOK_BACK_S,
        )
        try:
            request = replace(
                adapter.ask(question),
                allowed_networks=due.allowed_networks,
                total_s=PAGE_TOTAL_S,
                max_bytes=_MOST_BYTES,
            )
            return adapter.answer(question, self._fetcher.fetch(request).body or b"")
        except FetchFailed as failed:
            raise _Ended(failed.reason, failed.detail) from None
        except (GateUnreadable, SignatureWrong) as wrong:
            raise _Ended(wrong.code, getattr(wrong, "field", None) or "") from None
        except Exception as mistake:
            raise _Ended(Reason.ADAPTER_ERROR, type(mistake).__name__) from None

    def _secret(self, due: DuePull) -> str:
        try:
            return self._sealer.open(due.secret_sealed, seal_context(due.id)).decode()
        except SealBroken:
            raise _Ended(Reason.SECRET_UNREADABLE) from None

    def _take(self, device: DeviceFacts, answer: PullAnswer, round_: _Round) -> datetime:
        """Make what was told durable; the instant when it is."""
        received_at = self._clock.now()
        messages = answer.reading.messages
        passages = [message for message in messages if isinstance(message, PassageTold)]
        counts = [message for message in messages if isinstance(message, CountTold)]
        outcomes: list[Outcome] = []
        try:
            outcomes += self._intake.take(device, passages, received_at) if passages else ()
            outcomes += self._intake.count(device, counts, received_at) if counts else ()
        except Unavailable as busy:
            raise _Ended(Reason.TOO_BUSY if isinstance(busy, QueueFull) else Reason.NOT_STORED) from None
        round_.told += len(outcomes)
        round_.new += sum(outcome.kind is OutcomeKind.NEW for outcome in outcomes)
        round_.problems += answer.reading.problems
        round_.problems += [
            GateProblem("", outcome.code or "refused", outcome.field)
            for outcome in outcomes
            if not outcome.taken
        ]
        return self._clock.now()
