"""Reading all lots page by page, and finding places by words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.city.errors import DistrictUnknown
from parking.kernel.vocabulary import Access, SpaceClass
from parking.lookup.queries import PageWish, page, search
from parking.lookup.rules import ALL_MASK, fold, match_rank
from tests.factories.lookup import LAT, NOW, a_card, a_model, with_free


def read_all(model, **wish) -> list[list[str]]:
    """The ids of every page, following `next_after` to the end."""
    pages, after = [], None
    while True:
        one = page(model, PageWish(after=after, **wish), NOW)
        pages.append([view.card.id for view in one.answer.views()])
        after = one.next_after
        if after is None:
            return pages


@given(st.integers(0, 30), st.integers(1, 12))
def test_pages_hold_every_lot_once_in_the_order_of_ids(lots, limit):
    names = [f"lot{number:02d}" for number in range(lots)]
    pages = read_all(with_free(dict.fromkeys(names, 1)), limit=limit)
    assert [lot_id for one in pages for lot_id in one] == names
    assert all(len(one) == limit for one in pages[:-1])
    assert pages[-1] or not lots


def test_lots_that_come_or_go_between_pages_shift_nobody_else():
    model = with_free(dict.fromkeys("bdfhj", 1))
    first = page(model, PageWish(limit=2), NOW)
    model = model.with_lots({"a": a_card("a"), "e": a_card("e")}, ["d"], {}, NOW)
    rest = page(model, PageWish(limit=10, after=first.next_after), NOW)
    assert [view.card.id for view in rest.answer.views()] == ["e", "f", "h", "j"]


def test_pages_are_chosen_by_district_words_class_and_permission():
    model = a_model(
        [
            a_card("a", name="人民医院东停车场", district_code="320999002"),
            a_card("b", address="城东路 8 号", spaces={SpaceClass.BICYCLE: 9}),
            a_card("c", access=Access.STAFF),
        ]
    )
    assert read_all(model) == [["a", "b"]]
    assert read_all(model, access_mask=ALL_MASK) == [["a", "b", "c"]]
    assert read_all(model, district="320999002") == read_all(model, district="城西街道") == [["a"]]
    assert read_all(model, district="chengxi") == [["a"]]
    with pytest.raises(DistrictUnknown) as refused:
        read_all(model, district="没有的镇")
    assert [each.field for each in refused.value.problems] == ["district"]
    assert read_all(model, text="城东路8号") == [["b"]]
    assert read_all(model, text="医院") == [["a"]]
    assert read_all(model, space_class=SpaceClass.BICYCLE) == [["b"]]


def test_words_find_landmarks_districts_and_lots_best_first():
    model = a_model(
        [
            a_card("a", name="人民医院"),
            a_card("b", name="人民医院东停车场"),
            a_card("c", name="市人民医院北"),
            a_card("d", name="别处", address="人民医院旁"),
            a_card("e", LAT + 0.1, name="无关"),
        ]
    )
    found = search(model.words, model.city, "人民医院", 10)
    assert [(place.kind, place.id) for place in found] == [
        ("landmark", "hospital"),
        ("lot", "a"),
        ("lot", "b"),
        ("lot", "c"),
        ("lot", "d"),
    ]
    assert search(model.words, model.city, "人民医院", 2) == found[:2]
    assert [place.id for place in search(model.words, model.city, "CHENG DONG", 1)] == ["320999001"]
    assert search(model.words, model.city, "  ", 5) == []


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("人民 医院", "人民医院"),
        ("Ｐ＋Ｒ", "p+r"),
        ("STRASSE", "straße"),
        ("People's\tHospital", "people'shospital"),
    ],
)
def test_width_case_and_spaces_do_not_matter(text, same):
    assert fold(text) == fold(same)


def test_a_match_ranks_by_where_it_stands():
    assert [
        match_rank("ab", names, rest)
        for names, rest in [
            (["ab"], "ab"),
            (["abc"], "abc"),
            (["cab", "abx"], ""),
            (["cab"], ""),
            (["x"], "xab"),
            (["x"], "x"),
        ]
    ] == [0, 1, 1, 2, 3, None]
