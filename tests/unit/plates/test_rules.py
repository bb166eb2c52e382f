"""Which vehicle does a text name, and how little of it is shown?"""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.kernel.vocabulary import PlateColour
from parking.plates import rules
from parking.plates.rules import LONGEST, PlateKind, holds_plate, masked, read_plate, without_plates

K = PlateKind
KINDS = [
    ("苏F12345", K.ORDINARY),
    ("青PTW3Z3", K.ORDINARY),
    ("京O12345", K.ORDINARY),
    ("苏FD12345", K.NEW_ENERGY_SMALL),
    ("苏FDB1234", K.NEW_ENERGY_SMALL),
    ("苏F12345D", K.NEW_ENERGY_LARGE),
    ("苏F1234警", K.POLICE),
    ("苏F1234学", K.COACH),
    ("苏F1234挂", K.TRAILER),
    ("粤Z9065澳", K.HONG_KONG_MACAO),
    ("粵Z9065港", K.HONG_KONG_MACAO),
    ("224001使", K.EMBASSY),
    ("使224001", K.EMBASSY),
    ("沪22401领", K.CONSULATE),
    ("沪A2240领", K.CONSULATE),
    ("WJ苏1234X", K.ARMED_POLICE),
    ("WJ1234X", K.ARMED_POLICE),
    ("VA12345", K.MILITARY),
    ("京X0001应急", K.EMERGENCY),
    ("民航A1234", K.CIVIL_AVIATION),
    ("临F12345", K.TEMPORARY),
    ("苏FABCDE", K.ODD),  # no digit
    ("苏F1234I", K.ODD),
    ("苏FI1234", K.ODD),
    ("苏F1234", K.ODD),
    ("苏f 123·45\u3000", K.ORDINARY),
    ("苏Ｆ１２３４５", K.ORDINARY),
    ("苏F.12-345", K.ORDINARY),
    ("_无_", K.NONE),
    ("无牌车", K.NONE),
    ("Unknown", K.NONE),
    ("车牌", K.NONE),
    (" - ", K.NONE),
    ("", K.NONE),
    (None, K.NONE),
]
# Real kinds as devices may write them: letters of both cases and widths, dots and blanks between.
plates = st.sampled_from([text for text, kind in KINDS if text and kind not in (K.NONE, K.ODD)])
separators = st.lists(st.sampled_from([" ", "·", ".", "-", "・", "\u3000", "\t", "_"]), max_size=3).map(
    "".join
)


@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_each_kind_is_known_and_a_strange_one_is_flagged_not_refused(
    text: str | None, kind: PlateKind
) -> None:
    plate = read_plate(text, PlateColour.BLUE)
    assert plate.kind is kind
    assert plate.valid == (kind not in (K.ODD, K.NONE))
    assert plate.exists == bool(plate.text) == (kind is not K.NONE)
    assert not plate.text or plate.text not in repr(plate)


@given(plates, st.data())
def test_the_same_plate_written_otherwise_is_the_same_plate(text: str, data: st.DataObject) -> None:
    wide = {letter: chr(ord(letter) + 0xFEE0) for letter in "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"}
    written = "".join(
        data.draw(st.sampled_from([letter, letter.lower(), wide.get(letter, letter)])) + data.draw(separators)
        for letter in text
    )
    assert read_plate(written) == read_plate(text)


@given(st.text(max_size=600))
def test_whatever_a_camera_sends_is_a_short_plain_text_that_stays_itself(text: str) -> None:
    plate = read_plate(text)
    assert len(plate.text) <= LONGEST and plate.text.isprintable()
    assert read_plate(plate.text).text == plate.text
    assert read_plate(plate.text).kind is plate.kind


def test_four_hundred_characters_are_an_odd_plate() -> None:
    plate = read_plate("苏F12345" * 50)
    assert plate.kind is K.ODD and len(plate.text) == LONGEST


@given(st.one_of(plates, st.text(max_size=30).map(lambda text: read_plate(text).text)))
def test_at_least_two_characters_of_a_plate_are_hidden(text: str) -> None:
    shown = masked(text)
    assert (shown == "") == (text == "")
    if text:
        assert shown.count("*") >= 2 and (shown != text or set(text) == {"*"})
        kept = shown.replace("·", "").replace("*", "")
        assert len(kept) <= max(len(text) - 2, 0)


def test_a_plate_is_masked_as_people_know_it() -> None:
    assert [masked(each) for each in ("沪A12345", "苏FD12345", "224001使", "AB", "VA12345")] == [
        "沪A·1**45",
        "苏F·D***45",
        "2*****使",
        "**",
        "V*****5",
    ]


# "民航A座" is a building: three characters and fewer after 民航 are left.
_WRITTEN = {
    K.CIVIL_AVIATION: r"民航[A-Z0-9]{4,6}",
    K.ORDINARY: rf"{rules._PROVINCE}{rules._AGENCY}{rules._CHARACTER}{{4}}[0-9]",
}
AROUND = ['{"car": "%s", "in": 1}', "%s", "car %s left", "入场：%s，离场", "a,%s,3"]


@pytest.mark.parametrize(("kind", "pattern"), rules._KINDS, ids=lambda each: str(getattr(each, "value", "")))
@settings(max_examples=25)
@given(data=st.data())
def test_a_plate_of_any_kind_is_hidden_wherever_it_stands(
    kind: PlateKind, pattern: re.Pattern[str], data: st.DataObject
) -> None:
    shape = re.compile(_WRITTEN[kind], re.ASCII) if kind in _WRITTEN else pattern
    text = data.draw(st.from_regex(shape, fullmatch=True))
    around = data.draw(
        st.sampled_from(['{"car": "%s", "in": 1}', "%s", "car %s left", "入场：%s，离场", "a,%s,3"])
    )
    shown = without_plates(around % text)
    assert text not in shown
    number = max(re.findall("[A-Z0-9]+", text), key=len)
    assert number not in shown


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "PK10023", "free": 12}',
        "<id>PK10023</id>",
        "lots?id=PK10023&n=1",
        "TPE0441, LOT-0007, P10023, AB1234, AB123456, ABC12345, X-AB12345, ab12345",
        "530000使用中，共 100000 使用",
        '{"lot": "WJ-015", "lane": "WJ-0015"}',
        '{"event_id": "WJ-015-000123"}, WJ-015-0001-b',
        "2026-11-21T08:29:00+08:00",
        "光临2026，民航A座停车场",
    ],
)
def test_what_is_an_id_or_a_word_is_no_plate(text: str) -> None:
    assert without_plates(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "苏F7Z9Y8-0001",
        "n_苏f·7z9y8",
        "苏ＦＤ12345:in",
        "1-WJ-粤B12345",
        "苏 F7Z9Y8",
        "苏\u200bF-7Z9Y8",
        "e-苏A1234警",
        "e-苏A1234学",
        "苏A1234挂-7",
        "粵Z1234港",
        "粤Z1234澳_2",
        "123456使",
        "in-使123456-1",
        "苏A1234领",
        "沪12345领",
        "WJ苏1234A",
        "苏AS1234应急",
        "民航A1234",
        "临苏A1234",
        "苏A临1234",
        "苏F12345D",
    ],
)
def test_an_id_that_holds_a_plate_is_known(text: str) -> None:
    assert holds_plate(text)


@pytest.mark.parametrize(
    "text",
    [
        "e-20261121-000123",
        "苏州A区12345",
        "入口1-2026112109",
        "苏F1",
        "F12345",
        "入口-AB12345",
        "川-A1-2026-0001",
        "临20261122000123",
        "临000123",
        "民航1号门-000123",
        "停车场-123456使用",
        "使20261122000123",
        "20261122000123使",
    ],
)
def test_an_id_without_a_plate_may_be_kept(text: str) -> None:
    assert not holds_plate(text)
