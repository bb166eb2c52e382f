"""Which facts does a fold need? As few as decide it, whatever the counter's age.

From an instant on, a counter's state rests on the newest count of each source before it and on what was told
since. Only where passages count does it also need what those counts were compared with (drift).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Result, TextClause, text
from sqlalchemy.orm import Session

from parking.kernel.db.rows import rows_as_json
from parking.kernel.vocabulary import SpaceClass
from parking.occupancy.rules import (
    CLOCK_TOLERANCE,
    Count,
    Counter,
    CountInput,
    Fact,
    Passage,
    Terms,
    contenders,
)

_INSTANT = timedelta(microseconds=1)

_ASKED = """
    json_to_recordset(cast(:counters as json)) as c(lot_id text, space_class text, from_at timestamptz)
"""
_STANDS = """
    not exists (select from voided_facts v where v.source = f.source and v.event_id = f.event_id)
"""
_COUNT = "f.source, f.event_id, f.as_of, f.free, f.occupied, f.capacity, f.hand_set"

_HEADS = text(f"""
    select c.lot_id, c.space_class, {_COUNT}, s.rank, s.ageing_after_s, s.unknown_after_s,
        s.withdrawn_at,
        exists (
            select from passage_facts p
            where p.lot_id = c.lot_id and p.space_class = c.space_class and p.counts
        ) as moves
    from {_ASKED}
    join counting_sources s on s.lot_id = c.lot_id
    cross join lateral (
        select * from count_facts f
        where f.lot_id = c.lot_id and f.space_class = c.space_class and f.source = s.source
            and f.as_of <= c.from_at and {_STANDS}
        order by f.as_of desc
        fetch first 1 row with ties
    ) f
""")  # noqa: S608 - only the constants above
_COUNTS_SINCE = text(f"""
    select c.lot_id, c.space_class, {_COUNT}, s.rank, s.ageing_after_s, s.unknown_after_s,
        s.withdrawn_at,
        exists (
            select from passage_facts p
            where p.lot_id = c.lot_id and p.space_class = c.space_class and p.counts
        ) as moves
    from {_ASKED}
    join counting_sources s on s.lot_id = c.lot_id
    join count_facts f on f.lot_id = c.lot_id and f.space_class = c.space_class and f.source = s.source
        and f.as_of > c.from_at and f.as_of <= :until
    where {_STANDS}
""")  # noqa: S608
_VOIDED = text("""
    select source, event_id from json_to_recordset(cast(:keys as json)) as k(source text, event_id text)
    join voided_facts using (source, event_id)
""")
_COUNTS_TOLD = text("""
    select f.event_id, f.lot_id, f.space_class, f.as_of, f.free, f.occupied, f.capacity,
        v.event_id is not null as is_voided
    from count_facts f left join voided_facts v using (source, event_id)
    where f.source = :source and f.event_id = any(cast(:event_ids as text[]))
""")
# What passed between two instants at which a fold may look is one number: a counter that only passages move
# has tens of thousands of them. A step of an instant ends there, hence the microsecond.
_PASSAGES_SINCE = text(f"""
    select c.lot_id, c.space_class, max(f.at) as at, sum(f.direction) as change
    from json_to_recordset(cast(:counters as json)) as c(
        lot_id text, space_class text, from_at timestamptz, ends timestamptz[]
    )
    join passage_facts f on f.lot_id = c.lot_id and f.space_class = c.space_class
        and f.at > c.from_at and f.at <= :until
    where f.counts and {_STANDS}
    group by c.lot_id, c.space_class, width_bucket(f.at - interval '1 microsecond', c.ends),
        case when :step_s > 0 then date_bin(
            make_interval(secs => :step_s), f.at - interval '1 microsecond', timestamptz 'epoch'
        ) end
""")  # noqa: S608


@dataclass(slots=True)
class FactsOfCounter:
    """What was loaded of a counter: enough to fold it at any instant of the range asked for."""

    facts: list[Fact] = field(default_factory=list)
    terms: dict[str, Terms] = field(default_factory=dict)
    moves: bool = False


def voided(session: Session, keys: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Which facts of these (source, event id) are voided, also before they came."""
    if not keys:
        return frozenset()
    asked = rows_as_json({"source": source, "event_id": event_id} for source, event_id in keys)
    return frozenset((row.source, row.event_id) for row in session.execute(_VOIDED, {"keys": asked}))


@dataclass(frozen=True, slots=True)
class CountKept:
    """A count as it was first told under its id, and whether it is void."""

    told: CountInput
    is_voided: bool


def counts_told(session: Session, source: str, event_ids: Iterable[str]) -> dict[str, CountKept]:
    """The counts that a source told under these ids, by id."""
    asked = {"source": source, "event_ids": sorted(set(event_ids))}
    return {
        row.event_id: CountKept(
            CountInput(
                row.lot_id,
                SpaceClass(row.space_class),
                row.as_of,
                free=row.free,
                occupied=row.occupied,
                capacity=row.capacity,
                event_id=row.event_id,
            ),
            row.is_voided,
        )
        for row in session.execute(_COUNTS_TOLD, asked)
    }


def asked_row(counter: Counter) -> dict[str, str]:
    """A counter as a row for json_to_recordset."""
    return {"lot_id": counter[0], "space_class": counter[1]}


def load_present(
    session: Session, counters: Iterable[Counter], now: datetime
) -> dict[Counter, FactsOfCounter]:
    """The facts to fold each counter at `now`, with what a clock ahead of ours has recorded already.

    The passages between two counts come as one.
    """
    until = now + CLOCK_TOLERANCE
    return _load(session, dict.fromkeys(counters, until), until, fresh_at=now)


def load_facts(
    session: Session, since: Mapping[Counter, datetime], until: datetime, step: timedelta
) -> dict[Counter, FactsOfCounter]:
    """The facts to fold each counter at the ends of steps from `since[counter]` to `until`, both included.

    Steps (whole seconds) end at multiples of `step` since 1970; the passages of one come as one passage.
    One statement where no passage counts and nothing lies between; two to five else, whatever the number of
    counters. A counter without a standing count up to `until` is absent.
    """
    return _load(session, since, until, step=step)


def _load(
    session: Session,
    since: Mapping[Counter, datetime],
    until: datetime,
    *,
    fresh_at: datetime | None = None,
    step: timedelta = timedelta(0),
) -> dict[Counter, FactsOfCounter]:
    loaded = _counts(session, _HEADS, since, until)
    stretched = {}
    for counter, found in loaded.items():
        heads = contenders(_counts_in(found.facts), fresh_at or since[counter], found.terms)
        found.facts = list(heads)
        if found.moves:
            stretched[counter] = min(head.as_of for head in heads) - _INSTANT
    if stretched:
        # The first counts of the range are compared with what was told before them.
        earlier = _counts(session, _HEADS, stretched, until)
        for counter, from_at in stretched.items():
            before = earlier.get(counter, FactsOfCounter())
            loaded[counter].facts = list(contenders(_counts_in(before.facts), from_at, before.terms))
            loaded[counter].terms |= before.terms
    starts = {**since, **stretched}
    ranges = {counter: from_at for counter, from_at in starts.items() if from_at < until}
    if ranges:
        for counter, found in _counts(session, _COUNTS_SINCE, ranges, until).items():
            _add(loaded, counter, found)
    _add_passages(session, loaded, until, step)
    return loaded


def _add_passages(
    session: Session, loaded: dict[Counter, FactsOfCounter], until: datetime, step: timedelta
) -> None:
    """Passages after the oldest count that was loaded: before it they decide nothing."""
    asked = []
    for counter, found in loaded.items():
        if found.moves:
            ends = sorted({count.as_of for count in _counts_in(found.facts)})
            asked.append({**asked_row(counter), "from_at": ends[0], "ends": ends})
    if not asked:
        return
    given = {"counters": rows_as_json(asked), "until": until, "step_s": step.total_seconds()}
    for number, row in enumerate(session.execute(_PASSAGES_SINCE, given)):
        loaded[row.lot_id, row.space_class].facts.append(Passage("", str(number), row.at, row.change))


def _counts(
    session: Session, statement: TextClause, since: Mapping[Counter, datetime], until: datetime
) -> dict[Counter, FactsOfCounter]:
    found: dict[Counter, FactsOfCounter] = {}
    for row in _ask(session, statement, since, until):
        counter = found.setdefault((row.lot_id, row.space_class), FactsOfCounter(moves=row.moves))
        counter.facts.append(
            Count(row.source, row.event_id, row.as_of, row.free, row.occupied, row.capacity, row.hand_set)
        )
        terms = Terms(row.rank, row.ageing_after_s, row.unknown_after_s, row.withdrawn_at)
        counter.terms[row.source] = terms
    return found


def _ask(
    session: Session, statement: TextClause, since: Mapping[Counter, datetime], until: datetime
) -> Result[Any]:
    rows = ({**asked_row(counter), "from_at": from_at} for counter, from_at in since.items())
    return session.execute(statement, {"counters": rows_as_json(rows), "until": until})


def _add(loaded: dict[Counter, FactsOfCounter], counter: Counter, found: FactsOfCounter) -> None:
    known = loaded.setdefault(counter, FactsOfCounter())
    known.facts += found.facts
    known.terms |= found.terms
    known.moves |= found.moves


def _counts_in(facts: Iterable[Fact]) -> list[Count]:
    return [fact for fact in facts if isinstance(fact, Count)]
