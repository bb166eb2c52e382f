"""How often may one place complain, or be wrong about a code?"""

from __future__ import annotations

from datetime import timedelta

from parking.kernel.limits import Limit

# Many telephones of one network share an address: room for a few of them, not for a flood.
POSTED_BY_NETWORK = Limit(10, timedelta(hours=1))
POSTED_ON_LOT = Limit(60, timedelta(hours=1))
# 60 bits in a code: with a million complaints, this many guesses a day hit one in 10^6 years.
WRONG_BY_NETWORK = Limit(10, timedelta(minutes=15))
CODE_LENGTH = 12
LONGEST_WINDOW = timedelta(hours=1)
