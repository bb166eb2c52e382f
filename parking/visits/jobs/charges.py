"""What do charges need done by itself? Asked, looked into, given back, compared with the networks' lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from parking.boundary.charges import NetworkSilent
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import Job, one_by_one
from parking.visits.rules.pairing import LAPSES_AFTER
from parking.visits.service import closing, codes, lane_charges, reconciling
from parking.visits.service.asking import Charging

_OFTEN_S = 2.0
_AT_ONCE = 8
_MOST = 200
_PART = 500
_LOOKED_BACK = timedelta(hours=2)

_log = structlog.get_logger("parking.charges")


class ChargeJobs:
    """The regular work of charges; networks are called by a few threads, each with no transaction open."""

    def __init__(self, sessions: Sessions, clock: Clock, charging: Charging) -> None:
        self._sessions, self._clock, self._charging = sessions, clock, charging
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="charging")
        self._closed_until: tuple[datetime, str] | None = None

    def jobs(self) -> tuple[Job, ...]:
        """The jobs of the worker."""
        return (
            Job(closing.CLOSE_ACCOUNTS, _OFTEN_S, self.close_accounts, exclusive=True),
            Job("ask_charges", _OFTEN_S, self.ask, exclusive=True),
            Job("resolve_charges", _OFTEN_S, self.resolve, exclusive=True),
            Job("refund_charges", _OFTEN_S, self.give_back, exclusive=True),
            Job("match_etc_transactions", 30, self.match, exclusive=True),
            Job("reconcile_charges", 3600, self.reconcile, exclusive=True),
            Job("prune_pay_codes", 3600, self.prune, exclusive=True),
        )

    def close(self) -> None:
        """End the threads; what they ask for is let finish."""
        self._threads.shutdown(wait=True)

    def close_accounts(self) -> None:
        """Settle or charge the stays that were closed since the last run, also where that was long ago."""
        until = self._clock.now() - closing.REST
        etc = {name for name, network in self._charging.networks.items() if network.manifest.etc}
        since = self._closed_until or self._first_since()
        part = self._closed(since, until)
        while part:
            one_by_one(
                self._sessions,
                [visit_id for _, visit_id in part],
                lambda session, each: closing.close_account(session, each, etc, self._clock.now()),
            )
            self._closed_until = since = part[-1]
            part = self._closed(since, until)
        self._closed_until = max(since, (until, ""))

    def _first_since(self) -> tuple[datetime, str]:
        """Where whoever did this before stopped; what is older than sealed plates are kept is over."""
        now = self._clock.now()
        with unit_of_work(self._sessions) as uow:
            last_at = closing.last_closed_at(uow.session) or now - LAPSES_AFTER
        return max(min(last_at, now) - _LOOKED_BACK, now - LAPSES_AFTER), ""

    def _closed(self, since: tuple[datetime, str], until: datetime) -> list[tuple[datetime, str]]:
        with unit_of_work(self._sessions) as uow:
            return closing.closed_since(uow.session, since, until, _PART)

    def ask(self) -> None:
        """Ask for every charge that is due."""
        names = self._charging.networks
        due = self._ids(lambda session: closing.due_for_asking(session, names, self._clock.now(), _MOST))
        self._all(self._charging.ask, due)

    def resolve(self) -> None:
        """Query what is open, in doubt or contradicted, each at its turn."""
        names = self._charging.networks
        due = self._ids(lambda session: closing.due_for_query(session, names, self._clock.now(), _MOST))
        self._all(self._charging.resolve, due)

    def give_back(self) -> None:
        """Ask for every refund that is due."""
        due = self._ids(lambda session: closing.due_refunds(session, self._clock.now(), _MOST))
        self._all(self._charging.give_back, due)

    def match(self) -> None:
        """Look for the stays of lanes' transactions that came before their passages were paired."""
        with unit_of_work(self._sessions) as uow:
            waiting = lane_charges.unmatched(uow.session, self._clock.now())
        one_by_one(
            self._sessions,
            waiting,
            lambda session, key: lane_charges.match_again(session, key, self._clock.now()),
        )

    def reconcile(self) -> None:
        """Compare the last days with every network's list, each day once it is over."""
        for name in self._charging.networks:
            with unit_of_work(self._sessions) as uow:
                missing = reconciling.days_to_reconcile(uow.session, name, self._clock.now())
            for on in missing:
                try:
                    self._charging.compare(name, on)
                except NetworkSilent as silent:
                    _log.warning("reconciliation_silent", network=name, on=str(on), reason=silent.reason)

    def prune(self) -> None:
        """Forget codes and tickets that are over."""
        with unit_of_work(self._sessions) as uow:
            codes.prune_codes(uow.session, self._clock.now())

    def _ids(self, asked: Callable[[Session], list[str]]) -> list[str]:
        with unit_of_work(self._sessions) as uow:
            return asked(uow.session)

    def _all(self, work: Callable[[str], None], ids: Iterable[str]) -> None:
        """One that fails holds up no other; the first exception is raised at the end."""
        running = [self._threads.submit(work, each) for each in ids]
        first = None
        for each in running:
            first = each.exception() or first
        if first is not None:
            raise first
