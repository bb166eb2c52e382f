"""How do visits that are told anew reach their rows, so that a visit stays the same row while it can?

A row follows its entry, then its exit. What no passage speaks for any more is voided and keeps what hangs on
it; what is new is inserted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Row, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.kernel.db.copying import copy_rows
from parking.kernel.ids import new_id
from parking.kernel.vocabulary import StayKind
from parking.sharing.queries import passes as sharing
from parking.sharing.service.entries import record_stays
from parking.sharing.service.stays import StayTold, concerned
from parking.visits.models import PlateLink, Visit
from parking.visits.rules.pairing import Doubt, Stay, VisitState, settles_by_rule, stay_kind
from parking.visits.rules.pricing import priced_stay
from parking.visits.service.tracks import Key, Retold, Vehicles

VisitRow = Row[Any]
Columns = dict[str, Any]
# entry or exit, source, event id
End = tuple[str, str, str]
_BY_RULE = "rule"

_SPOKEN_FOR = text("""
    select v.* from visits v where v.state <> 'voided' and v.id in (
        select e.id from visits e
        join unnest(cast(:sources as text[]), cast(:events as text[])) as k(source, event_id)
            on e.entry_source = k.source and e.entry_event_id = k.event_id
        union
        select x.id from visits x
        join unnest(cast(:sources as text[]), cast(:events as text[])) as k(source, event_id)
            on x.exit_source = k.source and x.exit_event_id = k.event_id
    )
    order by v.id for update
""")
# What makes a visit the same as it was; the rest follows from it, or is not told by passages.
_TOLD = (
    "state", "doubt", "stay", "entry_source", "entry_event_id", "exit_source", "exit_event_id", "closed_at",
)  # fmt: skip
_WRITTEN = (
    *_TOLD, "stay_id", "seen_at", "entered_at", "entry_lane_id", "exited_at", "exit_lane_id", "plate_month",
    "plate_hash", "plate_sealed", "plate_masked", "plate_kind", "colour", "settled_at", "settled_by",
    "changed_at",
)  # fmt: skip
_RENEW = text(f"""
    update visits v set {", ".join(f"{name} = n.{name}" for name in _WRITTEN)}
    from json_populate_recordset(null::visits, cast(:rows as json)) as n
    where v.id = n.id
""")  # noqa: S608 - only the names above


def write(session: Session, told: Sequence[Retold], vehicles: Vehicles, now: datetime) -> int:
    """Bring the rows of these visits up to what was told; how many changed."""
    olds = _spoken_for(session, {key for each in told for key in each.covered})
    stays = _matched([(retold, stay) for retold in told for stay in retold.stays], olds)
    passes = _passes(session, stays, vehicles)
    fresh: list[Columns] = []
    changed: list[Columns] = []
    uses: list[tuple[Stay, Columns]] = []
    # Visits whose entry was taken back: what is left of them used nothing.
    orphaned: set[str] = set()
    for retold, stay, old in stays:
        columns = _columns(stay, retold, old, passes, now)
        if old is None:
            fresh.append({"id": new_id(16), "lot_id": retold.lot_id, **columns})
            uses.append((stay, fresh[-1]))
        elif any(columns[name] != getattr(old, name) for name in _TOLD):
            changed.append({"id": old.id, **columns})
            if old.entry_event_id is not None and stay.entry is None:
                orphaned.add(old.id)
            uses.append((stay, {"lot_id": retold.lot_id, **changed[-1]}))
    copy_rows(session, Visit, fresh)
    if changed:
        session.execute(_RENEW, {"rows": _as_json(changed)})
    gone = sorted({old.id for old in olds.values()})
    if gone:
        over = {"state": VisitState.VOIDED.value, "plate_sealed": None, "changed_at": now}
        session.execute(update(Visit).where(Visit.id.in_(gone)).values(over))
    _tell_sharing(session, uses, {*gone, *orphaned}, vehicles, now)
    _link(session, told, vehicles)
    return len(fresh) + len(changed) + len(gone)


def _spoken_for(session: Session, keys: Collection[Key]) -> dict[End, VisitRow]:
    """The standing visits that any of these passages makes, by their ends; locked."""
    if not keys:
        return {}
    sources, events = zip(*sorted(keys), strict=True)
    found: dict[End, VisitRow] = {}
    for row in session.execute(_SPOKEN_FOR, {"sources": list(sources), "events": list(events)}):
        found |= dict.fromkeys(_ends(row), row)
    return found


def _matched(
    stays: Iterable[tuple[Retold, Stay]], olds: dict[End, VisitRow]
) -> list[tuple[Retold, Stay, VisitRow | None]]:
    """Each visit with the row that it goes on with, taken from `olds`: its entry's, else its exit's."""
    stays = list(stays)
    taken: dict[int, VisitRow] = {}
    for place, (_, stay) in enumerate(stays):
        if stay.entry:
            _take(taken, place, olds, ("entry", *stay.entry.key))
    for place, (_, stay) in enumerate(stays):
        if stay.exit and place not in taken:
            _take(taken, place, olds, ("exit", *stay.exit.key))
    return [(retold, stay, taken.get(place)) for place, (retold, stay) in enumerate(stays)]


def _take(taken: dict[int, VisitRow], place: int, olds: dict[End, VisitRow], end: End) -> None:
    old = olds.get(end)
    if old is not None:
        taken[place] = old
        for own in _ends(old):
            olds.pop(own, None)


def _as_json(rows: Sequence[Columns]) -> str:
    """Rows as one document, bytes as PostgreSQL reads them."""
    return orjson.dumps(rows, default=lambda told: "\\x" + told.hex()).decode()


def _ends(row: VisitRow) -> list[End]:
    ends: list[End] = []
    if row.entry_source is not None:
        ends.append(("entry", row.entry_source, row.entry_event_id))
    if row.exit_source is not None:
        ends.append(("exit", row.exit_source, row.exit_event_id))
    return ends


def _columns(
    stay: Stay, retold: Retold, old: VisitRow | None, passes: sharing.PassesNow, now: datetime
) -> Columns:
    entry = retold.rows[stay.entry.key] if stay.entry else None
    out = retold.rows[stay.exit.key] if stay.exit else None
    first = entry or out
    if first is None:
        raise AssertionError("a visit has an end")
    named = first if first.plate_hash is not None else out or first
    has_pass = bool(stay.entry and stay.entry.vehicle and passes.holds(stay.entry.vehicle, stay.entry.at))
    # A pass that is no longer known by this plate was one all the same.
    has_pass = has_pass or (old is not None and old.stay == StayKind.SHARED)
    kind = stay_kind([StayKind(row.stay) for row in (entry, out) if row and row.stay], has_pass=has_pass)
    sealed = next((row.plate_sealed for row in (entry, out) if row and row.plate_sealed), None)
    columns = {
        "state": (VisitState.OPEN if stay.closed_at is None else VisitState.CLOSED).value,
        "doubt": stay.doubt.value if stay.doubt else None,
        "stay": kind.value,
        "stay_id": first.stay_id or (out.stay_id if out else None),
        "seen_at": first.at,
        "entered_at": entry.at if entry else None,
        "entry_source": entry.source if entry else None,
        "entry_event_id": entry.event_id if entry else None,
        "entry_lane_id": entry.lane_id if entry else None,
        "exited_at": out.at if out else None,
        "exit_source": out.source if out else None,
        "exit_event_id": out.event_id if out else None,
        "exit_lane_id": out.lane_id if out else None,
        "closed_at": stay.closed_at,
        "plate_month": named.plate_month,
        "plate_hash": named.plate_hash,
        "plate_sealed": sealed or (old.plate_sealed if old is not None else None),
        "plate_masked": named.plate_masked,
        "plate_kind": named.plate_kind,
        "colour": named.colour,
        "changed_at": now,
    }
    return columns | _settlement(stay, columns, old, now)


def _settlement(stay: Stay, columns: Columns, old: VisitRow | None, now: datetime) -> Columns:
    """Whether the visit is settled; one whose ends changed is reckoned anew, also where it was paid for."""
    ends = ("entry_source", "entry_event_id", "exit_source", "exit_event_id")
    was_paid = False
    if old is not None and old.settled_at is not None:
        if all(columns[name] == getattr(old, name) for name in ends):
            return {"settled_at": old.settled_at, "settled_by": old.settled_by, "plate_sealed": None}
        was_paid = old.settled_by != _BY_RULE
    both_ends = bool(stay.entry and stay.exit)
    by_rule = settles_by_rule(stay.doubt, stay.closed_at, both_ends=both_ends)
    # Money that was taken for it has to be looked at, whatever it is now.
    if by_rule and not (was_paid and both_ends):
        return {"settled_at": now, "settled_by": _BY_RULE, "plate_sealed": None}
    return {"settled_at": None, "settled_by": None}


def _passes(
    session: Session, stays: Iterable[tuple[Retold, Stay, VisitRow | None]], vehicles: Vehicles
) -> sharing.PassesNow:
    """The passes of the vehicles that entered."""
    asked = {
        stay.entry.vehicle: (retold.lot_id, vehicles.hashes[stay.entry.vehicle])
        for retold, stay, _ in stays
        if stay.entry and stay.entry.vehicle
    }
    return sharing.passes_of(session, asked)


def _tell_sharing(
    session: Session,
    uses: Iterable[tuple[Stay, Columns]],
    gone: Collection[str],
    vehicles: Vehicles,
    now: datetime,
) -> None:
    """Who entered a lot may have come to a space that its owner lends."""
    # Who backed out never came in.
    backed_out = {row["id"] for stay, row in uses if stay.doubt is Doubt.BACKED_OUT}
    entered = [(stay, row) for stay, row in uses if stay.entry and row["id"] not in backed_out]
    asked = [(row["id"], row["lot_id"], row["entered_at"]) for _, row in entered]
    ours = concerned(session, asked)
    told = []
    for stay, row in entered:
        if row["id"] in ours and stay.entry is not None:
            priced = priced_stay(
                row["entered_at"],
                row["exited_at"] or row["entered_at"],
                colour=row["colour"],
                plate_kind=row["plate_kind"],
                stay=row["stay"],
            )
            hashes = frozenset(vehicles.hashes[stay.entry.vehicle]) if stay.entry.vehicle else frozenset()
            told.append(
                StayTold(
                    visit_id=row["id"],
                    lot_id=row["lot_id"],
                    hashes=hashes,
                    priced=priced,
                    entered_at=row["entered_at"],
                    left_at=row["exited_at"],
                    is_over=stay.closed_at is not None,
                )
            )
    record_stays(session, told, {*gone, *backed_out}, now)


def _link(session: Session, told: Iterable[Retold], vehicles: Vehicles) -> None:
    """Keep which hashes of several months are one vehicle, where its stays hang together."""
    months: dict[int, dict[bytes, date]] = {}
    for retold in told:
        for row in retold.rows.values():
            vehicle = vehicles.number(row)
            if vehicle is not None:
                months.setdefault(vehicle, {})[row.plate_hash] = row.plate_month
    rows = []
    for vehicle, own in months.items():
        known = vehicles.links_of(vehicle)
        names = {known[each].name if each in known else None for each in own}
        if len(own) > 1 and (len(names) > 1 or None in names):
            name = min((each for each in names if each), default="") or new_id()
            own |= {each: link.month for each, link in known.items() if link.name in names}
            lot_id = vehicles.lots[vehicle]
            rows += [
                {"lot_id": lot_id, "plate_month": month, "plate_hash": each, "vehicle": name}
                for each, month in own.items()
            ]
    if rows:
        fresh = insert(PlateLink)
        same = fresh.on_conflict_do_update(
            index_elements=["lot_id", "plate_month", "plate_hash"],
            set_={"vehicle": fresh.excluded.vehicle},
        )
        session.connection().execute(same, rows)
