"""Does each preset take what is good, name what is not, and lose nothing to a feed that fails?

Good, empty, a broken row, unknown, repeated, out of order, silent: each of them through the real parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from integrations.sources.mapped.presets import PRESETS
from integrations.sources.mapped.protocol import parse
from integrations.sources.mapped.reading import read_mapping
from integrations.sources.mapped.schema import Lots
from parking.boundary.feeds import MAPPED, PRESET, Parsed, ProblemKind
from parking.guidance import service
from parking.guidance.rules.pulls import Answered, Failed, Outcome, PullKind, Reason
from parking.kernel.geo import distance_m
from parking.kernel.vocabulary import Quality, SpaceClass
from parking.lots.queries import lot_cards
from parking.occupancy.queries import counter_views
from parking.occupancy.rules import PublicCount, public_count
from tests.adapters.preset_documents import CAPACITY, Row, Shape
from tests.factories.city import a_city
from tests.factories.lots import a_lot
from tests.factories.sources import a_source

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# The places that the documents tell lie in three countries.
BOUNDS = [{"name": "all", "south": 0, "west": 5, "north": 60, "east": 125}]
ROWS = [Row("Q1"), Row("Q2", 21)]
READ = {name: read_mapping(text) for name, text in PRESETS.items()}
LOTS = [Shape(name, "lots") for name, mapping in READ.items() if mapping.lots]
COUNTS = [Shape(name, "counts") for name, mapping in READ.items() if mapping.counts]
every_part = pytest.mark.parametrize("shape", [*LOTS, *COUNTS], ids=str)
every_list = pytest.mark.parametrize("shape", [each for each in (*LOTS, *COUNTS) if each.of_many], ids=str)


def told(shape: Shape, *rows: Row, at: datetime = AT) -> Parsed:
    """What is read of a document of these rows that came when it was told."""
    return parse(shape.document(rows, at), shape.context(at))


def numbers(parsed: Parsed) -> dict[str, int | None]:
    """What was taken: spaces of lots, free spaces of counters, those of an ordinary car."""
    lots = {lot.external_id: lot.spaces.get(SpaceClass.GENERAL) for lot in (*parsed.lots, *parsed.candidates)}
    for count in parsed.counts:
        if count.space_class is SpaceClass.GENERAL:
            lots[count.external_id] = CAPACITY - count.occupied if count.free is None else count.free
    return lots


def rows_of(shape: Shape) -> list[Row]:
    return ROWS if shape.of_many else ROWS[:1]


def as_taken(shape: Shape, rows: list[Row]) -> dict[str, object]:
    return {row.id: row.number if shape.number else None for row in rows}


@every_part
def test_good_records_are_taken_as_they_are(shape: Shape) -> None:
    rows = rows_of(shape)
    parsed = told(shape, *rows)
    assert (numbers(parsed), parsed.problems) == (as_taken(shape, rows), ())
    assert {count.as_of for count in parsed.counts} <= {AT}
    for lot in parsed.lots:
        assert distance_m((lot.lat, lot.lon), shape.place) < 1


@every_part
def test_a_broken_record_never_sinks_the_others(shape: Shape) -> None:
    first, *others = rows_of(shape)
    broken = [Row("x" * 201), *([Row("Q9", "x")] if shape.number else [])]
    parsed = told(shape, first, *broken, *others) if shape.of_many else told(shape, broken[-1])
    assert numbers(parsed) == (as_taken(shape, [first, *others]) if shape.of_many else {})
    assert {problem.kind for problem in parsed.problems} <= {ProblemKind.TOO_LARGE, ProblemKind.BAD_VALUE}
    assert "Q9" in {problem.record for problem in parsed.problems} or not shape.number


@every_part
def test_an_unknown_number_is_neither_none_nor_all(shape: Shape) -> None:
    first, *others = rows_of(shape)
    parsed = told(shape, Row(first.id, shape.unknown), *others)
    expected = as_taken(shape, others) | ({first.id: None} if isinstance(shape.told, Lots) else {})
    assert numbers(parsed) == expected
    # Where the feed has no word for it, a number that is not there is told.
    silent = {ProblemKind.NO_COUNT} if shape.unknown is None else set()
    assert {problem.kind for problem in parsed.problems} <= silent


@every_list
def test_what_is_told_twice_is_taken_once(shape: Shape) -> None:
    first, *others = rows_of(shape)
    parsed = told(shape, first, *others, first)
    assert numbers(parsed) == as_taken(shape, [first, *others])
    assert {problem.kind for problem in parsed.problems} == {ProblemKind.REPEATED}


@every_list
def test_a_document_without_records_is_empty_and_no_error(shape: Shape) -> None:
    assert told(shape) == Parsed()


@pytest.fixture(scope="module")
def city(engine: Engine) -> Iterator[Connection]:
    """The city of all these tests; nothing of it is committed."""
    with engine.connect() as connection, connection.begin() as outer:
        with Session(bind=connection, join_transaction_mode="create_savepoint") as session:
            a_city(session, now=AT, bounds=BOUNDS)
            session.commit()
        yield connection
        outer.rollback()


@pytest.fixture
def session(city: Connection) -> Iterator[Session]:
    """The city, and what one test adds to it."""
    with (
        city.begin_nested() as added,
        Session(bind=city, join_transaction_mode="create_savepoint") as session,
    ):
        yield session
        session.close()
        added.rollback()


class Feed:
    """A source that is read by a preset, and what is made of its answers in the database."""

    def __init__(self, session: Session, shape: Shape, **fields: Any) -> None:
        self._session, self.shape = session, shape
        self.kind = PullKind.STATIC if isinstance(shape.told, Lots) else PullKind.LIVE
        address = {f"{self.kind}_url": "https://feed.example/"}
        self._source = a_source(
            session, now=AT, adapter=MAPPED, mapping=PRESET + shape.preset, **address, **fields
        )

    def tells(self, *rows: Row, of: datetime, at: datetime) -> None:
        """An answer of these rows that comes at `at` and tells of `of`."""
        self._record(Answered(told(self.shape, *rows, at=of)), at)

    def fails(self, at: datetime) -> None:
        self._record(Failed(Reason.NOTHING_USABLE), at)

    def _record(self, outcome: Outcome, at: datetime) -> None:
        due = service.claim_one(self._session, "test", at, self._source, self.kind)
        service.record_pull(self._session, due, outcome, at)


@pytest.mark.parametrize("shape", COUNTS, ids=str)
def test_counts_outlive_a_feed_that_repeats_goes_back_and_falls_silent(
    session: Session, shape: Shape
) -> None:
    rows = rows_of(shape)
    lots = [a_lot(session, code=row.id, spaces={SpaceClass.GENERAL: CAPACITY}) for row in rows]
    names = {lot.id: lot.code for lot in lots}
    feed = Feed(session, shape, lots={row.id: row.id for row in rows})
    first, *others = rows

    def public(at: datetime) -> dict[str, PublicCount]:
        views = [view for view in counter_views(session) if view.space_class is SpaceClass.GENERAL]
        return {names[view.lot_id]: public_count(view, CAPACITY, at) for view in views}

    def told_now(at: datetime) -> dict[str, tuple[int | None, Quality]]:
        return {lot: (count.free, count.quality) for lot, count in public(at).items()}

    feed.tells(*rows, of=AT, at=AT)
    good = public(AT)
    assert told_now(AT) == {row.id: (row.number, Quality.LIVE) for row in rows}
    feed.tells(*rows, of=AT, at=AT + MINUTE)
    feed.tells(*(Row(row.id, 50) for row in rows), of=AT - 5 * MINUTE, at=AT + 2 * MINUTE)
    feed.tells(Row(first.id, shape.unknown), *others, of=AT, at=AT + 3 * MINUTE)
    feed.tells(of=AT, at=AT + 4 * MINUTE)
    feed.fails(AT + 5 * MINUTE)
    assert public(AT) == good
    assert told_now(AT + 5 * MINUTE) == {row.id: (row.number, Quality.AGEING) for row in rows}
    assert told_now(AT + 15 * MINUTE) == {row.id: (None, Quality.UNKNOWN) for row in rows}


@pytest.mark.parametrize("shape", LOTS, ids=str)
def test_lots_outlive_a_feed_that_shrinks_and_falls_silent(session: Session, shape: Shape) -> None:
    rows = rows_of(shape)
    feed = Feed(session, shape, adopts_lots=True)

    def register() -> dict[str, Any]:
        return {card.code: card for card in lot_cards(session, AT.date())}

    feed.tells(*rows, of=AT, at=AT)
    good = register()
    assert len(good) == len(rows)
    feed.tells(Row(rows[0].id, shape.unknown), of=AT, at=AT + MINUTE)
    if shape.of_many:
        feed.tells(of=AT, at=AT + 2 * MINUTE)
    feed.fails(AT + 3 * MINUTE)
    assert register() == good
