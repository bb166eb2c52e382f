"""When is a lot connected, and when is it silent?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from parking.kernel.vocabulary import Mark, SpaceClass
from parking.occupancy.rules import Connection, CounterView, connection_of
from tests.factories.city import NOW

SINCE = NOW - timedelta(days=30)


def counted(minutes_ago: float, *marks: Mark, is_moved: bool = False) -> CounterView:
    """A count that is told for 15 minutes."""
    as_of = NOW - timedelta(minutes=minutes_ago)
    return CounterView(
        "lot", SpaceClass.GENERAL, "free", 5, as_of, "feed:x", marks, 300, 900, None, 0, is_moved
    )


@pytest.mark.parametrize(
    ("since", "views", "expected"),
    [
        (None, [], Connection.NOT_CONNECTED),
        # Somebody set a number by hand: that connects nobody.
        (None, [counted(1, Mark.HAND_SET)], Connection.NOT_CONNECTED),
        (SINCE, [counted(1)], Connection.CONNECTED),
        (SINCE, [counted(40), counted(14.9)], Connection.CONNECTED),
        (SINCE, [counted(15)], Connection.SILENT),
        (SINCE, [], Connection.SILENT),
        (SINCE, [counted(40), counted(1, Mark.HAND_SET)], Connection.SILENT),
        # Gates count on from what somebody set.
        (SINCE, [counted(1, Mark.HAND_SET, is_moved=True)], Connection.CONNECTED),
        (SINCE, [counted(15, Mark.HAND_SET, is_moved=True)], Connection.SILENT),
    ],
)
def test_a_connected_lot_is_one_whose_own_counts_are_fresh(since, views, expected) -> None:
    assert connection_of(since, views, NOW) is expected
