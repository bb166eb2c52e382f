"""How long does a booking take when 200 a second, of 16 clients, want spaces of one window?"""

from __future__ import annotations

import gc
import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from statistics import quantiles
from typing import Any

import orjson
from rich.progress import Progress
from sqlalchemy import func, select

from bench.database import fresh_database
from bench.gates import SECRET
from bench.lending import agreements_of
from bench.serving import served
from parking.kernel.clock import SystemClock
from parking.kernel.db.engine import Sessions, make_engine, make_sessions
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
_PATH = "/api/v1/bookings"
_HOUR = timedelta(hours=1)
# Whoever draws the progress takes the processor from the clients.
_STEP = 50

Book = Callable[[int], str]
"""Books for the vehicle of that number: "booked" or "refused"."""


@dataclass(frozen=True, slots=True)
class _Race:
    """What each booking took in ms from when it was due, so that a queue is not forgiven; and what became of
    them within how many seconds."""

    took: Sequence[float]
    outcomes: Counter[str]
    seconds: float
    # Of the processor, for this process.
    used_s: float


def run(progress: Progress) -> list[dict[str, Any]]:
    """At the desk of one process of ours, and over HTTP of two as they are deployed; durable settings."""
    now = datetime.now(UTC).replace(microsecond=0)
    with fresh_database() as database:
        at_desk, over_http, before = _windows(database.sessions, [QUOTA, QUOTA, 500], now)
        task = progress.add_task("bookings", total=2 * PER_S * SECONDS)

        def done() -> None:
            progress.advance(task, _STEP)

        engine = make_engine(database.url, pool_size=CLIENTS, ping=False, trips=True)
        desk_race = _race(_at_desk(make_sessions(engine), at_desk, now), done)
        engine.dispose()
        environ = {
            "PARKING_DATABASE_URL": database.url,
            "PARKING_SECRET_KEY": SECRET,
            "PARKING_TRUSTED_PROXIES": "1",
            "PARKING_LOG_LEVEL": "warning",
        }
        with served("bench.gates:application", environ) as port:
            _each(_over_http(port, before, now, "苏G"), 100)
            http_race = _race(_over_http(port, over_http, now, "苏E"), done)
        double = max(
            _double(database.sessions, window_id, race.outcomes["booked"])
            for window_id, race in ((at_desk, desk_race), (over_http, http_race))
        )
    return [
        {"name": "spaces given twice", "value": double, "unit": "", "better": "lower", "limit": 0},
        *_figures("over HTTP of two processes", http_race),
        *_figures("at the desk of one", desk_race),
        {
            "name": "processor time of that process, clients included, for each",
            "value": desk_race.used_s * 1000 / len(desk_race.took),
            "unit": "ms",
            "better": "lower",
        },
    ]


def _figures(where: str, race: _Race) -> list[dict[str, Any]]:
    return [
        {
            "name": f"bookings of {PER_S} a second by {CLIENTS} clients, {where}",
            "value": len(race.took) / race.seconds,
            "unit": "a second",
            "better": "higher",
            "limit": 0.95 * PER_S,
        },
        {
            "name": "one from when it was due, p99",
            "value": quantiles(race.took, n=100)[-1],
            "unit": "ms",
            "better": "lower",
            "limit": 100,
        },
    ]


def _double(sessions: Sessions, window_id: str, told: int) -> int:
    """Whatever was said to a client, was written or was counted beyond the quota."""
    with sessions() as session:
        written = select(func.count()).select_from(Booking).where(Booking.window_id == window_id)
        given, taken = session.scalars(written).one(), session.get_one(Window, window_id).taken
    if min(told, given, taken) < QUOTA:
        raise RuntimeError(f"{QUOTA} spaces, {told} told, {given} written, {taken} counted")
    return max(told, given, taken) - QUOTA


def _race(book: Book, done: Callable[[], None]) -> _Race:
    took: list[float] = []
    outcomes: Counter[str] = Counter()
    # As a web process does before it serves.
    gc.collect()
    gc.freeze()
    numbers, began, used = count(), time.perf_counter() + 0.2, time.process_time()

    def client() -> None:
        while (number := next(numbers)) < PER_S * SECONDS:
            due = began + number / PER_S
            time.sleep(max(due - time.perf_counter(), 0))
            outcomes[book(number)] += 1
            took.append((time.perf_counter() - due) * 1000)
            if number % _STEP == 0:
                done()

    with ThreadPoolExecutor(CLIENTS) as pool:
        for running in [pool.submit(client) for _ in range(CLIENTS)]:
            running.result()
    return _Race(took, outcomes, time.perf_counter() - began, time.process_time() - used)


def _each(book: Book, number: int) -> None:
    """So that every process has its connections, its statements and the month's key."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(book, range(number)))


def _at_desk(sessions: Sessions, window_id: str, now: datetime) -> Book:
    keys = PlateKeys(sessions, Sealer.from_secret(SECRET), SystemClock())
    desk = BookingDesk(sessions, keys)

    def asked(number: int) -> BookingAsk:
        return BookingAsk(window_id, now + _HOUR, now + 3 * _HOUR, f"苏F{10_000 + number}")

    def book(number: int) -> str:
        try:
            desk.book(asked(number), f"network {number}", now)
        except NoSpaceGiven:
            return "refused"
        return "booked"

    # The month's key is made before the race, as it is by whoever books first in a month.
    make_ready(keys, asked(0), now)
    return book


def _over_http(port: int, window_id: str, now: datetime, places: str) -> Book:
    """Over one connection of each thread. So many come from one network only here: each has its own."""
    own = threading.local()

    def book(number: int) -> str:
        if not hasattr(own, "connection"):
            own.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        asked = {
            "window": window_id,
            "from": (now + _HOUR).isoformat(),
            "until": (now + 3 * _HOUR).isoformat(),
            "plate": f"{places}{10_000 + number}",
        }
        headers = {
            "Content-Type": "application/json",
            "X-Forwarded-For": f"10.{number >> 8}.{number & 255}.1",
        }
        own.connection.request("POST", _PATH, orjson.dumps(asked), headers)
        answer = own.connection.getresponse()
        told = answer.read()
        if answer.status not in (201, 409):
            raise RuntimeError(f"answered with {answer.status}: {told[:300]!r}")
        return "booked" if answer.status == 201 else "refused"

    return book


def _windows(sessions: Sessions, quotas: Sequence[int], now: datetime) -> list[str]:
    """Windows with so many spaces, written as they stand: how they come about is not measured here."""
    with unit_of_work(sessions) as uow:
        # At an hour of yesterday that is of one day everywhere: the city begins with its own.
        lending = list(agreements_of(uow.session, len(quotas), (now - 24 * _HOUR).replace(hour=4)))
        rows = [
            Window(
                agreement_id=agreement.id,
                lot_id=agreement.lot_id,
                space_class=SpaceClass.GENERAL,
                from_at=now,
                until_at=now + 12 * _HOUR,
                quota=quota,
                state="open",
            )
            for quota, agreement in zip(quotas, lending, strict=True)
        ]
        uow.session.add_all(rows)
        uow.session.flush()
        return [row.id for row in rows]
