"""How are failures to log in counted, and when is an attempt not even looked at?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.accounts.errors import LockedOut
from parking.accounts.models import Account, KnownNetwork, LoginCounter
from parking.accounts.rules.locking import (
    KNOWN_FOR,
    Keys,
    counting_keys,
    hashed,
    keys_of,
    network_of,
    next_failure,
)


class Attempt:
    """One attempt on a login from a network; attempts on the same login wait for each other.

    Without that, many at once would all be looked at before the first of them has counted.
    """

    def __init__(
        self, session: Session, audience: str, login: str, account: Account | None, ip: str, now: datetime
    ) -> None:
        self._session = session
        self._now = now
        self._keys: Keys = keys_of(audience, login, ip)
        self._network = hashed("network", network_of(ip))
        self._account = account
        wait_for(session, self._keys.login)
        self._counted = counting_keys(self._keys, known=self._is_known())

    def refuse_if_locked(self) -> None:
        """Raises LockedOut with `until_at` and the minutes until then; nothing is counted."""
        refuse_locked(self._session, self._counted, self._now)

    def count_failure(self) -> None:
        """One more failure; the fifth locks."""
        for key in self._counted:
            count(self._session, key, self._now)

    def succeeded(self) -> None:
        """Forget the login's failures and remember the network.

        The network's failures stay: else whoever has one account could guess at others for ever.
        """
        if self._account is None:
            return
        forget = (self._keys.login, self._keys.both)
        self._session.execute(delete(LoginCounter).where(LoginCounter.key.in_(forget)))
        seen = insert(KnownNetwork).values(
            account_id=self._account.id, network_hash=self._network, seen_at=self._now
        )
        self._session.execute(
            seen.on_conflict_do_update(
                index_elements=[KnownNetwork.account_id, KnownNetwork.network_hash],
                set_={"seen_at": self._now},
            )
        )

    def _is_known(self) -> bool:
        # Asked for a login that nobody has too: one look more or less can be measured.
        account_id = "" if self._account is None else self._account.id
        known = self._session.get(KnownNetwork, (account_id, self._network))
        return known is not None and known.seen_at > self._now - KNOWN_FOR


def refuse_locked(session: Session, keys: Iterable[str], now: datetime) -> None:
    """Raises LockedOut while one of these counters is locked."""
    until_at = session.scalar(
        select(func.max(LoginCounter.locked_until_at)).where(
            LoginCounter.key.in_(list(keys)), LoginCounter.locked_until_at > now
        )
    )
    if until_at is not None:
        minutes = -(-(until_at - now) // timedelta(minutes=1))
        raise LockedOut(until_at=until_at, minutes=minutes)


def forget_failures(session: Session, audience: str, login: str) -> None:
    """Open a login that is locked for everywhere; networks stay as they are."""
    key = keys_of(audience, login, "").login
    session.execute(delete(LoginCounter).where(LoginCounter.key == key))


def count(session: Session, key: str, now: datetime) -> None:
    """One more on a counter; its row is locked until the transaction ends."""
    fresh = insert(LoginCounter).values(key=key, failures=0, since_at=now)
    session.execute(fresh.on_conflict_do_nothing())
    row = session.get_one(LoginCounter, key, with_for_update=True, populate_existing=True)
    row.failures, row.since_at, row.locked_until_at = next_failure(row.failures, row.since_at, now)
    session.flush()


def wait_for(session: Session, text: str) -> None:
    """Hold a name until the transaction ends; whoever else wants it waits."""
    session.execute(select(func.pg_advisory_xact_lock(int(hashed("accounts", text)[:15], 16))))
