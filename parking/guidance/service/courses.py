"""How do the last day and the habit of each counter become known? From the history, a little at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.guidance.rules.health.habits import HABIT_DAYS, HOURS, SLOTS_OF_DAY, habit_of
from parking.kernel.db.rows import rows_as_json
from parking.occupancy.queries import asked_row
from parking.occupancy.rules import SLOT, Counter, slot_at_or_before

DAY = timedelta(days=1)
_SLOT_S = int(SLOT.total_seconds())
_MAKE = text("""
    insert into counter_courses (lot_id, space_class, until_at, recent)
    select lot_id, space_class, :from_at, '{}' from counter_states s
    where history_until_at > :from_at and not exists (
        select from counter_courses c where c.lot_id = s.lot_id and c.space_class = s.space_class
    )
""")
_ADVANCE = text("""
    update counter_courses c set until_at = new.until_at,
        recent = (c.recent || new.told)[greatest(1, cardinality(c.recent) + cardinality(new.told) - :more):]
    from (
        select lot_id, space_class, array_agg(h.occupied order by h.slot_at) as told,
            max(h.slot_at) as until_at
        from counter_courses known join count_history h using (lot_id, space_class)
        where known.until_at < :last and h.slot_at > known.until_at and h.slot_at <= :last
        group by lot_id, space_class
    ) new
    where c.lot_id = new.lot_id and c.space_class = new.space_class
""")
_DUE = text("""
    select lot_id, space_class from counter_courses
    where reckoned_at is null or reckoned_at <= :before
    order by reckoned_at nulls first limit :most
""")
# An instant as the number of its quarter since 1970: thousands of them, and only their hour is asked.
_PAST = text("""
    select lot_id, space_class,
        array_agg((extract(epoch from h.slot_at) / :slot_s)::integer order by h.slot_at) as slots,
        array_agg(h.occupied order by h.slot_at) as occupied,
        array_agg(h.capacity order by h.slot_at) as capacity
    from json_to_recordset(cast(:counters as json)) as asked(lot_id text, space_class text)
    join count_history h using (lot_id, space_class)
    where h.slot_at > :from_at and h.slot_at <= :until_at
    group by lot_id, space_class
""")
_ODD = text("""
    select lot_id, space_class, began_at, closed_at from anomalies
    where lot_id = any(:lots) and (closed_at is null or closed_at > :from_at)
""")
_KEEP = text("""
    update counter_courses c set recent = n.recent, until_at = n.until_at, reckoned_at = :now,
        habit = case when n.is_kept then coalesce(c.habit, n.habit) else n.habit end
    from json_to_recordset(cast(:rows as json)) as n(
        lot_id text, space_class text, habit jsonb, is_kept boolean, recent integer[], until_at timestamptz
    )
    where c.lot_id = n.lot_id and c.space_class = n.space_class
""")
_PUT_OFF = text("""
    update counter_courses c set reckoned_at = :now
    from json_to_recordset(cast(:counters as json)) as asked(lot_id text, space_class text)
    where c.lot_id = asked.lot_id and c.space_class = asked.space_class
""")


def advance_courses(session: Session, now: datetime) -> int:
    """Add the quarters that the history told since to each counter's last day; returns of how many."""
    session.execute(_MAKE, {"from_at": slot_at_or_before(now) - DAY})
    # A quarter is told a minute after it ended; a counter that is late is added when it is told.
    told = session.execute(_ADVANCE, {"last": slot_at_or_before(now), "more": SLOTS_OF_DAY - 1})
    return int(told.rowcount)  # type: ignore[attr-defined]


def reckon_habits(session: Session, now: datetime, *, most: int = 50) -> int:
    """Reckon what is usual for at most `most` counters of which that is not known or a day old.

    Quarters in which an anomaly stood are left out: what is wrong must not become usual. A quarter told
    anew since is thereby taken into the last day too. Returns of how many.
    """
    due = [tuple(row) for row in session.execute(_DUE, {"before": now - DAY, "most": most})]
    if not due:
        return 0
    until_at = slot_at_or_before(now)
    from_at = until_at - HABIT_DAYS * DAY
    counters = rows_as_json(asked_row((lot_id, space_class)) for lot_id, space_class in due)
    odd = _odd_spans(session, {lot_id for lot_id, _ in due}, from_at)
    keys = profile_keys(session, now, from_at, until_at)
    asked = {"counters": counters, "from_at": from_at, "until_at": until_at, "slot_s": _SLOT_S}
    rows = [_row(row, keys, odd) for row in session.execute(_PAST, asked)]
    session.execute(_PUT_OFF, {"counters": counters, "now": now})
    session.execute(_KEEP, {"rows": rows_as_json(rows), "now": now})
    return len(due)


def profile_keys(session: Session, now: datetime, from_at: datetime, until_at: datetime) -> dict[int, int]:
    """Where each quarter that ends in (from, until] belongs in a profile, by its number since 1970.

    It belongs to the hour in which it began: the city's hour, plus 24 on a day that is not worked.
    """
    zone, calendar = city.time_zone(session, now), city.calendar(session)
    keys: dict[int, int] = {}
    slot_at = from_at + SLOT
    while slot_at <= until_at:
        local = (slot_at - SLOT).astimezone(zone)
        keys[slot_number(slot_at)] = local.hour + (0 if calendar.is_workday(local.date()) else HOURS)
        slot_at += SLOT
    return keys


def slot_number(slot_at: datetime) -> int:
    """The number of the quarter that ends then, since 1970."""
    return int(slot_at.timestamp()) // _SLOT_S


def _odd_spans(
    session: Session, lot_ids: set[str], from_at: datetime
) -> Mapping[Counter | str, list[tuple[int, int | None]]]:
    """The quarters with an anomaly, of a counter or (without a class) of a whole lot, [first, past)."""
    spans: dict[Counter | str, list[tuple[int, int | None]]] = defaultdict(list)
    for row in session.execute(_ODD, {"lots": sorted(lot_ids), "from_at": from_at}):
        whose = row.lot_id if row.space_class is None else (row.lot_id, row.space_class)
        past = slot_number(row.closed_at) + 1 if row.closed_at else None
        spans[whose].append((slot_number(row.began_at), past))
    return spans


def _row(
    row: Any, keys: Mapping[int, int], odd: Mapping[Counter | str, Sequence[tuple[int, int | None]]]
) -> dict[str, Any]:
    counter = (row.lot_id, row.space_class)
    numbers = np.array(row.slots, np.int64)
    occupied = np.array([-1 if told is None else told for told in row.occupied], np.int64)
    spans = [*odd.get(counter, ()), *odd.get(row.lot_id, ())]
    for first, past in spans:
        occupied[(numbers >= first) & (numbers < (past or numbers[-1] + 1))] = -1
    usual = habit_of(
        occupied,
        np.array(row.capacity, np.int64),
        np.array([keys[number] for number in row.slots], np.int64),
    )
    return {
        **asked_row(counter),
        "habit": usual.as_json(),
        # What stands is measured by what was usual before it, however long that is ago.
        "is_kept": not usual.is_known and any(past is None for _, past in spans),
        "recent": row.occupied[-SLOTS_OF_DAY:],
        "until_at": datetime.fromtimestamp(row.slots[-1] * _SLOT_S, UTC),
    }
