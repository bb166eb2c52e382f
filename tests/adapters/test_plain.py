"""Is our own format read as docs/feeds.md promises to those who write it?"""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from integrations.registry import SOURCE_ADAPTERS
from parking.boundary.feeds import ParseContext, Parsed, ProblemKind
from parking.kernel.vocabulary import Access, Datum, LotKind, SpaceClass

DESCRIBED = (Path(__file__).parents[2] / "docs" / "feeds.md").read_text()
EXAMPLES = re.findall(r"```json\n(.*?)```", DESCRIBED, flags=re.S)
NOW = datetime(2026, 11, 21, 0, 30, 5, tzinfo=UTC)
COUNT = {"class": "general", "capacity": 100, "free": 7, "as_of": "2026-11-21T08:29:00+08:00"}
LOT = {"id": "p1", "name": "东门", "lat": 32.06, "lon": 120.62}


def parse_text(text: str) -> Parsed:
    return SOURCE_ADAPTERS["plain"].parse(text.encode(), ParseContext(NOW))


def parse(*lots: Any, **more: Any) -> Parsed:
    return parse_text(json.dumps({"parking": "1", "lots": lots, **more}))


class TestTheDescription:
    def test_every_example_is_read_without_a_problem(self) -> None:
        assert len(EXAMPLES) == 3
        for example in EXAMPLES:
            parsed = parse_text(example)
            assert parsed.problems == ()
            assert parsed.lots or parsed.counts

    def test_the_whole_example_says_what_it_seems_to_say(self) -> None:
        parsed = parse_text(EXAMPLES[0])
        (lot,) = parsed.lots
        assert (lot.source_datum, lot.source_lat, lot.source_lon) == ("gcj02", 32.0612, 120.6251)
        assert (lot.kind, lot.access) == (LotKind.OFF_STREET, Access.PUBLIC)
        assert (lot.opening_hours, lot.max_height_cm) == ("Mo-Su 06:00-23:00", 210)
        assert dict(lot.spaces) == {
            SpaceClass.GENERAL: 320,
            SpaceClass.CHARGING: 24,
            SpaceClass.ACCESSIBLE: 6,
        }
        assert [(c.space_class, c.free, c.occupied, c.capacity) for c in parsed.counts] == [
            (SpaceClass.GENERAL, 57, None, 320),
            (SpaceClass.CHARGING, None, 20, 24),
        ]

    def test_counts_without_a_time_are_of_the_document_s(self) -> None:
        counts = parse_text(EXAMPLES[2]).counts
        assert {count.as_of for count in counts} == {datetime(2026, 11, 21, 0, 30, tzinfo=UTC)}
        assert [(c.free, c.occupied, c.event_id) for c in counts] == [
            (57, None, None),
            (None, 113, "20261121-0830-7"),
        ]

    @pytest.mark.parametrize("words", [SpaceClass, Access, Datum, LotKind])
    def test_every_word_that_we_read_is_described(self, words: type[SpaceClass]) -> None:
        assert all(f"`{word.value}`" in DESCRIBED for word in words)

    def test_every_field_that_we_describe_is_read(self) -> None:
        rows = re.findall(r"^\| ((?:`[^`]+`(?:, | / )?)+) \|", DESCRIBED, flags=re.M)
        named = {name.removeprefix("counts[].") for row in rows for name in re.findall(r"`([^`]+)`", row)}
        source = (Path(__file__).parents[2] / "integrations/sources/plain/protocol.py").read_text()
        assert len(named) >= 20
        assert {name for name in named if f'"{name}"' not in source} == set()


class TestALot:
    @pytest.mark.parametrize("missing", ["name", "lat", "lon"])
    def test_a_description_lacks_nothing(self, missing: str) -> None:
        parsed = parse({key: value for key, value in LOT.items() if key != missing} | {"counts": [COUNT]})
        assert (parsed.lots, len(parsed.counts)) == ((), 1)
        assert [(p.record, p.kind, p.field) for p in parsed.problems] == [
            ("p1", ProblemKind.MISSING_FIELD, missing)
        ]

    def test_null_is_unknown_and_no_problem(self) -> None:
        optional = ("datum", "kind", "access", "address", "operator", "opening_hours")
        optional += ("hours_note", "max_height_cm", "counts")
        parsed = parse(LOT | dict.fromkeys(optional))
        assert parsed.problems == ()
        (lot,) = parsed.lots
        assert (lot.opening_hours, lot.max_height_cm, lot.kind, dict(lot.spaces)) == (None, None, None, {})

    @pytest.mark.parametrize(
        ("field", "value", "kind"),
        [
            ("kind", "underground", ProblemKind.BAD_VALUE),
            ("access", "everybody", ProblemKind.BAD_VALUE),
            ("access", ["public"], ProblemKind.BAD_VALUE),
            ("max_height_cm", 2.1, ProblemKind.OUT_OF_RANGE),
            ("max_height_cm", "low", ProblemKind.BAD_VALUE),
            ("address", 7, ProblemKind.BAD_VALUE),
            ("operator", "城投\u0000公司", ProblemKind.BAD_VALUE),
            ("opening_hours", "全天开放", ProblemKind.UNPARSED_HOURS),
            ("counts", {"general": 7}, ProblemKind.BAD_VALUE),
        ],
    )
    def test_a_bad_detail_is_left_out_and_the_lot_is_taken(
        self, field: str, value: object, kind: ProblemKind
    ) -> None:
        parsed = parse(LOT | {field: value})
        assert [lot.external_id for lot in parsed.lots] == ["p1"]
        assert [(p.record, p.kind, p.field) for p in parsed.problems] == [("p1", kind, field)]
        assert parsed.lots[0].hours_note == ("全天开放" if field == "opening_hours" else None)

    @pytest.mark.parametrize("datum", ["GCJ02", "bd-09", "EPSG:4326", 4326])
    def test_a_datum_that_is_not_ours_refuses_the_lot(self, datum: object) -> None:
        parsed = parse(LOT | {"datum": datum})
        assert parsed.lots == ()
        assert [(p.kind, p.field) for p in parsed.problems] == [(ProblemKind.BAD_VALUE, "datum")]

    def test_fields_that_version_1_does_not_know_are_left_alone(self) -> None:
        assert parse(LOT | {"colour": "blue"}, weather="fine").problems == ()


class TestACount:
    @pytest.mark.parametrize(
        ("group", "kind"),
        [
            (COUNT | {"class": "rocket"}, ProblemKind.BAD_VALUE),
            (COUNT | {"class": None}, ProblemKind.MISSING_FIELD),
            (COUNT | {"class": ["general"]}, ProblemKind.BAD_VALUE),
            (COUNT | {"free": -1}, ProblemKind.NEGATIVE),
            (COUNT | {"capacity": -1}, ProblemKind.NEGATIVE),
            (COUNT | {"capacity": 10**9}, ProblemKind.TOO_LARGE),
            (COUNT | {"occupied": 1.5}, ProblemKind.BAD_VALUE),
            (COUNT | {"free": False}, ProblemKind.BAD_VALUE),
            (COUNT | {"as_of": "2026-11-21T08:29:00"}, ProblemKind.BAD_VALUE),
            (COUNT | {"as_of": None}, ProblemKind.MISSING_FIELD),
            (COUNT | {"free": 0, "occupied": 0}, ProblemKind.PLACEHOLDER),
            ({"class": "general"}, ProblemKind.NO_COUNT),
            (7, ProblemKind.BAD_VALUE),
            (None, ProblemKind.BAD_VALUE),
        ],
        ids=str,
    )
    def test_a_bad_class_is_told_and_the_other_classes_are_taken(self, group: Any, kind: ProblemKind) -> None:
        other = COUNT | {"class": "charging"}
        parsed = parse(LOT | {"counts": [group, other]})
        assert [count.space_class for count in parsed.counts] == [SpaceClass.CHARGING]
        assert [p.kind for p in parsed.problems] == [kind]
        assert parsed.lots[0].spaces[SpaceClass.CHARGING] == 100

    def test_a_class_told_twice_and_differently_is_believed_neither_time(self) -> None:
        parsed = parse({"id": "p1", "counts": [COUNT, COUNT | {"free": 70}]})
        assert parsed.counts == ()
        assert {p.kind for p in parsed.problems} == {ProblemKind.REPEATED}

    def test_a_class_told_twice_alike_is_taken_once(self) -> None:
        parsed = parse({"id": "p1", "counts": [COUNT, COUNT]})
        assert [count.free for count in parsed.counts] == [7]

    def test_a_capacity_alone_describes_and_does_not_count(self) -> None:
        parsed = parse(
            LOT | {"counts": [{"class": "general", "capacity": 0}, {"class": "bus", "capacity": 4}]}
        )
        assert (dict(parsed.lots[0].spaces), parsed.counts, parsed.problems) == (
            {SpaceClass.GENERAL: 0, SpaceClass.BUS: 4},
            (),
            (),
        )

    def test_unknown_is_neither_zero_nor_a_problem(self) -> None:
        parsed = parse(
            {"id": "p1", "counts": [COUNT | {"free": None}]}, generated_at="2026-11-21T08:29:00+08:00"
        )
        assert parsed == Parsed(records=1)

    def test_a_document_time_without_an_offset_is_told_once_and_gives_no_counts(self) -> None:
        untimed = {key: value for key, value in COUNT.items() if key != "as_of"}
        parsed = parse({"id": "p1", "counts": [untimed]}, generated_at="2026-11-21T08:29:00")
        assert parsed.counts == ()
        assert [(p.record, p.kind) for p in parsed.problems] == [
            ("document", ProblemKind.BAD_VALUE),
            ("p1", ProblemKind.MISSING_FIELD),
        ]
