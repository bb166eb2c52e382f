"""Who used the demo city's shared spaces before it was started? Bookings, stays and overstays of weeks.

Drawn from one seed and told to the services night by night, as gates and drivers would have: what the
evidence pages show is what the platform made of it. The shape is that of an office's nights: most come in the
evening and leave before work, some stay a little too long, some never come.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from parking.entrypoints import demo_city
from parking.entrypoints.simulator.barriers.crossing import vehicle
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.ids import new_id
from parking.kernel.vocabulary import SpaceClass, StayKind
from parking.lots import queries as lots
from parking.plates.rules import read_plate
from parking.plates.service import PlateKeys
from parking.sharing.queries.agreements import agreements
from parking.sharing.queries.windows import WindowView, windows_of
from parking.sharing.rules.bookings import BookingAsk
from parking.sharing.service.booked_together import Booked, Wanted, book_together, make_ready
from parking.sharing.service.entries import record_stays
from parking.sharing.service.overstays import give_up
from parking.sharing.service.stays import StayTold
from parking.tariffs.rules.quotes import Stay

_SEED = 20261121
_STEP = timedelta(minutes=5)
_LONGEST_NIGHT = timedelta(hours=16)
_NEVER_CAME, _TOO_LATE = 0.06, 0.08
# Numbers that no vehicle of the simulator's barriers has.
_FIRST_VEHICLE = 430_000


@dataclass(frozen=True, slots=True)
class _Night:
    """What somebody wanted of a window, and what came of it; `entered_at` None: never came."""

    wanted: Wanted
    entered_at: datetime | None
    left_at: datetime | None


def play_nights(sessions: Sessions, clock: Clock, keys: PlateKeys) -> int:
    """Use the windows that are over, before they are ended; how many bookings it made."""
    plan = tomllib.loads(demo_city.SHARING.read_text("utf-8"))["agreements"]
    now, made = clock.now(), 0
    with sessions() as session:
        ids = lots.ids_by_code(session, [told["lot"] for told in plan])
        lending = {view.lot_id: view for view in agreements(session)}
        nights = [
            (told, window)
            for told in plan
            if told.get("bookings") and (view := lending.get(ids[told["lot"]]))
            for window in windows_of(session, view.id, view.in_force_at or now, now)
            if window.until_at <= now and window.space_class is SpaceClass.GENERAL
        ]
    for number, (told, window) in enumerate(nights):
        random = Random(f"{_SEED}/{told['lot']}/{window.from_at}")  # noqa: S311 - a story, not a secret
        drawn = list(_drawn(random, told, window, keys, _FIRST_VEHICLE + 40 * number))
        if drawn:
            with unit_of_work(sessions) as uow:
                made += _play(uow.session, drawn, window, keys)
    return made


def _drawn(
    random: Random, told: Mapping[str, Any], window: WindowView, keys: PlateKeys, first: int
) -> Iterator[_Night]:
    """Who books a window: an hour before it opens, for most of it."""
    least, most = told["bookings"]
    asked_at = window.from_at - timedelta(hours=1)
    length = min(window.until_at - window.from_at, _LONGEST_NIGHT)
    for number in range(random.randint(least, most)):
        from_at = window.from_at + _STEP * round(random.triangular(0, 0.4, 0.1) * length / _STEP)
        until_at = window.from_at + length - _STEP * round(random.triangular(0, 0.3, 0.05) * length / _STEP)
        wanted = make_ready(
            keys, BookingAsk(window.id, from_at, until_at, vehicle(first + number).plate or ""), asked_at
        )
        if random.random() < _NEVER_CAME:
            yield _Night(wanted, None, None)
            continue
        over = timedelta(minutes=random.uniform(18, 90)) if random.random() < _TOO_LATE else timedelta()
        early = timedelta(minutes=random.triangular(1, 60, 15))
        left_at = until_at + over if over else until_at - min(early, (until_at - from_at) / 2)
        yield _Night(wanted, from_at + timedelta(minutes=random.uniform(1, 20)), left_at)


def _play(session: Session, drawn: list[_Night], window: WindowView, keys: PlateKeys) -> int:
    answers = [answer() for answer in book_together(session, [night.wanted for night in drawn])]
    given = [
        (night, answer) for night, answer in zip(drawn, answers, strict=True) if isinstance(answer, Booked)
    ]
    came = [_stay(night, window, keys) for night, _ in given if night.entered_at is not None]
    record_stays(session, came, (), window.until_at)
    for night, booked in given:
        if night.entered_at is None:
            give_up(session, booked.id, window.until_at)
    return len(given)


def _stay(night: _Night, window: WindowView, keys: PlateKeys) -> StayTold:
    entered_at, left_at = night.entered_at, night.left_at
    if entered_at is None or left_at is None:
        raise ValueError("it never came")
    known = keys.hash(read_plate(night.wanted.ask.plate), entered_at)
    return StayTold(
        visit_id=f"demo-{new_id()}",
        lot_id=window.lot_id,
        hashes=frozenset({known.value, *night.wanted.hashes}),
        priced=Stay(entered_at, left_at, kind=StayKind.SHARED),
        entered_at=entered_at,
        left_at=left_at,
        is_over=True,
    )
