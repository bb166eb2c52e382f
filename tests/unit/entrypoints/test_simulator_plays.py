"""Does each character of a source show what its name says, and nothing else?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from lxml import etree

from parking.entrypoints.simulator.city import Document, Play, PlayedSource, read_city
from parking.entrypoints.simulator.load import Load, load_source
from parking.entrypoints.simulator.plays import MOOD_S, Answer, Manner, live_answer, static_answer

START = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
SOURCES = {source.slug: source for source in read_city()}
PLAIN = SOURCES["people-hospital"]
HOUR = [START + timedelta(seconds=n * MOOD_S) for n in range(180)]


def live(play: Play, at: datetime = START, source: PlayedSource = PLAIN) -> Answer:
    return live_answer(source, play, START, at, 1)


def counts(answer: Answer) -> list[dict]:
    return [count for lot in orjson.loads(answer.body)["lots"] for count in lot["counts"]]


def as_of(play: Play, times: Iterable[datetime]) -> set[str]:
    return {count["as_of"] for at in times for count in counts(live(play, at))}


def free(play: Play, times: Iterable[datetime]) -> set[tuple[int, ...]]:
    return {tuple(count["free"] for count in counts(live(play, at))) for at in times}


def test_a_good_source_counts_anew_and_stays_within_its_capacity() -> None:
    assert len(as_of(Play.GOOD, HOUR)) == len(HOUR)
    assert len(free(Play.GOOD, HOUR)) > 100
    for at in HOUR:
        assert all(0 <= count["free"] <= count["capacity"] for count in counts(live(Play.GOOD, at)))


def test_a_source_that_counts_what_is_taken_says_the_same() -> None:
    source = SOURCES["dongcheng-plaza"]
    assert source.tells == "occupied"
    taken = counts(live(Play.GOOD, source=source))
    left = counts(live(Play.GOOD, source=replace(source, tells="free")))
    assert [count["occupied"] for count in taken] == [count["capacity"] - count["free"] for count in left]


def test_a_silent_source_goes_on_telling_its_last_count() -> None:
    assert len(as_of(Play.SILENT, HOUR)) == 1
    assert len(free(Play.SILENT, HOUR)) == 1


def test_a_frozen_source_stamps_the_same_count_anew() -> None:
    assert len(as_of(Play.FROZEN, HOUR)) == len(HOUR)
    assert len(free(Play.FROZEN, HOUR)) == 1


def test_a_liar_tells_too_many_and_fewer_than_none_and_at_times_the_truth() -> None:
    told = [count for at in HOUR for count in counts(live(Play.LYING, at))]
    assert any(count["free"] > count["capacity"] for count in told)
    assert any(count["free"] < 0 for count in told)
    assert any(0 <= count["free"] <= count["capacity"] for count in told)


@pytest.mark.parametrize("slug", ["people-hospital", "yanhe-town"])
def test_a_broken_source_fails_breaks_off_and_recovers(slug: str) -> None:
    source = SOURCES[slug]

    def readable(body: bytes) -> bool:
        try:
            orjson.loads(body) if source.document is Document.PLAIN else etree.fromstring(body)
        except (orjson.JSONDecodeError, etree.XMLSyntaxError):
            return False
        return True

    seen = [live(Play.BROKEN, at, source) for at in HOUR[:3]]
    assert sorted((answer.status, readable(answer.body)) for answer in seen) == [
        (200, False),
        (200, True),
        (500, False),
    ]


def test_an_empty_source_sends_nothing_or_a_document_without_lots() -> None:
    bodies = {live(Play.EMPTY, at).body for at in HOUR[:2]}
    assert b"" in bodies
    assert [orjson.loads(body)["lots"] for body in bodies if body] == [[]]


def test_a_wrong_type_is_a_page_for_people() -> None:
    answer = live(Play.WRONG_TYPE)
    assert answer.status == 200
    assert answer.content_type.startswith("text/html")
    assert answer.body.startswith(b"<!doctype html>")


def test_slow_and_hanging_sources_would_tell_the_truth() -> None:
    good = live(Play.GOOD)
    assert live(Play.SLOW) == replace(good, manner=Manner.BYTE_A_SECOND)
    assert live(Play.HANGING) == replace(good, manner=Manner.NEVER)


@pytest.mark.parametrize("answer", [live_answer, static_answer])
def test_an_unknown_lot_comes_on_top_of_the_known_ones(answer: object) -> None:
    args = (START, START, 1) if answer is live_answer else (START, START)

    def ids(play: Play) -> list[str]:
        return [lot["id"] for lot in orjson.loads(answer(PLAIN, play, *args).body)["lots"]]  # type: ignore[operator]

    known = ids(Play.GOOD)
    assert ids(Play.WITH_UNKNOWN_LOT) == [*known, f"{known[0]}-new"]


def test_a_differing_static_document_tells_more_spaces_than_the_register() -> None:
    def capacities(play: Play) -> list[int]:
        return [count["capacity"] for count in counts(static_answer(PLAIN, play, START, START))]

    pairs = zip(capacities(Play.STATIC_DIFFERS), capacities(Play.GOOD), strict=True)
    assert all(ours < theirs for theirs, ours in pairs)


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.slug)
def test_a_static_document_does_not_change_with_time(source: PlayedSource) -> None:
    later = START + timedelta(hours=1)
    assert static_answer(source, Play.GOOD, START, START) == static_answer(source, Play.GOOD, START, later)


def test_the_shares_of_the_load_are_exact_and_spread() -> None:
    load = Load(3000, hang_share=0.05, broken_share=0.02)
    plays = [load.play(number) for number in range(load.count)]
    assert plays.count(Play.HANGING) == 150
    assert plays.count(Play.BROKEN) == 60
    assert all(
        plays[start : start + 300].count(Play.HANGING) in range(12, 20) for start in range(0, 3000, 300)
    )


def test_a_source_of_the_load_is_one_lot_in_the_plain_format() -> None:
    source = load_source(2999, Load(3000))
    body = orjson.loads(live_answer(source, Play.GOOD, START, START, 1).body)
    (lot,) = body["lots"]
    assert (body["parking"], lot["id"], len(lot["counts"])) == ("1", "L2999", 1)
