"""Which devices were heard, known or unknown? Noted in memory, written about once a minute."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.accounts.service import keys_used
from parking.kernel.db.away import is_away
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.seldom import Seldom
from parking.lots.models import DeviceSighting, UnknownDevice
from parking.lots.queries.devices import device_alarms
from parking.lots.rules.gates import LONGEST_KEY

_WRITTEN_EVERY_S = 60.0
# Anybody may make serials up; the list is for people to read.
MOST_UNKNOWN = 500
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A device was heard at `at`. `skew_s`: its clock's lead over ours in seconds; `event_at`: its newest
    event by our clock. None where this message told nothing of it."""

    device_id: str
    at: datetime
    skew_s: int | None = None
    event_at: datetime | None = None


class Sightings:
    """What one process heard. A note costs nothing but, once a minute for each device, a small commit."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._seldom = Seldom(_WRITTEN_EVERY_S)
        self._lock = Lock()
        self._devices: dict[str, Sighting] = {}
        self._keys: dict[str, datetime] = {}
        self._unknown: dict[tuple[str, str], tuple[str, datetime, int]] = {}

    def device(self, sighting: Sighting) -> None:
        """A registered device was heard."""
        with self._lock:
            before = self._devices.get(sighting.device_id)
            self._devices[sighting.device_id] = _joined(before, sighting) if before else sighting
        self._write_if_due(("device", sighting.device_id))

    def key(self, key_id: str, at: datetime) -> None:
        """A client's key signed a message that was taken."""
        with self._lock:
            self._keys[key_id] = max(self._keys.get(key_id, at), at)
        self._write_if_due(("key", key_id))

    def unknown(self, dialect: str, serial: str | None, network: str, at: datetime) -> None:
        """Somebody spoke whom nobody registered. Serials are cut to 64 characters."""
        named = (dialect, _plain(serial))
        with self._lock:
            if named not in self._unknown and len(self._unknown) >= MOST_UNKNOWN:
                return
            _, _, times = self._unknown.get(named, (network, at, 0))
            self._unknown[named] = (network, at, times + 1)
        # One pause for all: made-up serials must not buy a commit each.
        self._write_if_due(("unknown", named if len(self._unknown) < 5 else None))

    def write(self) -> None:
        """Write what is still only noted."""
        with self._lock:
            devices, self._devices = list(self._devices.values()), {}
            keys, self._keys = self._keys, {}
            unknown, self._unknown = self._unknown, {}
        if not (devices or keys or unknown):
            return
        with unit_of_work(self._sessions) as uow:
            seen(uow.session, devices)
            keys_used(uow.session, keys)
            for (dialect, serial), (network, at, times) in sorted(unknown.items()):
                note_unknown(uow.session, dialect, serial, network, at, times)

    def _write_if_due(self, what: tuple[str, object]) -> None:
        if not self._seldom.is_due(what):
            return
        try:
            self.write()
        except Exception as problem:
            # What was told along with it is worth more; what is lost here the next message says again.
            if not is_away(problem):
                raise
            _log.warning("sightings.not_written", reason=type(getattr(problem, "orig", problem)).__name__)


def seen(session: Session, sightings: Iterable[Sighting]) -> None:
    """Write down when devices were last heard; an older word never covers a newer one."""
    newest: dict[str, Sighting] = {}
    for each in sightings:
        newest[each.device_id] = _joined(newest[each.device_id], each) if each.device_id in newest else each
    if not newest:
        return
    rows = [
        {
            "device_id": each.device_id,
            "last_seen_at": each.at,
            "last_event_at": each.event_at,
            "skew_s": each.skew_s,
        }
        for _, each in sorted(newest.items())
    ]
    told = insert(DeviceSighting).values(rows)
    session.execute(
        told.on_conflict_do_update(
            index_elements=[DeviceSighting.device_id],
            set_={
                "last_seen_at": func.greatest(DeviceSighting.last_seen_at, told.excluded.last_seen_at),
                "last_event_at": func.greatest(DeviceSighting.last_event_at, told.excluded.last_event_at),
                "skew_s": func.coalesce(told.excluded.skew_s, DeviceSighting.skew_s),
            },
        )
    )


def note_unknown(
    session: Session, dialect: str, serial: str | None, network: str, now: datetime, times: int = 1
) -> None:
    """Somebody spoke whom nobody registered; beyond 500 of them the longest silent one is forgotten."""
    row = {
        "dialect": dialect,
        "serial": _plain(serial),
        "network": network[:LONGEST_KEY],
        "first_seen_at": now,
        "last_seen_at": now,
        "times": times,
    }
    told = insert(UnknownDevice).values(row)
    session.execute(
        told.on_conflict_do_update(
            index_elements=[UnknownDevice.dialect, UnknownDevice.serial],
            set_={
                "network": told.excluded.network,
                "last_seen_at": func.greatest(UnknownDevice.last_seen_at, told.excluded.last_seen_at),
                "times": UnknownDevice.times + times,
            },
        )
    )
    too_many = session.scalars(
        select(UnknownDevice).order_by(UnknownDevice.last_seen_at.desc()).offset(MOST_UNKNOWN)
    )
    for old in too_many.all():
        session.delete(old)
    session.flush()


def _joined(before: Sighting, after: Sighting) -> Sighting:
    events = [at for at in (before.event_at, after.event_at) if at is not None]
    return Sighting(
        after.device_id,
        max(before.at, after.at),
        before.skew_s if after.skew_s is None else after.skew_s,
        max(events, default=None),
    )


def _plain(serial: str | None) -> str:
    return "".join(each for each in (serial or "")[:LONGEST_KEY] if each.isprintable()).strip()


def watch_devices(session: Session, now: datetime) -> tuple[list[str], list[str]]:
    """Mark which devices fell silent and which were heard again since the last look; their ids, by name.

    The marks let each be told once, not at every look.
    """
    silent = {view.id: view for view in device_alarms(session, now)}
    marked = set(
        session.scalars(select(DeviceSighting.device_id).where(DeviceSighting.silent_since_at.is_not(None)))
    )
    gone, back = [each for each in silent if each not in marked], sorted(marked - silent.keys())
    if gone or back:
        # In the order in which `seen` writes them, or the two wait for each other in a circle.
        marks = dict.fromkeys(gone, now) | dict.fromkeys(back)
        told = insert(DeviceSighting).values(
            [{"device_id": each, "silent_since_at": marks[each]} for each in sorted(marks)]
        )
        session.execute(
            told.on_conflict_do_update(
                index_elements=[DeviceSighting.device_id],
                set_={"silent_since_at": told.excluded.silent_since_at},
            )
        )
    return gone, back
