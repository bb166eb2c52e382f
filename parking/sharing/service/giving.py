"""How do bookings reach their rows in the one statement that holds their windows' locks?

Two hundred a second may want spaces of one window: what is locked is locked for one statement and the commit,
however many bookings it gives.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from parking.kernel.db.changes import CHANNEL
from parking.kernel.db.driver import driver, driver_sql, say_last
from parking.sharing.models.bookings import Booking
from parking.sharing.service.passes import BOOKED
from parking.sharing.service.spaces import TOPIC

MOST_AT_ONCE = 200
"""Bookings in one transaction; their lots must fit into one announcement."""

_COLUMNS = (
    "id", "window_id", "lot_id", "state", "is_counted", "plate_month", "plate_hash", "plate_sealed",
    "plate_masked", "phone_sealed", "code_hash", "from_at", "until_at", "let_in_at", "given_up_at",
    "grace_minutes", "pass_id", "booked_at", "overstay_minutes", "visit_id",
)  # fmt: skip
_NAMED = ", ".join(_COLUMNS)
# Of each window the first to ask get what there is. A vehicle that the gate told to be inside after all keeps
# its booking, and the new one is not given: so what is counted is what was written.
_GIVE = driver_sql(
    text(f"""
    with told as materialized (
        select * from json_populate_recordset(null::bookings, cast(:rows as json)) with ordinality
    ), held as materialized (
        select id, quota - taken as room from shared_windows
        where id = any(:windows) and state = 'open' and taken < quota order by id for update
    ), fitting as materialized (
        select * from (
            select told.*, held.room, row_number() over (partition by window_id order by ordinality) as place
            from told join held on held.id = told.window_id
        ) as each where place <= room
    ), booked as (
        insert into bookings ({_NAMED}) select {_NAMED} from fitting order by ordinality
        on conflict (plate_hash) where state in ('booked', 'inside', 'overstayed') do nothing
        returning id, window_id, lot_id
    ), counted as (
        update shared_windows w set taken = w.taken + given.spaces
        from (select window_id, count(*) as spaces from booked group by window_id) as given
        where w.id = given.window_id
    ), numbers as (
        insert into pass_series (lot_id, last)
        select lot_id, count(*) from booked group by lot_id order by lot_id
        on conflict (lot_id) do update set last = pass_series.last + excluded.last
        returning lot_id, last
    ), let_in as (
        insert into passes (id, lot_id, seq, plate_month, plate_hash, plate_sealed, plate_masked, from_at,
            until_at, reason, granted_at, granted_by)
        select pass_id, lot_id, last + 1 - row_number() over (partition by lot_id order by ordinality desc),
            plate_month, plate_hash, plate_sealed, plate_masked, let_in_at, until_at, :reason, booked_at,
            :booker
        from fitting join numbers using (lot_id) where id in (select id from booked)
    ), announced as materialized (
        select pg_notify('{CHANNEL}', '{TOPIC}:' || string_agg(distinct lot_id, ',')) from booked
        having count(*) > 0
    )
    select id, (select count(*) from announced) from booked
""")  # noqa: S608 - only the names above
)


def give_spaces(session: Session, rows: Collection[Booking], booker: str) -> frozenset[str]:
    """Take a space for each of at most `MOST_AT_ONCE` bookings, write it and its pass, and tell of the lots.

    Returns the ids of those that were given one: of the others the window is full or closed, or the vehicle
    has a booking since the caller looked. Windows are locked in the order of their ids, then the numbers of
    the lots' passes in that of the lots. No two of the bookings may be of one vehicle.
    """
    with driver(session) as own:
        return frozenset(row.id for row in own.ask(_GIVE, _values(rows, booker)))


def give_last(session: Session, rows: Collection[Booking], booker: str) -> Callable[[], frozenset[str]]:
    """The same in one trip with the commit of whoever ends together: what is locked is locked for no turn of
    another thread. The ids are known once the transaction has ended."""
    said = say_last(session, _GIVE, _values(rows, booker))
    return cache(lambda: frozenset(row.id for row in said.rows))


def _values(rows: Collection[Booking], booker: str) -> dict[str, Any]:
    told = orjson.dumps([{name: getattr(row, name) for name in _COLUMNS} for row in rows], default=_hex)
    return {
        "rows": told.decode(),
        "windows": sorted({row.window_id for row in rows}),
        "reason": BOOKED,
        "booker": booker,
    }


def _hex(value: bytes) -> str:
    return "\\x" + value.hex()
