"""Which state do the facts of a counter add up to at an instant?

The newest absolute count with as_of <= t of the believed source, and the passages after it up to t. Nothing
else: so any order of arrival and any repetition of the same facts ends in the same state, and a late passage
before the newest count changes history, not the present.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from parking.occupancy.rules.facts import Basis, Count, Fact, Standing, stand

AGEING_AFTER_S = 300
UNKNOWN_AFTER_S = 900
# No limit is longer: what is older than a day says nothing about now, and pruning relies on it.
LONGEST_LIMIT_S = 86_400


@dataclass(frozen=True, slots=True)
class Terms:
    """How a source is taken on a lot: `rank` (lower is believed first) and its two limits in seconds.

    From `withdrawn_at` on it is not believed what it told of instants up to then.
    """

    rank: int = 0
    ageing_after_s: int = AGEING_AFTER_S
    unknown_after_s: int = UNKNOWN_AFTER_S
    withdrawn_at: datetime | None = None


DEFAULT_TERMS = Terms()
TermsBySource = Mapping[str, Terms]


@dataclass(frozen=True, slots=True)
class Folded:
    """What a counter's facts say at an instant. `value` is free or occupied as `basis` says, not clamped.

    `base_at` is the instant of the count that the value rests on, `as_of` that of the last fact it rests on
    (the count, or a passage since); `drift` is how many more spaces the count told free than the count before
    it and the passages in between.
    """

    basis: Basis
    value: int
    base_at: datetime
    as_of: datetime
    source: str
    told_capacity: int | None
    hand_set: bool
    drift: int
    ageing_after_s: int
    unknown_after_s: int


def fold(facts: Iterable[Fact], at: datetime, terms: TermsBySource) -> Folded | None:
    """The state at `at` from the facts of one counter; None without an absolute count up to then."""
    return fold_standing(stand(facts), at, terms)


def fold_standing(standing: Standing, at: datetime, terms: TermsBySource) -> Folded | None:
    """`fold` of facts already sorted out: for many instants of one counter."""
    believed = believe(standing.heads(at), at, terms)
    if believed is None:
        return None
    _, change, moved_at = standing.moves(believed.as_of, at)
    own = terms.get(believed.source, DEFAULT_TERMS)
    return Folded(
        basis=believed.basis,
        value=moved(believed.basis, believed.value, change),
        base_at=believed.as_of,
        as_of=moved_at or believed.as_of,
        source=believed.source,
        told_capacity=believed.capacity,
        hand_set=believed.hand_set,
        drift=_drift(standing, believed, terms),
        ageing_after_s=own.ageing_after_s,
        unknown_after_s=own.unknown_after_s,
    )


def believe(heads: Iterable[Count], at: datetime, terms: TermsBySource) -> Count | None:
    """Of the newest count of each source, the one that counts at `at`.

    Among the fresh ones (younger than their source's first limit) the source ranked first, then the newer;
    with none fresh the newest of all. What is still equal is settled by the source's name. Of a source that
    was withdrawn only what it told later counts.
    """

    def preference(head: Count) -> tuple[bool, int | timedelta, int | timedelta, str]:
        rank, age = terms.get(head.source, DEFAULT_TERMS).rank, at - head.as_of
        if is_fresh(head, at, terms):
            return (False, rank, age, head.source)
        return (True, age, rank, head.source)

    standing = (head for head in heads if not _is_withdrawn(head, at, terms))
    return min(standing, key=preference, default=None)


def _is_withdrawn(count: Count, at: datetime, terms: TermsBySource) -> bool:
    withdrawn_at = terms.get(count.source, DEFAULT_TERMS).withdrawn_at
    return withdrawn_at is not None and count.as_of <= withdrawn_at <= at


def is_fresh(count: Count, at: datetime, terms: TermsBySource) -> bool:
    """Whether a count is younger than its source's first limit: [as_of, as_of + limit) is half-open."""
    return at < count.as_of + timedelta(seconds=terms.get(count.source, DEFAULT_TERMS).ageing_after_s)


def hand_over_at(standing: Standing, at: datetime, terms: TermsBySource) -> datetime | None:
    """When another source is to be believed though nothing new comes; None when that never happens."""
    heads = list(standing.heads(at))
    believed = believe(heads, at, terms)
    if believed is None or not is_fresh(believed, at, terms):
        return None
    stale_at = believed.as_of + timedelta(seconds=terms.get(believed.source, DEFAULT_TERMS).ageing_after_s)
    return stale_at if believe(heads, stale_at, terms) != believed else None


def contenders(heads: Iterable[Count], at: datetime, terms: TermsBySource) -> list[Count]:
    """The heads that may be believed at `at` or later: the fresh ones and the newest.

    A head that is neither never comes back: no other head gets older than it. But the newest may be one that
    is withdrawn later; then it is the newest of the others.
    """
    known = [head for head in heads if not _is_withdrawn(head, at, terms)]
    lasting = [head for head in known if not _is_withdrawn(head, datetime.max.replace(tzinfo=UTC), terms)]
    newest = {max((head.as_of for head in some), default=at) for some in (known, lasting)}
    return [head for head in known if head.as_of in newest or is_fresh(head, at, terms)]


def moved(basis: Basis, value: int, change: int) -> int:
    """A count after passages that sum to `change`: a vehicle in is one more occupied, one less free."""
    return value + (change if basis == "occupied" else -change)


def _drift(standing: Standing, believed: Count, terms: TermsBySource) -> int:
    """What the count told over what the fold said just before it, in free spaces; 0 where nothing passed."""
    before = believe(standing.heads(believed.as_of, before=True), believed.as_of, terms)
    if before is None or before.basis != believed.basis:
        return 0
    passages, change, _ = standing.moves(before.as_of, believed.as_of)
    if not passages:
        return 0
    more = believed.value - moved(before.basis, before.value, change)
    return more if believed.basis == "free" else -more
