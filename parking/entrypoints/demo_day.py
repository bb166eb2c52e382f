"""What did the demo city's day look like before it was started? As the simulator would have told it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from parking.entrypoints.simulator.city import Counter, connected_counters
from parking.entrypoints.simulator.course import occupied_at
from parking.kernel.actors import CLI
from parking.kernel.clock import Clock
from parking.kernel.days import midnight
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots
from parking.lots import service as register
from parking.occupancy import service as occupancy
from parking.occupancy.jobs import jobs
from parking.occupancy.rules import CountInput

# A source of its own, believed last: a lot's own feed is always asked first.
SOURCE = "demo:today"
_RANK = 9
_SLOT = timedelta(minutes=15)
_ZONE = ZoneInfo("Asia/Shanghai")
_A_BATCH = 40


def record_today(sessions: Sessions, clock: Clock) -> int:
    """Record each connected lot's quarters of an hour since midnight; run again it adds only what is new.

    Returns the number of new facts.
    """
    now = clock.now()
    counters = connected_counters()
    with sessions() as session:
        ids = lots.ids_by_code(session, {counter.lot_code for counter in counters})
    ends = _slot_ends(now)
    new = 0
    with unit_of_work(sessions) as uow:
        ranks = dict.fromkeys(ids.values(), _RANK)
        occupancy.declare_source(uow.session, SOURCE, ranks, 1000, 2000, now)
        # Their day is told as it was: they owe a count since it began.
        register.mark_connected(uow.session, sorted(ids.values()), _midnight(now))
    for first in range(0, len(counters), _A_BATCH):
        told = [
            count_of(counter, ids, end)
            for counter in counters[first : first + _A_BATCH]
            if counter.lot_code in ids
            for end in ends
        ]
        if told:
            with unit_of_work(sessions) as uow:
                new += occupancy.record_counts(uow.session, CLI, SOURCE, told, now).new
    if new:
        next(job for job in jobs(sessions, clock) if job.name == "fold_history").run()
    return new


def _midnight(now: datetime) -> datetime:
    return midnight(now.astimezone(_ZONE).date(), _ZONE)


def _slot_ends(now: datetime) -> list[datetime]:
    begun = _midnight(now)
    passed = int((now - begun) / _SLOT)
    return [begun + slot * _SLOT - timedelta(seconds=20) for slot in range(passed + 1)]


def count_of(counter: Counter, ids: Mapping[str, str], at: datetime) -> CountInput:
    """What a counter of the lots in `ids` (by code) would have been told at an instant."""
    occupied = occupied_at(
        counter.lot_code, counter.capacity, counter.course, at, space_class=counter.space_class
    )
    return CountInput(
        lot_id=ids[counter.lot_code],
        space_class=SpaceClass(counter.space_class),
        as_of=at,
        occupied=occupied,
        capacity=counter.capacity,
    )
