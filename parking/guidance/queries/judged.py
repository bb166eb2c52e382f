"""What do the rules look at? Every counter with its last day and habit, every pull, what stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from parking.guidance.models import Anomaly, Pull, Source
from parking.guidance.rules.health.judging import Open
from parking.guidance.rules.health.kinds import AnomalyKind, Subject
from parking.guidance.rules.health.tallies import PullCourse, from_json
from parking.guidance.rules.pulls import PullKind, PullState
from parking.kernel.db.rows import rows_as_json
from parking.occupancy.rules import SLOT, Counter

_COUNTERS = text("""
    select s.lot_id, s.space_class, s.source, s.basis = 'free', s.value, s.as_of, s.told_capacity, s.doubts,
        s.ageing_after_s, s.unknown_after_s, 'hand_set' = any(s.marks) as by_hand, c.until_at,
        case when c.until_at > :judged_until then c.recent end as recent,
        case when c.until_at > :judged_until then c.habit end as habit
    from counter_states s left join counter_courses c using (lot_id, space_class)
    where s.value is not null
    order by s.lot_id, s.space_class
""")
# Newest first, so that the walk back ends at the first other number.
_STILL = text("""
    select a.lot_id, a.space_class, told.since_at,
        array(
            select h.slot_at from count_history h
            where h.lot_id = a.lot_id and h.space_class = a.space_class and h.occupied = a.occupied
                and h.slot_at > told.since_at and h.slot_at <= a.until_at
            order by h.slot_at
        ) as slots
    from json_to_recordset(cast(:counters as json)) as a(
        lot_id text, space_class text, occupied integer, from_at timestamptz, until_at timestamptz
    )
    cross join lateral (
        select coalesce(max(h.slot_at), a.from_at) as since_at from count_history h
        where h.lot_id = a.lot_id and h.space_class = a.space_class and h.occupied <> a.occupied
            and h.slot_at > a.from_at and h.slot_at <= a.until_at
    ) told
""")
_REPEATED = text("""
    select distinct s.name, l.lot_id
    from sources s
    join pulls p on p.source_id = s.id and p.kind = 'live'
    cross join lateral jsonb_to_recordset(p.problems) as told(record text, kind text)
    join source_lots l on l.source_id = s.id and l.external_id = told.record
    where s.name = any(:sources) and told.kind = 'repeated'
""")


@dataclass(frozen=True, slots=True)
class JudgedCounter:
    """What stands of a counter; `recent` and `habit` (as kept) only where a quarter ended since."""

    lot_id: str
    space_class: str
    source: str
    is_free: bool
    value: int
    as_of: datetime
    told_capacity: int | None
    doubts: Sequence[str]
    ageing_after_s: int
    unknown_after_s: int
    by_hand: bool
    until_at: datetime | None
    recent: Sequence[int | None] | None
    habit: Mapping[str, Any] | None

    @property
    def counter(self) -> Counter:
        return self.lot_id, self.space_class

    def is_told(self, now: datetime) -> bool:
        """Whether a source told it and the public is told of it."""
        return not self.by_hand and now < self.as_of + timedelta(seconds=self.unknown_after_s)


@dataclass(frozen=True, slots=True)
class JudgedPull:
    """A pull of a source."""

    source: str
    kind: PullKind
    course: PullCourse | None
    silent_since_at: datetime | None


def judged_counters(session: Session, judged_until: datetime) -> list[JudgedCounter]:
    """Every counter whose count stands; with its day where that ends after `judged_until`. One statement."""
    # By place: ten thousand rows, each of fourteen names.
    return [JudgedCounter(*row) for row in session.execute(_COUNTERS, {"judged_until": judged_until})]


def judged_pulls(session: Session) -> list[JudgedPull]:
    """The pulls that are not disabled."""
    asked = (
        select(Source.name, Pull.kind, Pull.tally, Pull.silent_since_at)
        .join(Source, Source.id == Pull.source_id)
        .where(Pull.state != PullState.DISABLED)
    )
    return [
        JudgedPull(name, PullKind(kind), from_json(tally), since_at)
        for name, kind, tally, since_at in session.execute(asked)
    ]


def standing(session: Session) -> dict[Subject, Open]:
    """The anomalies that are open."""
    asked = select(Anomaly).where(Anomaly.closed_at.is_(None))
    return {
        Subject(AnomalyKind(row.kind), row.source, row.lot_id, row.space_class): Open(
            row.id, row.seen_at, row.evidence
        )
        for row in session.scalars(asked)
    }


def stills(
    session: Session, numbers: Mapping[Counter, int], until_at: datetime, back: timedelta
) -> dict[Counter, tuple[datetime, Sequence[datetime]]]:
    """Since when these counters tell no other number, at most `back`, and the quarters that tell it."""
    if not numbers:
        return {}
    rows = rows_as_json(
        {
            "lot_id": lot_id,
            "space_class": space_class,
            "occupied": occupied,
            "from_at": until_at - back,
            "until_at": until_at,
        }
        for (lot_id, space_class), occupied in numbers.items()
    )
    return {
        (row.lot_id, row.space_class): (row.since_at + SLOT, row.slots)
        for row in session.execute(_STILL, {"counters": rows})
    }


def repeated_lots(session: Session, sources: Collection[str]) -> set[tuple[str, str]]:
    """(source, lot id) of the lots that the last answers of these sources named more than once."""
    if not sources:
        return set()
    found: Any = session.execute(_REPEATED, {"sources": sorted(sources)})
    return {(row.name, row.lot_id) for row in found}
