"""How full were some lots of the demo city at night before it was started? As the simulator would tell it.

Four weeks of nights, once an hour, through the door of every count and folded into the history: where sharing
would help is proposed by measured nights alone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.entrypoints import demo_city
from parking.entrypoints.demo_day import count_of
from parking.entrypoints.simulator.city import Counter, connected_counters
from parking.kernel.actors import CLI
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import CAR_CLASSES
from parking.lots import queries as lots
from parking.occupancy import queries, service
from parking.sharing.rules.proposals import night_spans

# A source of its own, believed last; its counts speak for the hour after them.
SOURCE = "demo:nights"
_RANK = 9
_EVERY = timedelta(hours=1)
_LIVE_S, _KNOWN_S = 3_600, 4_000
# The history is told as far back as facts are kept, which is a week.
_AT_ONCE = 6
_SETTLED = timedelta(minutes=2)
_Night = tuple[datetime, datetime]


def record_nights(sessions: Sessions, clock: Clock) -> int:
    """Record the nights of the last weeks that nobody told yet; returns the number of new facts."""
    told = set(tomllib.loads(demo_city.SHARING.read_text("utf-8"))["measured"]["lots"])
    counters = [
        each
        for each in connected_counters()
        if each.lot_code in told and each.space_class in map(str, CAR_CLASSES)
    ]
    now = clock.now()
    with sessions() as session:
        ids = lots.ids_by_code(session, told)
        nights = iter(_untold(session, set(ids.values()), now))
    new = 0
    while some := list(islice(nights, _AT_ONCE)):
        new += _record(sessions, counters, ids, some)
    return new


def _untold(session: Session, lot_ids: set[str], now: datetime) -> list[_Night]:
    """The nights that are over since the last of which anything is known of these lots."""
    zone, today = city.time_zone(session, now), city.today(session, now)
    untold: list[_Night] = []
    for span in reversed(night_spans(today, zone)):
        if span[1] > now - _SETTLED:
            continue
        if any(each.lot_id in lot_ids for each in queries.mean_counts(session, [span], CAR_CLASSES)):
            break
        untold.append(span)
    return untold[::-1]


def _record(
    sessions: Sessions, counters: Sequence[Counter], ids: Mapping[str, str], nights: Sequence[_Night]
) -> int:
    """Some nights after each other, as if told by the morning after the last."""
    morning = nights[-1][1] + _SETTLED
    counts = [
        count_of(counter, ids, since + number * _EVERY)
        for counter in counters
        for since, until in nights
        for number in range((until - since) // _EVERY)
    ]
    with unit_of_work(sessions) as uow:
        ranks = dict.fromkeys(ids.values(), _RANK)
        service.declare_source(uow.session, SOURCE, ranks, _LIVE_S, _KNOWN_S, morning)
    with unit_of_work(sessions) as uow:
        new = service.record_counts(uow.session, CLI, SOURCE, counts, morning).new
    done = 1
    while done:
        with unit_of_work(sessions) as uow:
            done = service.fold_history(uow.session, morning)
    return new
