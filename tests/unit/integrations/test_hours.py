"""Does a week become the OSM text that means the same?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opening_hours import OpeningHours

from integrations.hours import osm_text, span, weekly
from integrations.records import Refused

MORNING, DAY, WHOLE = (360, 600), (480, 1080), (0, 1440)


@pytest.mark.parametrize(
    ("week", "text"),
    [
        ({day: [WHOLE] for day in range(7)}, "24/7"),
        ({day: [DAY] for day in range(7)}, "Mo-Su 08:00-18:00"),
        ({day: [DAY] for day in range(5)}, "Mo-Fr 08:00-18:00; Sa-Su off"),
        ({6: [DAY]}, "Mo-Sa off; Su 08:00-18:00"),
        ({day: [DAY, MORNING, DAY] for day in range(7)}, "Mo-Su 06:00-10:00,08:00-18:00"),
        ({0: [DAY], 1: [WHOLE], 2: [DAY]}, "Mo 08:00-18:00; Tu 00:00-24:00; We 08:00-18:00; Th-Su off"),
    ],
)
def test_equal_neighbours_share_a_rule(week: dict[int, list[tuple[int, int]]], text: str) -> None:
    assert weekly(week) == text


@given(
    st.dictionaries(
        st.integers(0, 6),
        st.lists(
            st.tuples(st.integers(0, 1438), st.integers(0, 1440)).filter(lambda s: s[0] != s[1]), max_size=3
        ),
        min_size=1,
    )
)
def test_every_week_is_text_that_can_be_read(week: dict[int, list[tuple[int, int]]]) -> None:
    assert OpeningHours(weekly(week))


@pytest.mark.parametrize(
    ("start", "end", "read"),
    [
        ("00:00:00", "00:00:00", (0, 1440)),
        ("00:00", "24:00", (0, 1440)),
        ("00:00:00", "23:59:59", (0, 1440)),
        ("18:00:00.000", "08:00:00.000", (1080, 480)),
        ("06:00", "00:00", (360, 1440)),
        ("08:00", "08:00", None),
        ("8:00", "18:00", None),
        ("08:00", "25:00", None),
        ("08:60", "18:00", None),
        ("", "18:00", None),
    ],
)
def test_two_clock_times_are_a_span_only_when_it_is_certain(
    start: str, end: str, read: tuple[int, int] | None
) -> None:
    assert span(start, end) == read


@pytest.mark.parametrize(
    "told", ["", "   ", "always", "Feb 30 10:00-12:00", "24/7 " * 100, None, 7, ["24/7"]]
)
def test_what_is_no_osm_text_is_refused(told: object) -> None:
    with pytest.raises(Refused):
        osm_text(told)
