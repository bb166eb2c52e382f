"""Whatever the order and the repetition, a day's facts end in the same counts."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from parking.kernel.vocabulary import Quality, SpaceClass
from parking.occupancy.rules import (
    Count,
    Passage,
    Void,
    contenders,
    fold,
    fold_standing,
    hand_over_at,
    public_count,
    stand,
    view_of,
)
from tests.factories.occupancy import DAY_MINUTES, TERMS, at, days_of_facts, tellings

MINUTES = st.integers(-10, DAY_MINUTES + 60)


@given(st.data())
def test_any_order_and_any_repetition_end_in_the_same_count(data):
    facts = data.draw(days_of_facts(most=30))
    told = data.draw(tellings(facts))
    for minute in (data.draw(MINUTES), DAY_MINUTES):
        assert fold(told, at(minute), TERMS) == fold(facts, at(minute), TERMS)


@given(st.data())
def test_contradictory_tellings_of_one_event_do_not_depend_on_the_order_either(data):
    facts = data.draw(days_of_facts(most=8))
    # Every event id twice, with what two devices might make of it.
    twisted = [*facts, *(_twisted(fact) for fact in facts)]
    told = data.draw(st.permutations(twisted))
    assert fold(told, at(DAY_MINUTES), TERMS) == fold(twisted, at(DAY_MINUTES), TERMS)


def _twisted(fact):
    if isinstance(fact, Count):
        return Count(fact.source, fact.event_id, fact.as_of + timedelta(minutes=7), 3, None, 51, True)
    if isinstance(fact, Passage):
        return Passage(fact.source, fact.event_id, fact.at, -fact.direction)
    return fact


@given(days_of_facts(), MINUTES)
def test_the_fold_is_the_newest_believed_count_and_the_passages_since(facts, minute):
    """Against the sentence of the domain, written out without any of the product's ways to be quick."""
    now = at(minute)
    voided = {(fact.source, fact.event_id) for fact in facts if isinstance(fact, Void)}
    stands = [fact for fact in facts if (fact.source, fact.event_id) not in voided]
    counts = [fact for fact in stands if isinstance(fact, Count) and fact.as_of <= now]
    folded = fold(facts, now, TERMS)
    if not counts:
        assert folded is None
        return
    fresh = [
        count for count in counts if (now - count.as_of).total_seconds() < TERMS[count.source].ageing_after_s
    ]
    if fresh:
        first = min(TERMS[count.source].rank for count in fresh)
        newest = max(count.as_of for count in fresh if TERMS[count.source].rank == first)
        possible = [c for c in fresh if TERMS[c.source].rank == first and c.as_of == newest]
    else:
        newest = max(count.as_of for count in counts)
        possible = [count for count in counts if count.as_of == newest]
    since = [fact for fact in stands if isinstance(fact, Passage) and fact.counts and newest < fact.at <= now]
    change = sum(passage.direction for passage in since)
    assert folded.source in {count.source for count in possible}
    assert folded.as_of == max([newest, *(passage.at for passage in since)])
    assert (folded.basis, folded.value) in {
        ("free", count.free - change) if count.free is not None else ("occupied", count.occupied + change)
        for count in possible
    }


@given(days_of_facts(), MINUTES, st.sampled_from([None, 0, 1, 20, 60]))
def test_a_public_number_lies_within_the_capacity_or_is_withheld(facts, minute, capacity):
    folded = fold(facts, at(DAY_MINUTES), TERMS)
    if folded is None:
        return
    told = public_count(view_of("lot", SpaceClass.GENERAL, folded), capacity, at(minute))
    if told.quality is Quality.UNKNOWN:
        assert told.free is None and told.occupied is None
    else:
        assert told.capacity and 0 <= told.free <= told.capacity
        assert told.free + told.occupied == told.capacity


@given(days_of_facts(), MINUTES)
def test_an_old_fact_that_decides_nothing_can_be_left_out(facts, minute):
    """What the database loads for the present: the contenders among the heads, and the passages since."""
    standing, now = stand(facts), at(minute)
    heads = contenders(standing.heads(now), now, TERMS)
    if not heads:
        return
    oldest = min(head.as_of for head in heads)
    few = [*heads, *(f for f in facts if isinstance(f, Passage) and f.at > oldest)]
    voids = [fact for fact in facts if isinstance(fact, Void)]
    later = now + timedelta(minutes=20)
    told = [f for f in facts if isinstance(f, Count) and now < f.as_of <= later]
    for instant in (now, later):
        full, small = fold(facts, instant, TERMS), fold([*few, *voids, *told], instant, TERMS)
        assert (full.value, full.as_of, full.source) == (small.value, small.as_of, small.source)


@given(days_of_facts(), MINUTES)
def test_between_two_facts_the_believed_source_changes_only_at_the_hand_over(facts, minute):
    standing, now = stand(facts), at(minute)
    known = fold_standing(standing, now, TERMS)
    if known is None or (standing.newest_at and standing.newest_at > now):
        return
    hand_over = hand_over_at(standing, now, TERMS)
    for later in (1, 4, 6, 11, 29, 31, 300):
        instant = now + timedelta(minutes=later)
        same = fold_standing(standing, instant, TERMS) == known
        assert same or (hand_over is not None and hand_over <= instant)
    if hand_over is not None:
        assert fold_standing(standing, hand_over, TERMS) != known
