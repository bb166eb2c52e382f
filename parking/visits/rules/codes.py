"""How often may the code of a visit be wrong?"""

from __future__ import annotations

from datetime import timedelta

from parking.kernel.codes import LENGTH, new_code, typed, written

__all__ = ["LENGTH", "MOST_PER_LOT", "MOST_PER_NETWORK", "WINDOW", "new_code", "typed", "written"]

WINDOW = timedelta(minutes=15)
MOST_PER_NETWORK = 10
# 40 bits in a code: with a thousand vehicles inside, this many guesses hit one in 10^4 years.
MOST_PER_LOT = 300
