"""Does an OSM `opening_hours` text name a day that its month does not have?

Its library takes such a text for one of every day.
"""

from __future__ import annotations

import re
from calendar import monthrange

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATED = re.compile(rf"(?:\b(\d{{4}}) )?({'|'.join(MONTHS)}) (\d{{1,2}})(?![\d:])")
_COMMENT = re.compile(r'"[^"]*"')
# Without its year a date is one of some year: February has 29 days then.
_LEAP_YEAR = 2024


def names_no_day(canonical: str) -> bool:
    """Whether a text in the library's own spelling names such a day; 29 February is one of leap years."""
    return any(
        int(day) > monthrange(int(year or _LEAP_YEAR), MONTHS.index(month) + 1)[1]
        for year, month, day in _DATED.findall(_COMMENT.sub("", canonical))
    )
