"""What is known of a city's day, minute by minute: of each counter, and of each source that tells it?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from parking.occupancy.rules import ALL_MINUTES, Counter, Course, SourceCourse, Spoilt, course_of, minutes_in

Span = tuple[datetime, datetime]

# A row of before minutes were kept is judged by the end of its quarter.
_SLOTS = text("""
    select lot_id, space_class, array_agg(slot_at) as slots,
        array_agg(coalesce(live, case quality when 'live' then :all else 0 end)) as live,
        array_agg(coalesce(suspect, case quality when 'suspect' then :all else 0 end)) as suspect,
        array_agg(coalesce(unknown, case quality when 'unknown' then :all else 0 end)) as unknown
    from count_history
    where slot_at > :from_at and slot_at <= :until_at and capacity > 0
    group by lot_id, space_class
""")
# Facts are pruned behind the newest before the retention: the oldest that is kept is of a source's beginning
# only where the day is not behind it.
_TOLD = text("""
    select s.source, c.lot_id, c.space_class, s.rank, first.as_of as since_at,
        s.withdrawn_at as until_at, again.as_of as again_at, day.fresh as fresh, day.known as known
    from counting_sources s
    join counter_states c using (lot_id)
    cross join lateral (
        select f.as_of from count_facts f
        where f.lot_id = c.lot_id and f.space_class = c.space_class and f.source = s.source
            and not f.hand_set and f.as_of < :until_at
        order by f.as_of limit 1
    ) first
    left join lateral (
        select f.as_of from count_facts f
        where f.lot_id = c.lot_id and f.space_class = c.space_class and f.source = s.source
            and not f.hand_set and f.as_of > s.withdrawn_at and f.as_of < :until_at
        order by f.as_of limit 1
    ) again on true
    cross join lateral (
        select range_agg(tstzrange(f.as_of, least(
                f.as_of + make_interval(secs => s.ageing_after_s),
                case when f.as_of <= s.withdrawn_at then s.withdrawn_at end
            ))) as fresh,
            range_agg(tstzrange(f.as_of, least(
                f.as_of + make_interval(secs => s.unknown_after_s),
                case when f.as_of <= s.withdrawn_at then s.withdrawn_at end
            ))) as known
        from count_facts f
        where f.lot_id = c.lot_id and f.space_class = c.space_class and f.source = s.source
            and not f.hand_set and f.as_of < :until_at
            and f.as_of > :from_at - make_interval(secs => s.unknown_after_s)
            and not exists (
                select from voided_facts v where v.source = f.source and v.event_id = f.event_id
            )
    ) day
""")


@dataclass(frozen=True, slots=True)
class SourceTold:
    """A source's day on a counter. `spans`: in which it speaks for it, from the first that it told on."""

    source: str
    spans: tuple[tuple[datetime, datetime | None], ...]
    course: SourceCourse


def courses(session: Session, day: Span) -> dict[Counter, Course]:
    """The minutes of every counter that has spaces, of a city's day, in one statement."""
    given = {"from_at": day[0], "until_at": day[1], "all": ALL_MINUTES}
    return {
        (row.lot_id, row.space_class): course_of(day, row.slots, row.live, row.suspect, row.unknown)
        for row in session.execute(_SLOTS, given)
    }


def told_by_sources(session: Session, day: Span, spoilt: Sequence[Spoilt]) -> dict[Counter, list[SourceTold]]:
    """What each source told of each counter on a day, as far as the facts are kept, in one statement."""
    told: dict[Counter, list[SourceTold]] = defaultdict(list)
    for row in session.execute(_TOLD, {"from_at": day[0], "until_at": day[1]}):
        counter = (row.lot_id, row.space_class)
        bad = [each for each in spoilt if each.source == row.source and each.concerns(counter)]
        course = SourceCourse(
            row.rank,
            minutes_in(day, [(each.lower, each.upper) for each in row.fresh or ()]),
            minutes_in(day, [(each.lower, each.upper) for each in row.known or ()]),
            minutes_in(day, [(each.from_at, each.until_at) for each in bad]),
        )
        spans = [(row.since_at, row.until_at)]
        if row.again_at is not None:
            spans.append((row.again_at, None))
        told[counter].append(SourceTold(row.source, tuple(spans), course))
    return told
