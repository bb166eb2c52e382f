"""How long does a booking take when 200 a second, of 16 clients, want spaces of one window?"""

from __future__ import annotations

import gc
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import quantiles
from time import process_time
from typing import Any

from rich.progress import Progress
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench.lending import agreements_of
from parking.kernel.clock import Clock
from parking.kernel.db import revision
from parking.kernel.db.embedded import EmbeddedServer
from parking.kernel.db.engine import make_engine, make_sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.sealing import Sealer
from parking.kernel.vocabulary import SpaceClass
from parking.plates.service import PlateKeys
from parking.sharing.errors.bookings import NoSpaceGiven
from parking.sharing.models import Booking, Window
from parking.sharing.rules.bookings import BookingAsk
from parking.sharing.service.booked_together import make_ready
from parking.sharing.service.booking_desk import BookingDesk

CLIENTS, PER_S, SECONDS = 16, 200, 10
# Fewer than are asked for: the last spaces are raced for too.
QUOTA = PER_S * SECONDS * 9 // 10
_NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
_HOUR = timedelta(hours=1)
# Whoever draws the progress takes the processor from the clients.
_STEP = 50


class _StandingClock(Clock):
    def now(self) -> datetime:
        return _NOW


def run(progress: Progress) -> list[dict[str, Any]]:
    """On a server of our own with PostgreSQL's durable settings, in a process of ours: without HTTP."""
    task = progress.add_task("bookings", total=PER_S * SECONDS)
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer.open(Path(folder)) as server:
        engine = make_engine(server.url, pool_size=CLIENTS, ping=False)
        revision.upgrade(engine)
        sessions = make_sessions(engine)
        with unit_of_work(sessions) as uow:
            window_id = _a_window(uow.session)
        keys = PlateKeys(sessions, Sealer(bytes(32)), _StandingClock())
        # The month's key is made before the race, as it is by whoever books first in a month.
        make_ready(keys, _asked(window_id, 0), _NOW)
        desk = BookingDesk(sessions, keys)
        # As a web process does before it serves.
        gc.collect()
        gc.freeze()
        used = process_time()
        took, outcomes, seconds = _race(desk, window_id, lambda: progress.advance(task, _STEP))
        used = process_time() - used
        with sessions() as session:
            given = session.scalars(select(func.count()).select_from(Booking)).one()
            taken = session.get_one(Window, window_id).taken
        engine.dispose()
    # Whatever was said to a client, was written or was counted beyond the quota.
    double = max(outcomes["booked"], given, taken) - QUOTA
    if min(outcomes["booked"], given, taken) < QUOTA:
        raise RuntimeError(f"{QUOTA} spaces, {outcomes} told, {given} written, {taken} counted")
    return [
        {"name": "spaces given twice", "value": double, "unit": "", "better": "lower", "limit": 0},
        {
            "name": f"bookings answered, of {PER_S} a second by {CLIENTS} clients",
            "value": len(took) / seconds,
            "unit": "a second",
            "better": "higher",
            "limit": 0.95 * PER_S,
        },
        {
            "name": "a booking from when it was due, p99",
            "value": quantiles(took, n=100)[-1],
            "unit": "ms",
            "better": "lower",
            "limit": 100,
        },
        {
            "name": "processor time of the process of the clients and the desk for each",
            "value": used * 1000 / len(took),
            "unit": "ms",
            "better": "lower",
        },
    ]


def _race(desk: BookingDesk, window_id: str, done: Any) -> tuple[list[float], Counter[str], float]:
    """What each booking took in ms, counted from when it was due, so that a queue is not forgiven."""
    took: list[float] = []
    outcomes: Counter[str] = Counter()
    numbers, began = count(), time.perf_counter() + 0.2

    def client() -> None:
        while (number := next(numbers)) < PER_S * SECONDS:
            due = began + number / PER_S
            time.sleep(max(due - time.perf_counter(), 0))
            outcomes[_book(desk, window_id, number)] += 1
            took.append((time.perf_counter() - due) * 1000)
            if number % _STEP == 0:
                done()

    with ThreadPoolExecutor(CLIENTS) as pool:
        for running in [pool.submit(client) for _ in range(CLIENTS)]:
            running.result()
    return took, outcomes, time.perf_counter() - began


def _asked(window_id: str, number: int) -> BookingAsk:
    return BookingAsk(window_id, _NOW + _HOUR, _NOW + 3 * _HOUR, f"苏F{10_000 + number}")


def _book(desk: BookingDesk, window_id: str, number: int) -> str:
    # So many come from one network only in a bench: each has its own.
    try:
        desk.book(_asked(window_id, number), f"network {number}", _NOW)
    except NoSpaceGiven:
        return "refused"
    return "booked"


def _a_window(session: Session) -> str:
    """One window with all spaces, written as it stands: how it comes about is not measured here."""
    [agreement] = agreements_of(session, 1, _NOW)
    window = Window(
        agreement_id=agreement.id,
        lot_id=agreement.lot_id,
        space_class=SpaceClass.GENERAL,
        from_at=_NOW,
        until_at=_NOW + 12 * _HOUR,
        quota=QUOTA,
        state="open",
    )
    session.add(window)
    session.flush()
    return window.id
