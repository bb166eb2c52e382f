"""Whatever order crossings are told in, the visits are the same, and what is doubtful has its name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.kernel.vocabulary import StayKind
from parking.visits.rules.pairing import (
    BACKED_OUT_WITHIN,
    TOO_LONG,
    Crossing,
    Doubt,
    fold,
    fold_vehicle,
    is_clean,
    paired_by_number,
    settles_by_rule,
    stay_kind,
)

START = datetime(2026, 11, 1, tzinfo=UTC)
NOW = START + timedelta(days=60)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def entry(after: timedelta, **more) -> Crossing:
    return Crossing("gate", f"in {after} {more}", START + after, True, **({"vehicle": 1} | more))


def leaving(after: timedelta, **more) -> Crossing:
    return Crossing("gate", f"out {after} {more}", START + after, False, **({"vehicle": 1} | more))


@st.composite
def days_of_crossings(draw) -> list[Crossing]:
    """Two vehicles, a few instants, some numbers of stays, some taken back, some without a plate."""
    found = []
    for number in range(draw(st.integers(1, 9))):
        found.append(
            Crossing(
                "gate",
                str(number),
                START + draw(st.sampled_from([0, 1, 2, 3, 10, 60, 1440, 31 * 1440, 33 * 1440])) * MINUTE,
                draw(st.booleans()),
                draw(st.sampled_from([1, 1, 1, 2, None])),
                draw(st.sampled_from([None, None, None, "s1", "s2"])),
                draw(st.sampled_from(["lane 1", "lane 2", None])),
                undone=draw(st.integers(0, 9)) == 0,
            )
        )
    return found


@given(days_of_crossings(), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_make_the_same_visits(crossings, random) -> None:
    again = [*crossings, *random.choices(crossings, k=3)]
    random.shuffle(again)
    assert fold(again, NOW) == fold(crossings, NOW)


@given(days_of_crossings())
def test_every_crossing_that_names_somebody_belongs_to_exactly_one_visit(crossings) -> None:
    stays = fold(crossings, NOW)
    claimed = [end.key for stay in stays for end in (stay.entry, stay.exit) if end]
    named = [
        each.key
        for each in crossings
        if (each.is_entry if each.undone else each.vehicle is not None or each.stay_id is not None)
    ]
    assert sorted(claimed) == sorted(named)
    assert all(stay.doubt for stay in stays if not (stay.entry and stay.exit) and stay.closed_at)


@given(days_of_crossings())
def test_a_fold_that_starts_after_a_clean_exit_misses_nothing(crossings) -> None:
    standing = [each for each in crossings if not each.undone]
    partners = paired_by_number(standing)
    mine = [each for each in standing if each.vehicle == 1]
    whole = list(fold_vehicle(mine, partners, NOW))
    for cut in {each.at for each in mine if is_clean(mine, each.at)}:
        told = list(fold_vehicle(mine, partners, NOW, cut))
        later = [stay for stay in whole if max(end.at for end in (stay.entry, stay.exit) if end) > cut]
        assert told == later
        assert all(stay.closed_at for stay in whole if stay not in later)


@pytest.mark.parametrize(
    ("crossings", "told"),
    [
        ([entry(MINUTE), leaving(HOUR)], [(True, True, None)]),
        ([entry(MINUTE)], [(True, False, Doubt.TOO_LONG)]),
        ([entry(59 * DAY)], [(True, False, None)]),
        ([entry(MINUTE), leaving(MINUTE)], [(True, True, Doubt.ZERO_LENGTH)]),
        ([leaving(HOUR)], [(False, True, Doubt.EXIT_WITHOUT_ENTRY)]),
        (
            [entry(MINUTE), entry(HOUR), leaving(2 * HOUR)],
            [(True, False, Doubt.SECOND_ENTRY), (True, True, None)],
        ),
        ([entry(MINUTE), leaving(MINUTE + TOO_LONG)], [(True, True, None)]),
        ([entry(MINUTE), leaving(2 * MINUTE + TOO_LONG)], [(True, True, Doubt.TOO_LONG)]),
        (
            [entry(MINUTE, barrier="a"), leaving(MINUTE + BACKED_OUT_WITHIN, barrier="a")],
            [(True, True, Doubt.BACKED_OUT)],
        ),
        ([entry(MINUTE, barrier="a"), leaving(2 * MINUTE, barrier="b")], [(True, True, None)]),
        ([entry(MINUTE, barrier="a"), leaving(HOUR, barrier="a")], [(True, True, None)]),
        ([entry(MINUTE, undone=True)], [(True, False, Doubt.BACKED_OUT)]),
        ([entry(59 * DAY), leaving(59 * DAY + HOUR, undone=True)], [(True, False, None)]),
        ([leaving(MINUTE, stay_id="s"), entry(HOUR, stay_id="s")], [(True, True, Doubt.NEGATIVE)]),
        (
            [entry(MINUTE, stay_id="s"), leaving(HOUR, stay_id="s", vehicle=2)],
            [(True, True, None)],
        ),
        (
            [leaving(MINUTE, stay_id="s"), entry(59 * DAY, stay_id="s")],
            [(False, True, Doubt.EXIT_WITHOUT_ENTRY), (True, False, None)],
        ),
        ([entry(MINUTE, vehicle=None), leaving(HOUR, vehicle=None)], []),
        ([entry(MINUTE, vehicle=None, stay_id="s")], [(True, False, Doubt.TOO_LONG)]),
        # Of one instant, whoever is inside leaves before the next comes.
        (
            [entry(MINUTE), leaving(HOUR), entry(HOUR), leaving(2 * HOUR)],
            [(True, True, None), (True, True, None)],
        ),
    ],
)
def test_doubtful_cases_have_their_names(crossings, told) -> None:
    assert [
        (stay.entry is not None, stay.exit is not None, stay.doubt) for stay in fold(crossings, NOW)
    ] == told


def test_a_pass_or_the_vendor_says_how_a_vehicle_stayed() -> None:
    assert stay_kind([], has_pass=False) is StayKind.CASUAL
    assert stay_kind([StayKind.CASUAL], has_pass=True) is StayKind.SHARED
    assert stay_kind([StayKind.CASUAL, StayKind.MONTHLY], has_pass=True) is StayKind.MONTHLY


def test_only_a_stay_with_both_ends_and_a_length_can_owe_anything() -> None:
    assert not settles_by_rule(None, START, both_ends=True)
    assert not settles_by_rule(Doubt.TOO_LONG, START, both_ends=True)
    assert settles_by_rule(Doubt.ZERO_LENGTH, START, both_ends=True)
    assert settles_by_rule(Doubt.TOO_LONG, START, both_ends=False)
    assert not settles_by_rule(None, None, both_ends=False)
