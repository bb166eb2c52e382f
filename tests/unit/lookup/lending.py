"""What lends its spaces in these tests, and when?"""

from __future__ import annotations

from datetime import timedelta

from parking.kernel.vocabulary import SpaceClass
from parking.lookup.queries import Window
from tests.factories.lookup import NOW

HOUR = timedelta(hours=1)


# From 19:00 on Friday to 07:30 on Saturday in the city.
EVENING, MORNING = NOW + 9 * HOUR, NOW + 21.5 * HOUR


OFFICE = "Mo-Fr 07:30-19:00"


def a_window(lot_id: str = "school", number: int = 1, **told) -> Window:
    """40 general spaces from 19:00 to 07:30, 10 of them taken."""
    usual = {"space_class": SpaceClass.GENERAL, "from_at": EVENING, "until_at": MORNING}
    return Window(f"w{number}", "agreement", lot_id, **{**usual, "spaces": 40, "taken": 10, **told})
