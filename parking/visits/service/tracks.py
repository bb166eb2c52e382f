"""What must be read to tell the visits of some new passages anew, and no more?

Of each vehicle what came since the last clean exit before the new passage, and all passages that carry the
same number of a stay. A vehicle is known under the keys of all months while its plate is sealed, and after
that by the links that its stays left between months.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from parking.kernel.vocabulary import Direction, PlateColour
from parking.plates.errors import PlateKeyBroken
from parking.plates.rules import read_plate
from parking.plates.service import PlateKeys
from parking.visits.rules.pairing import (
    Crossing,
    Stay,
    fold_vehicle,
    is_clean,
    lone_stays,
    paired_by_number,
    pairs_of,
    undone_stays,
)

Key = tuple[str, str]
PassageRow = Row[Any]
# An exit is looked up under every key since then; older keys are destroyed.
REMEMBERED = timedelta(days=180)

COLUMNS = """p.source, p.event_id, p.lot_id, p.lane_id, p.device_id, p.at, p.direction, p.counts,
    p.plate_month, p.plate_hash, p.plate_sealed, p.plate_masked, p.plate_kind, p.colour, p.stay, p.stay_id,
    p.voided_at, p.undone"""

_SAME_NUMBER = text(f"""
    select {COLUMNS} from passages p
    join unnest(cast(:lots as text[]), cast(:numbers as text[])) as n(lot_id, number)
        on p.lot_id = n.lot_id and p.stay_id = n.number
    where p.counts and p.voided_at is null
""")  # noqa: S608 - the columns are written above
_LINKED = text("""
    select other.lot_id, other.vehicle, other.plate_hash, other.plate_month from plate_links link
    join unnest(cast(:lots as text[]), cast(:hashes as bytea[])) as h(lot_id, hash)
        on link.lot_id = h.lot_id and link.plate_hash = h.hash
    join plate_links other on other.lot_id = link.lot_id and other.vehicle = link.vehicle
""")
_SINCE_LAST_EXIT = text(f"""
    with hashes as (
        select * from unnest(
            cast(:vehicles as integer[]), cast(:lots as text[]), cast(:hashes as bytea[]),
            cast(:starts as timestamptz[])
        ) as h(vehicle, lot_id, hash, start_at)
    ), exits as (
        select h.vehicle, max(last.at) as at from hashes h, lateral (
            select p.at from passages p
            where p.lot_id = h.lot_id and p.plate_hash = h.hash and p.at < h.start_at
                and p.direction = 'exit' and p.counts and p.voided_at is null
            order by p.at desc limit 1
        ) last group by h.vehicle
    )
    select h.vehicle, exits.at as exit_at, {COLUMNS} from hashes h left join exits using (vehicle)
    join passages p on p.lot_id = h.lot_id and p.plate_hash = h.hash
        and p.counts and p.voided_at is null and p.at >= coalesce(exits.at, '-infinity')
""")  # noqa: S608 - the columns are written above


class Link(NamedTuple):
    """The name that a vehicle has over several months, and the month of one of its hashes."""

    name: str
    month: date


class Vehicles:
    """Which hashes at a lot are one vehicle? Numbers that mean something within one call only."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, bytes], int] = {}
        self.hashes: dict[int, set[bytes]] = {}
        self.lots: dict[int, str] = {}
        self.linked: dict[tuple[str, bytes], Link] = {}

    def know(self, lot_id: str, hashes: Iterable[bytes]) -> int:
        """Learn that these are one vehicle; its number."""
        hashes = set(hashes)
        known = sorted({self._of[lot_id, each] for each in hashes if (lot_id, each) in self._of})
        for other in known:
            hashes |= self.hashes.pop(other)
        number = known[0] if known else len(self._of) + 1
        self.hashes[number], self.lots[number] = hashes, lot_id
        self._of |= {(lot_id, each): number for each in hashes}
        return number

    def number(self, row: PassageRow) -> int | None:
        if row.plate_hash is None:
            return None
        found = self._of.get((row.lot_id, row.plate_hash))
        return self.know(row.lot_id, [row.plate_hash]) if found is None else found

    def links_of(self, number: int) -> dict[bytes, Link]:
        """What is kept of its hashes beyond their months."""
        lot_id = self.lots[number]
        own = ((each, self.linked.get((lot_id, each))) for each in self.hashes[number])
        return {each: link for each, link in own if link is not None}

    def all_hashes(self) -> list[tuple[int, str, bytes]]:
        return [
            (number, self.lots[number], each) for number, own in self.hashes.items() for each in sorted(own)
        ]


@dataclass(slots=True)
class Retold:
    """The visits of a lot that are told anew, and all passages (by key) that no other visit may claim."""

    lot_id: str
    stays: list[Stay] = field(default_factory=list)
    rows: dict[Key, PassageRow] = field(default_factory=dict)
    covered: set[Key] = field(default_factory=set)


@dataclass(slots=True)
class _Track:
    """What is known of one lot: whole groups of numbers, and of each vehicle what came since its exit."""

    new: list[PassageRow]
    numbered: dict[Key, PassageRow] = field(default_factory=dict)
    changed_numbers: set[str] = field(default_factory=set)
    windows: dict[int, tuple[datetime | None, list[PassageRow]]] = field(default_factory=dict)


def retell(
    session: Session, new: Sequence[PassageRow], keys: PlateKeys, now: datetime
) -> tuple[list[Retold], Vehicles]:
    """What the visits around these passages are at `now`; a voided one is as if it never was."""
    vehicles = Vehicles()
    for row in new:
        if row.plate_hash is not None:
            vehicles.know(row.lot_id, _hashes(row, keys, now))
    tracks: dict[str, _Track] = {}
    for row in new:
        tracks.setdefault(row.lot_id, _Track([])).new.append(row)
    for track in tracks.values():
        track.changed_numbers = {row.stay_id for row in track.new if row.stay_id is not None}
    _read_numbered(session, tracks, lambda track: track.changed_numbers)
    for track in tracks.values():
        for row in track.numbered.values():
            vehicles.number(row)
    _read_links(session, vehicles)
    _read_windows(session, tracks, vehicles)
    _read_numbered(session, tracks, _numbers_in_windows)
    return [_told(lot_id, track, vehicles, now) for lot_id, track in tracks.items()], vehicles


def _hashes(row: PassageRow, keys: PlateKeys, now: datetime) -> set[bytes]:
    """The plate under every key that a stay may reach; what cannot be opened is known by its own hash."""
    own = {row.plate_hash}
    if row.plate_sealed is None:
        return own
    try:
        plate = read_plate(keys.open(row.plate_sealed), PlateColour(row.colour))
    except PlateKeyBroken:
        return own
    if not plate.exists:
        return own
    until_at = max(now, row.at)
    # Asking for the present month's hash first makes sure that its key is known here.
    own.add(keys.hash(plate, now).value)
    return own | {each.value for each in keys.hashes_since(plate, now - REMEMBERED, until_at)}


def _read_numbered(
    session: Session, tracks: dict[str, _Track], numbers: Callable[[_Track], Collection[str]]
) -> None:
    asked = [(lot_id, number) for lot_id, track in tracks.items() for number in sorted(numbers(track))]
    if not asked:
        return
    lots, wanted = zip(*asked, strict=True)
    for row in session.execute(_SAME_NUMBER, {"lots": list(lots), "numbers": list(wanted)}):
        tracks[row.lot_id].numbered[row.source, row.event_id] = row


def _numbers_in_windows(track: _Track) -> set[str]:
    told = {row.stay_id for _, rows in track.windows.values() for row in rows if row.stay_id is not None}
    return told - track.changed_numbers


def _read_links(session: Session, vehicles: Vehicles) -> None:
    asked = vehicles.all_hashes()
    if not asked:
        return
    linked: dict[tuple[str, str], set[bytes]] = defaultdict(set)
    found = session.execute(_LINKED, {"lots": [a[1] for a in asked], "hashes": [a[2] for a in asked]})
    for row in found:
        linked[row.lot_id, row.vehicle].add(row.plate_hash)
        vehicles.linked[row.lot_id, row.plate_hash] = Link(row.vehicle, row.plate_month)
    for (lot_id, _), hashes in linked.items():
        vehicles.know(lot_id, hashes)


def _read_windows(session: Session, tracks: dict[str, _Track], vehicles: Vehicles) -> None:
    starts: dict[int, datetime] = {}
    for track in tracks.values():
        for row in (*track.new, *track.numbered.values()):
            vehicle = vehicles.number(row)
            if vehicle is not None:
                starts[vehicle] = min(starts.get(vehicle, row.at), row.at)
    read = _windows(session, vehicles, starts)
    crowded = {
        vehicle: datetime.min.replace(tzinfo=starts[vehicle].tzinfo)
        for vehicle, (exit_at, rows) in read.items()
        if exit_at is not None and not is_clean(_crossings(rows, vehicles), exit_at)
    }
    # Rare: something else was told of the very instant of that exit, so the whole past is read.
    read |= _windows(session, vehicles, crowded)
    for vehicle, window in read.items():
        tracks[vehicles.lots[vehicle]].windows[vehicle] = window


def _windows(
    session: Session, vehicles: Vehicles, starts: dict[int, datetime]
) -> dict[int, tuple[datetime | None, list[PassageRow]]]:
    asked = [(number, lot, each) for number, lot, each in vehicles.all_hashes() if number in starts]
    read: dict[int, tuple[datetime | None, list[PassageRow]]] = {}
    if not asked:
        return read
    found = session.execute(
        _SINCE_LAST_EXIT,
        {
            "vehicles": [number for number, _, _ in asked],
            "lots": [lot for _, lot, _ in asked],
            "hashes": [each for _, _, each in asked],
            "starts": [starts[number] for number, _, _ in asked],
        },
    )
    for row in found:
        read.setdefault(row.vehicle, (row.exit_at, []))[1].append(row)
    return read


def _told(lot_id: str, track: _Track, vehicles: Vehicles, now: datetime) -> Retold:
    """The pure part: fold what was read of one lot."""
    told = Retold(lot_id, rows=dict(track.numbered))
    numbered = _crossings(track.numbered.values(), vehicles)
    partners = paired_by_number(numbered)
    ours = [each for each in numbered if each.stay_id in track.changed_numbers]
    told.covered |= {each.key for each in ours}
    told.stays += pairs_of({each.key: partners[each.key] for each in ours if each.key in partners})
    told.stays += lone_stays(ours, partners, now)
    for exit_at, rows in track.windows.values():
        window = _crossings(rows, vehicles)
        told.rows |= {(row.source, row.event_id): row for row in rows}
        told.covered |= {
            each.key for each in window if each.key not in partners and (exit_at is None or each.at > exit_at)
        }
        told.stays += fold_vehicle(window, partners, now, exit_at)
    told.rows |= {(row.source, row.event_id): row for row in track.new}
    told.covered |= {(row.source, row.event_id) for row in track.new}
    told.stays += undone_stays(_crossings(track.new, vehicles))
    return told


def _crossings(rows: Iterable[PassageRow], vehicles: Vehicles) -> list[Crossing]:
    return [
        Crossing(
            row.source,
            row.event_id,
            row.at,
            row.direction == Direction.ENTRY,
            vehicles.number(row),
            row.stay_id,
            row.lane_id or row.device_id,
            undone=row.undone and row.counts,
        )
        for row in rows
    ]
