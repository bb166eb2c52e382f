"""Who tells the vendors' clouds who may enter? One worker, a few threads, no transaction open meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

from prometheus_client import Counter

from parking.boundary.allow_lists import AllowListPush, EntryNotTaken, ListEntry, PushLink
from parking.boundary.fetching import Fetcher, FetchFailed
from parking.boundary.gates import GateUnreadable, SignatureWrong
from parking.city import queries as city
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.ids import new_id
from parking.kernel.jobs import Job
from parking.kernel.sealing import SealBroken, Sealer
from parking.plates.service import PlateKeys
from parking.sharing.rules.pushes import (
    MOST_IN_A_ROUND,
    MOST_STEPS,
    REQUEST_TOTAL_S,
    PushFailure,
    PushReason,
)
from parking.sharing.service import push_rounds as rounds
from parking.sharing.service.push_rounds import DueEntry, DuePush
from parking.sharing.service.pushes import seal_context

_log = logging.getLogger(__name__)
_TELL_EVERY_S = 2.0
_FORGET_EVERY_S = 3600.0
_THREADS = 4
_TOLD = Counter(
    "parking_allow_list_told", "Entries told to vendors' clouds by what came of them", ["outcome"]
)


class _Ended(Exception):
    """The cloud takes nothing of us; the round cannot go on."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.failure = PushFailure(reason, detail)


class AllowListTeller:
    """Tells each cloud what changed since it was told last."""

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        fetcher: Fetcher,
        writers: Mapping[str, AllowListPush],
        keys: PlateKeys,
        sealer: Sealer,
    ) -> None:
        self._sessions, self._clock, self._fetcher = sessions, clock, fetcher
        self._writers, self._keys, self._sealer = writers, keys, sealer

    def jobs(self) -> tuple[Job, ...]:
        return (
            Job("tell_allow_lists", _TELL_EVERY_S, self.tell, exclusive=True),
            Job("forget_allow_lists", _FORGET_EVERY_S, self.forget, exclusive=True),
        )

    def tell(self) -> None:
        """One round of each cloud that is to be told something; one that hangs holds up no other."""
        with self._sessions() as session:
            due = rounds.due_pushes(session, self._clock.now())
            zone = str(city.time_zone(session, self._clock.now())) if due else ""
        if due:
            with ThreadPoolExecutor(min(_THREADS, len(due)), thread_name_prefix="allow-list") as pool:
                list(pool.map(lambda push: self._round(push, zone), due))

    def forget(self) -> None:
        """Forget what clouds knew of passes that are long over."""
        with unit_of_work(self._sessions) as uow:
            rounds.forget(uow.session, self._clock.now())

    def _round(self, push: DuePush, zone: str) -> None:
        failure: PushFailure | None = None
        try:
            with unit_of_work(self._sessions) as uow:
                rounds.take_over(uow.session, push.id, self._clock.now())
            with self._sessions() as session:
                entries = rounds.due_entries(session, push.id, self._clock.now(), MOST_IN_A_ROUND)
            try:
                writer, link = self._writer(push), self._link(push, zone)
                for entry in entries:
                    self._tell_one(writer, link, push, entry)
            except _Ended as ended:
                failure = ended.failure
            with unit_of_work(self._sessions) as uow:
                failures = rounds.end_round(uow.session, push.id, failure, self._clock.now())
        except Exception as problem:
            # The next round begins where this one came to; the type only, for a message may quote a plate.
            _log.error("allow_list_round_failed", extra={"push": push.id, "error": type(problem).__name__})
            return
        if failure is not None and failures == 1:
            _log.warning("allow_list_not_told", extra={"push": push.id, "reason": failure.reason})

    def _tell_one(self, writer: AllowListPush, link: PushLink, push: DuePush, entry: DueEntry) -> None:
        """Bring one entry in line. Raises _Ended after putting it off where the cloud takes nothing."""
        now = self._clock.now()
        if entry.until_at <= now and not (writer.manifest.forgets and entry.held):
            with unit_of_work(self._sessions) as uow:
                rounds.give_up(uow.session, entry)
            return
        refused: str | None = None
        ended: _Ended | None = None
        try:
            self._steps(writer, link, push, entry)
        except EntryNotTaken as problem:
            refused = problem.code
        except _Ended as problem:
            ended = problem
        now = self._clock.now()
        with unit_of_work(self._sessions) as uow:
            if refused is None and ended is None:
                rounds.settle(uow.session, entry, _told_again_at(writer, entry), now)
            else:
                rounds.put_off(uow.session, entry, refused, now)
        _TOLD.labels("taken" if not (refused or ended) else "refused" if refused else "not_told").inc()
        if ended is not None:
            raise ended

    def _steps(self, writer: AllowListPush, link: PushLink, push: DuePush, entry: DueEntry) -> None:
        """Ask and hear until the entry stands as it shall. Raises EntryNotTaken, _Ended."""
        sealed = entry.plate_sealed
        plate = None if sealed is None else self._keys.open(sealed)
        held = entry.held
        for _ in range(MOST_STEPS):
            told = ListEntry(
                pass_id=entry.pass_id,
                plate=plate,
                from_at=entry.from_at,
                until_at=entry.until_at,
                held=held,
                asked_at=self._clock.now(),
                nonce=new_id(24),
            )
            try:
                request = writer.ask(link, told)
                if request is None:
                    return
                request = replace(
                    request,
                    allowed_networks=push.allowed_networks,
                    total_s=REQUEST_TOTAL_S,
                    max_bytes=100_000,
                )
                step = writer.answer(link, told, self._fetcher.fetch(request).body or b"")
            except EntryNotTaken:
                raise
            except FetchFailed as failed:
                raise _Ended(failed.reason, failed.detail) from None
            except (GateUnreadable, SignatureWrong) as wrong:
                raise _Ended(wrong.code, getattr(wrong, "field", None) or "") from None
            except Exception as mistake:
                raise _Ended(PushReason.WRITER_ERROR, type(mistake).__name__) from None
            held = step.held
            if step.lasting:
                with unit_of_work(self._sessions) as uow:
                    rounds.hold(uow.session, entry, held)
        raise EntryNotTaken(PushReason.TOO_MANY_STEPS)

    def _writer(self, push: DuePush) -> AllowListPush:
        writer = self._writers.get(push.adapter)
        if writer is None:
            raise _Ended(PushReason.WRITER_UNKNOWN, push.adapter)
        return writer

    def _link(self, push: DuePush, zone: str) -> PushLink:
        try:
            secret = self._sealer.open(push.secret_sealed, seal_context(push.id)).decode()
        except SealBroken:
            raise _Ended(PushReason.SECRET_UNREADABLE) from None
        return PushLink(
            base_url=push.base_url,
            app_id=push.app_id,
            secret=secret,
            lot_key=push.lot_key,
            desk_name=push.desk_name,
            desk_phone=push.desk_phone,
            time_zone=zone,
        )


def _told_again_at(writer: AllowListPush, entry: DueEntry) -> datetime | None:
    """When it must be told once more although nothing changes: at its end, where the vendor never forgets."""
    return entry.until_at if writer.manifest.forgets and entry.plate_sealed is not None else None
