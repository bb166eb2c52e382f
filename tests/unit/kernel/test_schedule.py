"""Claims about when a source is asked again."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from parking.kernel.schedule import (
    BREAKER_OPENS_AT,
    LONGEST_BACK_OFF_S,
    breaker_is_open,
    delay_s,
    next_due_at,
    phase_s,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
keys = st.text("abcdefgh0123456789:", min_size=3, max_size=20)
intervals = st.integers(5, 7 * 86_400)


@given(keys, intervals, st.integers(0, 20), st.floats(0, 10 * 365 * 86_400))
def test_the_next_attempt_is_later_than_now_and_not_later_than_its_delay(key, interval_s, failures, later_s):
    now = NOW + timedelta(seconds=later_s)
    wait_s = (next_due_at(key, interval_s, failures, now) - now).total_seconds()
    assert delay_s(interval_s, failures) - interval_s - 1e-3 <= wait_s
    assert 0 < wait_s <= delay_s(interval_s, failures) + 1e-3


@given(keys, intervals)
def test_a_source_that_answers_keeps_its_beat_and_never_drifts(key, interval_s):
    due_at = next_due_at(key, interval_s, 0, NOW)
    for _ in range(5):
        pulled_at = due_at + timedelta(seconds=interval_s * 0.4)
        after = next_due_at(key, interval_s, 0, pulled_at)
        assert abs((after - due_at).total_seconds() - interval_s) < 1e-3
        due_at = after


def test_three_thousand_sources_spread_evenly_over_their_minute():
    seconds = Counter(int(phase_s(f"{number}:live", 60)) for number in range(3000))
    assert len(seconds) == 60
    assert max(seconds.values()) < 2 * 3000 / 60


def test_back_off_doubles_until_the_breaker_opens_and_then_probes_at_the_cap():
    assert [delay_s(60, failures) for failures in range(8)] == [60, 60, 120, 240, 300, 300, 300, 300]
    assert not breaker_is_open(BREAKER_OPENS_AT - 1)
    assert breaker_is_open(BREAKER_OPENS_AT)
    assert delay_s(10, BREAKER_OPENS_AT - 1) == 80
    assert delay_s(10, BREAKER_OPENS_AT) == LONGEST_BACK_OFF_S


def test_back_off_never_asks_more_often_than_the_interval():
    assert {delay_s(3600, failures) for failures in range(10)} == {3600}
