"""One claim of "how counts work" at a time."""

from __future__ import annotations

import pytest

from parking.occupancy.rules import Count, Terms, Void, fold, hand_over_at, stand
from tests.factories.occupancy import TERMS, a_count, a_passage, at


def value(*facts, minute):
    folded = fold(facts, at(minute), TERMS)
    return folded and (folded.basis, folded.value)


def test_without_an_absolute_count_nothing_is_known():
    assert value(a_passage(10, 1), a_passage(11, -1), minute=20) is None
    assert value(minute=20) is None


def test_a_count_is_not_known_before_its_instant():
    assert value(a_count(10, free=7), minute=9) is None
    assert value(a_count(10, free=7), minute=10) == ("free", 7)


def test_a_vehicle_in_takes_a_space_and_a_vehicle_out_gives_one():
    count = a_count(10, free=7)
    assert value(count, a_passage(11, 1), a_passage(12, 1), minute=20) == ("free", 5)
    assert value(count, a_passage(11, -1), minute=20) == ("free", 8)
    occupied = a_count(10, occupied=7)
    assert value(occupied, a_passage(11, 1), minute=20) == ("occupied", 8)
    assert value(occupied, a_passage(11, -1), minute=20) == ("occupied", 6)


def test_occupied_is_never_read_as_free():
    assert value(a_count(10, occupied=7, capacity=50), minute=20) == ("occupied", 7)


def test_a_passage_at_the_instant_of_the_count_is_already_in_it():
    assert value(a_count(10, free=7), a_passage(10, 1), minute=20) == ("free", 7)


def test_a_late_passage_before_the_newest_count_changes_history_not_the_present():
    counts = (a_count(10, free=7), a_count(30, free=4))
    late = a_passage(20, 1)
    assert value(*counts, late, minute=40) == value(*counts, minute=40) == ("free", 4)
    assert value(*counts, late, minute=25) == ("free", 6)


def test_evidence_of_a_second_source_does_not_count():
    assert value(a_count(10, free=7), a_passage(11, 1, counts=False), minute=20) == ("free", 7)


def test_the_same_fact_told_twice_is_one_fact():
    count, passage = a_count(10, free=7), a_passage(11, 1)
    assert value(count, passage, passage, count, passage, minute=20) == ("free", 6)


@pytest.mark.parametrize("void_first", [True, False])
def test_a_voided_fact_is_as_if_it_never_was_whichever_comes_first(void_first):
    wrong = a_count(15, free=70)
    void = Void(wrong.source, wrong.event_id)
    pair = (void, wrong) if void_first else (wrong, void)
    assert value(a_count(10, free=7), *pair, a_passage(16, 1), minute=20) == ("free", 6)
    passage = a_passage(12, 1)
    gone = Void(passage.source, passage.event_id)
    assert value(a_count(10, free=7), passage, gone, minute=20) == ("free", 7)


def test_a_void_of_one_source_leaves_the_same_id_of_another_alone():
    void = Void("second", "count-10")
    assert value(a_count(10, free=7), void, minute=20) == ("free", 7)


def test_the_source_ranked_first_counts_while_it_is_fresh():
    first, second = a_count(10, free=7), a_count(14, free=20, source="second")
    assert value(first, second, minute=14.9) == ("free", 7)
    # At exactly its first limit it is not fresh any more: the limits are half-open.
    assert value(first, second, minute=15) == ("free", 20)


def test_with_none_fresh_the_newest_counts_whatever_its_rank():
    first, second = a_count(10, free=7), a_count(14, free=20, source="second")
    assert value(first, second, minute=300) == ("free", 20)


def test_among_equals_of_rank_the_newer_counts():
    terms = {"a": Terms(), "b": Terms()}
    told = [a_count(10, free=7, source="a"), a_count(11, free=8, source="b")]
    assert fold(told, at(12), terms).value == 8


def test_a_count_of_a_source_that_nobody_declared_has_the_usual_limits():
    folded = fold([a_count(10, free=7, source="new")], at(11), {})
    assert (folded.ageing_after_s, folded.unknown_after_s) == (300, 900)


def test_at_one_instant_the_count_that_promises_less_is_believed():
    more, less = a_count(10, free=9, event_id="z"), a_count(10, free=4, event_id="a")
    assert value(more, less, minute=20) == value(less, more, minute=20) == ("free", 4)
    emptier, fuller = a_count(10, occupied=4, event_id="z"), a_count(10, occupied=9, event_id="a")
    assert value(emptier, fuller, minute=20) == value(fuller, emptier, minute=20) == ("occupied", 9)


def test_the_age_is_that_of_the_last_fact_the_number_rests_on():
    count = a_count(10, free=7)
    assert fold([count], at(20), TERMS).as_of == at(10)
    assert fold([count, a_passage(18, 1), a_passage(22, 1)], at(20), TERMS).as_of == at(18)


def test_drift_is_what_a_count_says_over_the_count_before_and_the_passages_between():
    facts = [a_count(10, free=20), a_passage(11, 1), a_passage(12, 1), a_count(20, free=25)]
    assert fold(facts, at(21), TERMS).drift == 7
    facts = [a_count(10, occupied=20), a_passage(11, 1), a_passage(12, 1), a_count(20, occupied=15)]
    assert fold(facts, at(21), TERMS).drift == 7


def test_without_passages_in_between_two_counts_may_differ_without_drift():
    assert fold([a_count(10, free=20), a_count(20, free=2)], at(21), TERMS).drift == 0
    assert fold([a_count(10, free=20), a_passage(9, 1), a_count(20, free=2)], at(21), TERMS).drift == 0


def test_drift_compares_with_the_source_that_was_believed_just_before():
    facts = [
        a_count(10, free=20),
        a_count(12, free=90, source="second"),
        a_passage(13, 1),
        a_count(14, free=19),
    ]
    assert fold(facts, at(14), TERMS).drift == 0


def test_free_and_occupied_are_not_compared_for_drift():
    facts = [a_count(10, occupied=20), a_passage(11, 1), a_count(20, free=2)]
    assert fold(facts, at(21), TERMS).drift == 0


def test_the_hand_over_is_told_in_advance_where_another_source_waits():
    first, second = a_count(10, free=7), a_count(14, free=20, source="second")
    assert hand_over_at(stand([first, second]), at(14), TERMS) == at(15)
    assert hand_over_at(stand([first]), at(14), TERMS) is None
    # From there on the second is believed, and stays so: it is the newest.
    assert hand_over_at(stand([first, second]), at(16), TERMS) is None
    assert hand_over_at(stand([]), at(14), TERMS) is None


def test_free_is_believed_where_a_source_tells_both():
    assert Count("s", "e", at(1), free=3, occupied=9).basis == "free"
    assert Count("s", "e", at(1), free=0, occupied=9).value == 0
