"""How does the plain case of counts that follow passages need no answer between asking and committing?

Nearly every passage is new, comes after the count that its counter's value rests on, and changes nothing but
the value by one. That is said to the database in one statement, which fails where any of them is not so; then
nothing was done, and `passing` does the same with more questions.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from parking.kernel.db.changes import CHANNEL, announcement
from parking.occupancy.service.passing import LAY_FACTS, Sourced

NOT_PLAIN = "PK001"
"""The error of `must_be_plain` in the database."""

# Locked in the order of their keys, as everybody does, before any is written.
_STEPS = """
    steps as materialized (
        select lot_id, space_class, sum(direction) as change, bool_or(voided) as is_voided,
            min(least(at, :now)) as oldest, max(least(at, :now)) as newest
        from facts join moving using (source, event_id)
        group by lot_id, space_class
    ), held as materialized (
        select s.lot_id, s.space_class, n.change, n.oldest, n.newest, not n.is_voided and (
            s.value is null or (
                s.base_at < n.oldest and coalesce(s.refold_at > :now, true)
                and (
                    s.ageing_after_s is null
                    or :now >= greatest(s.as_of, n.newest) + s.ageing_after_s * interval '1 s'
                    or (select l.connected_since_at from lots l where l.id = s.lot_id) is not null
                )
            )
        ) as plain
        from steps n join counter_states s using (lot_id, space_class)
        order by s.lot_id, s.space_class
        for update of s
    ), stepped as (
        update counter_states s set
            value = s.value + case when s.basis = 'occupied' then h.change else -h.change end,
            as_of = case when s.value is not null then greatest(s.as_of, h.newest) end,
            history_until_at = least(
                s.history_until_at,
                date_bin('15 minutes', h.oldest - interval '1 microsecond', timestamptz 'epoch')
            ),
            updated_at = :now
        from held h
        where s.lot_id = h.lot_id and s.space_class = h.space_class and h.plain
        returning s.lot_id
    )
"""
FOLLOW_PLAINLY = f"""
    {LAY_FACTS}, {_STEPS}
    select must_be_plain(
        (select count(*) from facts) = cast(:number as bigint)
        and (select count(*) from steps) = (select count(*) from stepped)
    ) as plain, pg_notify('{CHANNEL}', cast(:announcement as text)) as told
"""  # noqa: S608
"""As `LAY_FACTS`, the end of the statement that stores what facts follow from: the counts follow too, and the
look-up is told. Fails with `NOT_PLAIN` where a fact is not new or a step is not plain. The history is told
anew from the oldest on, as `rules.slot_before` says."""


def plain_values(told: Collection[Sourced]) -> dict[str, Any]:
    """The values that `FOLLOW_PLAINLY` asks for beside `now`; one passage at least."""
    lots = (one.passage.lot_id for one in told)
    return {"announcement": announcement("counts", lots), "number": len(told)}
