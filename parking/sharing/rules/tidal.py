"""When may one park in tidal bays (潮汐车位)? Only at stated times, by the traffic police's consent.

Before `from_on` and from `ended_on` on they are bays like any other. Once their consent has lapsed nobody may
park there until somebody says what becomes of them: what nobody consented to is never told as lawful.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum

from parking.kernel.days import midnight
from parking.kernel.vocabulary import SpaceClass
from parking.lots.rules import HoursReader, OpenState

# Hours change at most a few times between two changes of what is lawful; more steps than this are none.
_MOST_STEPS = 24


class TidalState(StrEnum):
    """Where an arrangement stands on a day."""

    PLANNED = "planned"
    IN_FORCE = "in_force"
    LAPSED = "lapsed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class TidalBays:
    """Some bays of one class of a road section; `hours` is OSM opening_hours.

    The consent holds in [from_on, until_on), the arrangement in [from_on, ended_on); None is open-ended.
    """

    id: str
    lot_id: str
    space_class: SpaceClass
    spaces: int
    hours: str
    from_on: date
    until_on: date | None = None
    ended_on: date | None = None

    def state(self, on: date) -> TidalState:
        """Where it stands on a city date."""
        if self.ended_on is not None and on >= self.ended_on:
            return TidalState.ENDED
        if on < self.from_on:
            return TidalState.PLANNED
        has_lapsed = self.until_on is not None and on >= self.until_on
        return TidalState.LAPSED if has_lapsed else TidalState.IN_FORCE


@dataclass(frozen=True, slots=True)
class Lawful:
    """Whether one may park at an instant. `until_at`: when that changes; `next_from_at`: when a lawful time
    begins next. Both are aware UTC instants, None where there is none within two weeks.

    `warning` is a code of the hours' reader, such as calendar_year_missing.
    """

    is_lawful: bool
    until_at: datetime | None
    next_from_at: datetime | None
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Tide:
    """Tidal bays as they stand at an instant; `is_told`: the arrangement holds then."""

    bays: TidalBays
    is_told: bool
    now: Lawful


def lawful(bays: TidalBays, at: datetime, reader: HoursReader, zone: tzinfo) -> Lawful:
    """What holds at an aware instant, by the city's calendar; hours that say nothing sure forbid."""
    is_lawful, _, warning = _standing(bays, at, reader, zone)
    until_at = _changes_at(bays, at, reader, zone)
    next_from_at = until_at
    if is_lawful and until_at is not None:
        next_from_at = _changes_at(bays, until_at, reader, zone)
    return Lawful(is_lawful, until_at, next_from_at, warning)


def lawful_spans(
    bays: TidalBays, since: datetime, until: datetime, reader: HoursReader, zone: tzinfo
) -> Iterator[tuple[datetime, datetime]]:
    """When one may park in [since, until), two weeks at most; aware UTC instants."""
    at = since
    while at < until:
        now = lawful(bays, at, reader, zone)
        ends = min(now.until_at or until, until)
        if now.is_lawful:
            yield at, ends
        at = ends


def tide(bays: TidalBays, at: datetime, reader: HoursReader, zone: tzinfo) -> Tide:
    """The bays at an instant, and whether there is anything to tell of them."""
    state = bays.state(at.astimezone(zone).date())
    return Tide(bays, state in (TidalState.IN_FORCE, TidalState.LAPSED), lawful(bays, at, reader, zone))


def withheld(tides: Iterable[Tide]) -> Mapping[SpaceClass, int]:
    """The bays of each class where nobody may park."""
    found: Counter[SpaceClass] = Counter()
    for each in tides:
        if not each.now.is_lawful:
            found[each.bays.space_class] += each.bays.spaces
    return found


def opening(
    own_hours: str | None,
    capacities: Mapping[SpaceClass, int],
    rows: Iterable[TidalBays],
    at: datetime,
    reader: HoursReader,
    zone: tzinfo,
) -> OpenState:
    """A section's hours where it has tidal bays: while none of its spaces is lawful it is closed.

    `capacities` are the register's, by class. Without tidal bays it is what its own hours say.
    """
    rows = tuple(rows)
    first = _opening(own_hours, capacities, rows, at, reader, zone)
    state = first
    for _ in range(_MOST_STEPS):
        if state.until_at is None:
            break
        after = _opening(own_hours, capacities, rows, state.until_at, reader, zone)
        if after.is_open != first.is_open:
            return OpenState(first.is_open, state.until_at, first.warning)
        state = after
    return OpenState(first.is_open, None, first.warning)


def _opening(
    own_hours: str | None,
    capacities: Mapping[SpaceClass, int],
    rows: tuple[TidalBays, ...],
    at: datetime,
    reader: HoursReader,
    zone: tzinfo,
) -> OpenState:
    """The same with an `until_at` at which perhaps nothing changes."""
    own = reader.state(own_hours, at)
    stands = [_standing(bays, at, reader, zone) for bays in rows]
    taken: Counter[SpaceClass] = Counter()
    for bays, (is_lawful, _, _) in zip(rows, stands, strict=True):
        taken[bays.space_class] += 0 if is_lawful else bays.spaces
    nothing_left = bool(taken) and all(taken[each] >= spaces for each, spaces in capacities.items())
    return OpenState(
        False if nothing_left else own.is_open,
        _first(own.until_at, *(until for _, until, _ in stands)),
        own.warning or next((warning for *_, warning in stands if warning), None),
    )


def _standing(
    bays: TidalBays, at: datetime, reader: HoursReader, zone: tzinfo
) -> tuple[bool, datetime | None, str | None]:
    """Whether one may park, until when that is sure (it may go on then), and the reader's warning."""
    begins = midnight(bays.from_on, zone)
    lapses, ends = (None if on is None else midnight(on, zone) for on in (bays.until_on, bays.ended_on))
    if at < begins:
        return True, _first(begins, ends), None
    if ends is not None and at >= ends:
        return True, None, None
    if lapses is not None and at >= lapses:
        return False, ends, None
    state = reader.state(bays.hours, at)
    return state.is_open is True, _first(state.until_at, lapses, ends), state.warning


def _changes_at(bays: TidalBays, at: datetime, reader: HoursReader, zone: tzinfo) -> datetime | None:
    """When what holds at an instant holds no longer."""
    is_lawful, until_at, _ = _standing(bays, at, reader, zone)
    for _ in range(_MOST_STEPS):
        if until_at is None:
            return None
        then, later_at, _ = _standing(bays, until_at, reader, zone)
        if then is not is_lawful:
            return until_at
        until_at = later_at
    return None


def _first(*instants: datetime | None) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)
