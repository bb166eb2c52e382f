"""Is there anything in a message that brings a dialect down, or opens a barrier?"""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.registry import GATE_DIALECTS
from parking.boundary.gates import (
    GateUnreadable,
    SignatureWrong,
    Verdict,
)
from tests.adapters.damage import JUNK, damaged, places
from tests.adapters.gate_reading import OPENS, each
from tests.adapters.gate_talk import (
    EVERY,
    Body,
    Fact,
    Talk,
    changed,
)


@each
@settings(max_examples=40)
@given(
    at=st.floats(0, 1, exclude_max=True),
    cut=st.integers(0, 60),
    junk=JUNK,
)
def test_no_damage_brings_a_dialect_down(talk: Talk, at: float, cut: int, junk: bytes) -> None:
    said = talk.say(Fact())
    _survives(talk, changed(said, damaged(said.content, at, cut, junk)))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("9" * 5_000),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize("talk", [t for t in EVERY if t.say(Fact()).content.startswith(b"{")], ids=str)
@settings(max_examples=60)
@given(data=st.data())
def test_no_value_in_any_place_brings_a_dialect_down(talk: Talk, data: st.DataObject) -> None:
    said = talk.say(Fact())
    document = json.loads(said.content)
    place = data.draw(st.sampled_from(places(document)))
    place[0][place[1]] = data.draw(_VALUES)
    _survives(talk, changed(said, json.dumps(document).encode()))


def _survives(talk: Talk, body: Body) -> None:
    """Read or refused, named or not, answered: nothing else is raised, and what is told is sane."""
    GATE_DIALECTS[talk.name].serial_of(talk.request(body))
    try:
        reading = talk.read(body)
    except (GateUnreadable, SignatureWrong):
        return
    for message in reading.messages:
        assert getattr(message, "at", None) is None or message.at.tzinfo is not None
        for name in ("event_id", "lot_key", "lane_key", "serial", "plate", "stay_id", "bay"):
            told = getattr(message, name, None)
            assert told is None or (0 < len(told) <= 128 and "\x00" not in told)
    assert not OPENS.search(talk.reply(body, Verdict.TAKEN, reading).body)
