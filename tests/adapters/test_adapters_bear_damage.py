"""Is there anything in a document that brings an adapter down, or that it believes without sense?"""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.boundary.feeds import FeedBroken, Parsed
from tests.adapters.damage import JUNK, damaged, places
from tests.adapters.dialects import DIALECTS, NOW, ROWS, Dialect, every_dialect, parse


def sane(parsed: Parsed) -> bool:
    """What everybody behind an adapter relies on."""
    for lot in parsed.lots:
        assert -90 <= lot.lat <= 90 and -180 <= lot.lon <= 180
        assert all(spaces >= 0 for spaces in lot.spaces.values())
        assert lot.max_height_cm is None or 100 <= lot.max_height_cm <= 1000
    for count in parsed.counts:
        assert count.as_of.utcoffset() == timedelta(0) and count.as_of <= NOW + timedelta(minutes=5)
        numbers = [n for n in (count.free, count.occupied, count.capacity) if n is not None]
        assert count.free is not None or count.occupied is not None
        assert all(0 <= n <= 100_000 for n in numbers)
    texts = [value for lot in parsed.lots for value in asdict(lot).values() if isinstance(value, str)]
    texts += [text for p in parsed.problems for text in (p.record, p.field or "", p.detail)]
    assert not any("\x00" in text for text in texts)
    ids = [lot.external_id for lot in parsed.lots]
    return len(ids) == len(set(ids))


@every_dialect
@settings(max_examples=60)
@given(
    at=st.floats(0, 1, exclude_max=True),
    cut=st.integers(0, 40),
    junk=JUNK,
    which=st.booleans(),
)
def test_no_damage_brings_an_adapter_down(
    adapter: str, dialect: Dialect, at: float, cut: int, junk: bytes, which: bool
) -> None:
    build: Callable[..., str] = dialect.lots if which else dialect.counts
    try:
        parsed = parse(adapter, damaged(build(ROWS[:2]).encode(), at, cut, junk))
    except FeedBroken:
        return
    assert sane(parsed)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["general", "many"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(("adapter", "dialect"), [d for d in DIALECTS if d[1].is_json], ids=str)
@settings(max_examples=100)
@given(data=st.data())
def test_no_value_in_any_place_brings_an_adapter_down(
    adapter: str, dialect: Dialect, data: st.DataObject
) -> None:
    document = json.loads(data.draw(st.sampled_from([dialect.lots, dialect.counts]))(ROWS[:2]))
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(document)))
        container[key] = data.draw(_JSON)
    try:
        parsed = parse(adapter, json.dumps(document))
    except FeedBroken:
        return
    assert sane(parsed)
