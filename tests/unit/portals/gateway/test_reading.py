"""The quick way to read a passage and its schema take the same passages, and read the same from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as some
from marshmallow import ValidationError

from parking.portals._http.fields import instant_of
from parking.portals.gateway import reading
from parking.portals.gateway.rates import Bucket, Buckets, Rate

_TEXTS = some.text(max_size=70) | some.sampled_from(["entry", "exit", "blue", "casual", "320999-0001", ""])
_INSTANTS = some.sampled_from(
    [
        "2026-11-21T18:30:00+08:00",
        "2026-11-21t10:30:00z",
        "2026-11-21T18:30:00",
        "1969-12-31T23:00:00Z",
        "18:30",
    ]
)
_VALUES = (
    _TEXTS | some.none() | some.booleans() | some.integers() | some.lists(some.text(max_size=3), max_size=2)
)
_GOOD = {
    "event_id": some.text(min_size=1, max_size=70),
    "direction": some.sampled_from(["entry", "exit"]),
    "plate": some.text(max_size=40),
    "colour": some.sampled_from(["blue", "green", "pink"]),
    "stay": some.sampled_from(["casual", "shared"]),
    "resent": some.booleans(),
}
_PASSAGES = some.fixed_dictionaries(
    {"at": _INSTANTS, "lot": some.text(min_size=1, max_size=70)},
    optional={**_GOOD, "lane": _VALUES, "stay_id": _VALUES, "unknown": _VALUES},
) | some.dictionaries(some.sampled_from(["at", "lot", "lane", "plate", "direction", "colour"]), _VALUES)


def by_the_schema(told: dict[str, Any]) -> Any:
    try:
        return reading._of(reading.PASSAGE.load(told))
    except ValidationError:
        return None


@given(_PASSAGES)
def test_what_is_read_quickly_is_read_like_the_schema_reads_it(told):
    quick = reading.quickly(told)
    if quick is not None:
        assert quick == by_the_schema(told)


def test_the_usual_passage_is_read_quickly():
    told = {"event_id": "e-1", "at": "2026-11-21T18:30:00+08:00", "lot": "x", "plate": "", "stay": "casual"}
    assert reading.quickly(told) == by_the_schema(told) is not None


def test_no_offset_is_left_for_the_database_to_refuse():
    at = {text: instant_of(f"2026-11-21T10:00:00{text}") for text in ("Z", "+08:00", "+23:59", "-08:00:00.5")}
    assert all(each is not None and each.utcoffset() == timedelta(0) for each in at.values())
    assert at["+23:59"] == datetime(2026, 11, 20, 10, 1, tzinfo=UTC)


def test_a_bucket_fills_again_and_holds_no_more_than_its_burst():
    buckets = Buckets({Bucket.LIVE: Rate(2.0, 3)})
    assert [buckets.take("a", Bucket.LIVE, 0.0).allowed for _ in range(4)] == [True, True, True, False]
    assert buckets.take("a", Bucket.LIVE, 0.4).reset_s == 1
    assert buckets.take("a", Bucket.LIVE, 0.5).allowed
    assert [buckets.take("a", Bucket.LIVE, 100.0).allowed for _ in range(4)] == [True, True, True, False]
    # A clock that steps back gives nothing away, and another client has a bucket of its own.
    assert not buckets.take("a", Bucket.LIVE, 99.0).allowed
    assert buckets.take("b", Bucket.LIVE, 99.0).allowed
