"""How is a plate hidden, told apart within a month, and forgotten for good?"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from os import urandom
from threading import Lock
from time import monotonic
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.city import queries as city
from parking.kernel.actors import SYSTEM, Actor
from parking.kernel.clock import Clock
from parking.kernel.days import month_span
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.sealing import SealBroken, Sealer
from parking.plates import queries
from parking.plates.errors import PlateKeyBroken, PlateKeyDestroyed
from parking.plates.models import PlateKey
from parking.plates.rules import Plate, PlateHash, month_of

_SUBJECT = "plate_key"
PLATE_CONTEXT = "plate"
_HASH_BYTES = 16
_KEY_BYTES = 32
# How long a process may go on with a key that was destroyed elsewhere.
_READ_AGAIN_AFTER_S = 60.0
RETENTION_DAYS = 180


class PlateKeys:
    """The keys of all months, for one process: thread-safe, and without the database once a month is known.

    The key of a month is made when its first plate comes, in a transaction of its own. Whoever hashes must
    have looked at the time: every month of a device's wild clock would get a key.
    """

    def __init__(self, sessions: Sessions, sealer: Sealer, clock: Clock) -> None:
        self._sessions, self._sealer, self._clock = sessions, sealer, clock
        self._lock = Lock()
        self._keys: Mapping[date, hmac.HMAC] = {}
        self._zone: ZoneInfo | None = None
        # The month of the last instant asked for, and from when to when it lasts: nearly always this month.
        self._month: tuple[datetime, datetime, date] | None = None
        self._read_at = -_READ_AGAIN_AFTER_S

    def hash(self, plate: Plate, at: datetime) -> PlateHash:
        """The plate under the key of the city's month of `at`; its colour is no part of it.

        Raises ValueError for no plate, PlateKeyDestroyed, PlateKeyBroken, ProfileMissing.
        """
        keys = self._known()
        month = self.month(at)
        key = keys.get(month)
        if key is None:
            key = self._make(month)
        return _hashed(key, month, plate)

    def hashes_since(self, plate: Plate, since: datetime, at: datetime) -> tuple[PlateHash, ...]:
        """The plate under every living key of the months from `since` to `at`, newest first: where its entry
        may lie. Months without a key have no entries and are left out. Raises like `hash`."""
        first, last = self.month(since), self.month(at)
        keys = self._known()
        return tuple(
            _hashed(keys[month], month, plate)
            for month in sorted(keys, reverse=True)
            if first <= month <= last
        )

    def month(self, at: datetime) -> date:
        """The first day of the city's month of an instant."""
        self._known()
        if self._zone is None:
            raise AssertionError("read with the keys")
        known = self._month
        if known is None or not known[0] <= at < known[1]:
            month = month_of(at, self._zone)
            known = self._month = (*month_span(month, self._zone), month)
        return known[2]

    def seal(self, text: str, what: str = PLATE_CONTEXT) -> bytes:
        """A plate that can be read again, for as long as a stay is unsettled; or `what` else goes with it."""
        return self._sealer.seal(text.encode(), what)

    def open(self, sealed: bytes, what: str = PLATE_CONTEXT) -> str:
        """The plate, or what else was sealed. Raises PlateKeyBroken."""
        try:
            return self._sealer.open(sealed, what).decode()
        except SealBroken:
            raise PlateKeyBroken from None

    def _known(self) -> Mapping[date, hmac.HMAC]:
        if monotonic() - self._read_at < _READ_AGAIN_AFTER_S:
            return self._keys
        # One reads; the others go on with what they have, unless there is nothing yet.
        if not self._lock.acquire(blocking=self._zone is None):
            return self._keys
        try:
            if monotonic() - self._read_at >= _READ_AGAIN_AFTER_S:
                self._read()
            return self._keys
        finally:
            self._lock.release()

    def _read(self) -> None:
        started = monotonic()
        with self._sessions() as session:
            sealed = queries.sealed_keys(session)
            if self._zone is None:
                self._zone = city.time_zone(session, self._clock.now())
        self._keys = {
            month: self._keys.get(month) or self._opened(month, key) for month, key in sealed.items() if key
        }
        self._read_at = started

    def _make(self, month: date) -> hmac.HMAC:
        with self._lock:
            with unit_of_work(self._sessions) as uow:
                sealed = _made(uow.session, self._sealer, month, self._clock.now())
            key = self._opened(month, sealed)
            self._keys = {**self._keys, month: key}
            return key

    def _opened(self, month: date, sealed: bytes) -> hmac.HMAC:
        try:
            # Made ready once: `hmac.digest` gives the processor away for each plate.
            return hmac.new(self._sealer.open(sealed, key_context(month)), digestmod="sha256")
        except SealBroken:
            raise PlateKeyBroken from None


def destroy_keys(
    session: Session, actor: Actor, before: date, keep: Collection[date], now: datetime
) -> tuple[date, ...]:
    """Destroy the keys of the months before a day but for those that somebody still needs.

    What was hashed under a destroyed key stays, and leads to nobody any more. Returns the months.
    """
    gone = [month for month in queries.living_months(session, before) if month not in keep]
    for month in gone:
        session.execute(update(PlateKey).where(PlateKey.month == month).values(sealed=None, destroyed_at=now))
        audit.record(session, actor, "plate_key:destroy", _SUBJECT, month.isoformat(), {}, now)
    return tuple(gone)


def keys_end_before(session: Session, now: datetime) -> date:
    """The first day of the oldest month whose key is kept: the one that holds the oldest day to be kept.

    The retention is the city's limit `plate_key_days`, else 180 days. Raises ProfileMissing.
    """
    today = city.today(session, now)
    days = city.facts(session, today).get("limits.plate_key_days") or RETENTION_DAYS
    return (today - timedelta(days=days)).replace(day=1)


def _made(session: Session, sealer: Sealer, month: date, now: datetime) -> bytes:
    """The month's sealed key; another process may have been first. Raises PlateKeyDestroyed."""
    fresh = sealer.seal(urandom(_KEY_BYTES), key_context(month))
    stored = session.scalar(
        insert(PlateKey)
        .values(month=month, sealed=fresh, made_at=now)
        .on_conflict_do_nothing(index_elements=[PlateKey.month])
        .returning(PlateKey.month)
    )
    if stored is not None:
        audit.record(session, SYSTEM, "plate_key:make", _SUBJECT, month.isoformat(), {}, now)
        return fresh
    found = queries.sealed_keys(session)[month]
    if found is None:
        raise PlateKeyDestroyed(month=f"{month:%Y-%m}")
    return found


def _hashed(key: hmac.HMAC, month: date, plate: Plate) -> PlateHash:
    if not plate.exists:
        raise ValueError("no plate, nothing to hash")
    made = key.copy()
    made.update(plate.text.encode())
    return PlateHash(month, made.digest()[:_HASH_BYTES])


def key_context(month: date) -> str:
    """Which key it is: sealed for one month it opens for no other."""
    return f"plate-key:{month.isoformat()}"
