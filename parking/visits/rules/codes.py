"""How often may the code of a visit be wrong?"""

from __future__ import annotations

from datetime import timedelta

from parking.kernel.limits import Limit

WINDOW = timedelta(minutes=15)
WRONG_BY_NETWORK = Limit(10, WINDOW)
# 40 bits in a code: with a thousand vehicles inside, this many guesses hit one in 10^4 years.
WRONG_AT_LOT = Limit(300, WINDOW)
