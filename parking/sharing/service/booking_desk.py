"""Where is a space of a window booked? At a desk of each process, whose clients share one commit."""

from __future__ import annotations

from datetime import datetime
from zlib import crc32

from parking.kernel.db.driver import together
from parking.kernel.db.engine import Sessions
from parking.kernel.db.group_commit import GroupCommit
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.errors import ParkingError
from parking.plates.service import PlateKeys
from parking.sharing.rules.bookings import BookingAsk
from parking.sharing.service.attempts import count_asks
from parking.sharing.service.booked_together import Answer, Booked, Wanted, book_together, make_ready
from parking.sharing.service.giving import MOST_AT_ONCE

# Those for one window stand in one queue: what holds a window for long holds up a fourth of the others.
_QUEUES = 4
# In each: some seconds of the most that one process books.
_MOST_WAITING = 1_000


class BookingDesk:
    """The one door for bookings; safe for many threads, and without any of its own."""

    def __init__(self, sessions: Sessions, keys: PlateKeys) -> None:
        self._keys, self._sessions = keys, sessions
        self._queues: tuple[GroupCommit[Wanted, Answer], ...] = tuple(
            GroupCommit(sessions, book_together, most=MOST_AT_ONCE, queue=_MOST_WAITING)
            for _ in range(_QUEUES)
        )

    def book(self, ask: BookingAsk, network: str, now: datetime) -> Booked:
        """Give one space of a window to a vehicle, and let the gate know by a pass; durable on return.

        Call it with no transaction open. Every ask counts for the network that it comes from, also one that
        is refused, or that fails by itself: how it fails might tell what is booked. Raises BookingsTooMany
        with `minutes` beyond the city's limit an hour; WindowClosed; BookingRefused with the fields;
        NoSpaceGiven: the window is full, or the vehicle has a booking already or may not book, and nobody is
        told which; QueueFull, NotStored.
        """
        queue = self._queues[crc32(ask.window_id.encode()) % _QUEUES]
        try:
            told = queue.submit(make_ready(self._keys, ask, now, network))()
        except ParkingError:
            # Nothing was looked at: the same is asked again.
            raise
        except Exception:
            with unit_of_work(self._sessions) as uow, together(uow.session) as own:
                count_asks(own, [network], now)
            raise
        if isinstance(told, ParkingError):
            raise told
        return told
