"""Claims about what the lines of an answer may do to us: nothing, however odd they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from integrations.http_exchanges import retry_after_s, validator


@pytest.mark.parametrize(
    "told",
    [
        "Mon, 01 Jan 99999999999999 00:00:00 GMT",
        "Mon, 01 Jan 2026 99999999999999:00:00 GMT",
        "Mon, 01 Jan 2026 00:00:00 +99999999999999999",
        "9" * 5_000 + " Jan 2026",
        "-1",
        "soon",
        "",
    ],
)
def test_an_instant_that_is_none_is_no_wish_to_be_left_alone(told: str) -> None:
    assert retry_after_s({"Retry-After": told}) is None
    assert retry_after_s({"Retry-After": "7", "Date": told}) == 7


def test_an_instant_is_told_by_the_other_sides_clock() -> None:
    at = {"Retry-After": "Mon, 01 Jan 2001 00:01:00 GMT", "Date": "Mon, 01 Jan 2001 00:00:00 GMT"}
    assert retry_after_s(at) == 60
    assert retry_after_s({**at, "Date": "Mon, 01 Jan 99999999999999 00:00:00 GMT"}) == 0
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert retry_after_s({"Retry-After": last.strftime("%a, %d %b %Y %H:%M:%S -2359")}) > 10**11


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (None, None),
        ('W/"a-1"', 'W/"a-1"'),
        ("Mon, 01 Jan 2001 00:00:00 GMT", "Mon, 01 Jan 2001 00:00:00 GMT"),
        ('"a\0"', None),
        ('"a\r\n b"', None),
        ('"' + "a" * 60_000 + '"', None),
    ],
    ids=lambda told: str(told)[:12],
)
def test_only_what_the_database_and_another_ask_can_carry_is_said_again(
    told: str | None, kept: str | None
) -> None:
    assert validator(told) == kept
