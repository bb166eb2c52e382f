"""Facts of a counter: single ones by minute, and any day's worth of them for hypothesis."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from parking.occupancy.rules import Count, Fact, Passage, Terms, Void

MIDNIGHT = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
"""Midnight in the city's zone."""
DAY_MINUTES = 24 * 60

TERMS = {
    "believed": Terms(rank=0, ageing_after_s=300, unknown_after_s=900),
    "second": Terms(rank=1, ageing_after_s=600, unknown_after_s=1800),
    "hand": Terms(rank=-1, ageing_after_s=1800, unknown_after_s=7200),
}


def at(minute: float) -> datetime:
    """An instant by its minute of the day; negative is the day before."""
    return MIDNIGHT + timedelta(minutes=minute)


def a_count(minute: float, free: int | None = None, source: str = "believed", **more: object) -> Count:
    """A count told by `source`, named by its minute unless `event_id` says otherwise."""
    told = {"event_id": f"count-{minute}", "as_of": at(minute), "free": free, **more}
    return Count(source=source, **told)


def a_passage(minute: float, direction: int, source: str = "gate", **more: object) -> Passage:
    """A vehicle in (+1) or out (-1)."""
    told = {"event_id": f"passage-{minute}-{direction}", "at": at(minute), **more}
    return Passage(source=source, direction=direction, **told)


# Few instants, so that counts and passages often meet at one.
_INSTANTS = st.integers(0, DAY_MINUTES // 15 - 1).map(lambda quarter: at(quarter * 15 + quarter % 3))
_NUMBERS = st.integers(0, 60)
_COUNTS = st.builds(
    Count,
    source=st.sampled_from(sorted(TERMS)),
    event_id=st.just(""),
    as_of=_INSTANTS,
    free=_NUMBERS,
    occupied=st.none() | _NUMBERS,
    capacity=st.sampled_from([None, 50]),
) | st.builds(
    Count,
    source=st.sampled_from(sorted(TERMS)),
    event_id=st.just(""),
    as_of=_INSTANTS,
    free=st.none(),
    occupied=_NUMBERS,
)
_PASSAGES = st.builds(
    Passage,
    source=st.just("gate"),
    event_id=st.just(""),
    at=_INSTANTS,
    direction=st.sampled_from([-1, 1]),
    counts=st.sampled_from([True, True, True, False]),
)


@st.composite
def days_of_facts(draw: st.DrawFn, most: int = 16) -> list[Fact]:
    """A day's facts of one counter from several sources, each told once, and voids of some of them."""
    drawn = draw(st.lists(_COUNTS | _PASSAGES, min_size=1, max_size=most))
    told: list[Fact] = [replace(fact, event_id=f"e{number}") for number, fact in enumerate(drawn)]
    victims = draw(st.sets(st.sampled_from(told), max_size=3))
    stray = draw(st.lists(st.just(Void("gate", "never-told")), max_size=1))
    return [*told, *(Void(fact.source, fact.event_id) for fact in victims), *stray]


@st.composite
def tellings(draw: st.DrawFn, facts: list[Fact], again: int = 10) -> list[Fact]:
    """The same facts in any order, up to `again` of them told again, at any place."""
    repeated = draw(st.lists(st.sampled_from(facts), max_size=again))
    return draw(st.permutations([*facts, *repeated]))
