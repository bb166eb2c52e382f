"""Which passes stand at a lot, and which held for a vehicle? No query takes a plate."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from parking.kernel.views import view_of
from parking.sharing.models.passes import Pass
from parking.sharing.rules.passes import lets_in

_OF_VEHICLES = text("""
    select v.vehicle, p.from_at, p.until_at, p.withdrawn_at
    from unnest(cast(:vehicles as integer[]), cast(:lots as text[]), cast(:hashes as bytea[]))
        as v(vehicle, lot_id, hash)
    join passes p on p.lot_id = v.lot_id and p.plate_hash = v.hash
""")


@dataclass(frozen=True, slots=True)
class PassView:
    """A pass as people see it: the plate masked."""

    id: str
    lot_id: str
    plate_masked: str
    from_at: datetime
    until_at: datetime
    reason: str
    granted_at: datetime
    granted_by: str
    withdrawn_at: datetime | None

    def stands(self, now: datetime) -> bool:
        """Whether it lets in now or later."""
        return self.withdrawn_at is None and self.until_at > now


@dataclass(frozen=True, slots=True)
class AllowEntry:
    """A change of a lot's allow-list; without a plate where the pass was withdrawn or is over."""

    seq: int
    pass_id: str
    from_at: datetime
    until_at: datetime
    withdrawn: bool
    plate_sealed: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class AllowList:
    """What changed after a number, in order; `seq` is what to ask from next, `more`: ask again at once."""

    entries: tuple[AllowEntry, ...]
    seq: int
    more: bool


class PassesNow:
    """The passes of some vehicles, told by numbers that mean something to the caller only."""

    def __init__(self, spans: Mapping[int, list[tuple[datetime, datetime, datetime | None]]]) -> None:
        self._spans = spans

    def holds(self, vehicle: int, at: datetime) -> bool:
        """Whether one of the vehicle's passes held then."""
        return any(lets_in(*span, at) for span in self._spans.get(vehicle, ()))


def passes_of(session: Session, vehicles: Mapping[int, tuple[str, Set[bytes]]]) -> PassesNow:
    """The passes of these vehicles, each known by its lot and its hashes."""
    spans: dict[int, list[tuple[datetime, datetime, datetime | None]]] = {}
    asked = [(number, lot, each) for number, (lot, hashes) in vehicles.items() for each in hashes]
    if asked:
        numbers, lots, hashes = zip(*asked, strict=True)
        told = {"vehicles": list(numbers), "lots": list(lots), "hashes": list(hashes)}
        for row in session.execute(_OF_VEHICLES, told):
            spans.setdefault(row.vehicle, []).append((row.from_at, row.until_at, row.withdrawn_at))
    return PassesNow(spans)


def allow_list(session: Session, lot_id: str, since_seq: int, limit: int, now: datetime) -> AllowList:
    """What changed at a lot after the number `since_seq` (0: all that stands), at most `limit` entries.

    Numbers are drawn one after the other, so nothing is missed between two asks. Whoever starts at 0 is told
    of nothing that is gone already.
    """
    asked = select(Pass).where(Pass.lot_id == lot_id, Pass.seq > since_seq)
    if since_seq <= 0:
        asked = asked.where(Pass.withdrawn_at.is_(None), Pass.until_at > now)
    rows = session.scalars(asked.order_by(Pass.seq).limit(limit + 1)).all()
    entries = tuple(
        AllowEntry(
            seq=row.seq,
            pass_id=row.id,
            from_at=row.from_at,
            until_at=row.until_at,
            withdrawn=row.withdrawn_at is not None,
            plate_sealed=row.plate_sealed if row.withdrawn_at is None and row.until_at > now else None,
        )
        for row in rows[:limit]
    )
    return AllowList(entries, entries[-1].seq if entries else since_seq, len(rows) > limit)


def passes_at(session: Session, lot_ids: Collection[str], now: datetime, limit: int) -> list[PassView]:
    """The passes of these lots: those that stand first, the newest first."""
    gone = (Pass.withdrawn_at.is_not(None)) | (Pass.until_at <= now)
    asked = select(Pass).where(Pass.lot_id.in_(list(lot_ids)))
    return [view(row) for row in session.scalars(asked.order_by(gone, Pass.granted_at.desc()).limit(limit))]


def view(row: Pass) -> PassView:
    """A row as people see it."""
    return view_of(PassView, row)


def months_needed(session: Session, now: datetime) -> frozenset[date]:
    """The months whose plate keys the standing passes still need."""
    standing = select(Pass.plate_month).where(Pass.withdrawn_at.is_(None), Pass.until_at > now)
    return frozenset(session.scalars(standing.distinct()))
