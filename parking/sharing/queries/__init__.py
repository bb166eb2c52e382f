"""Which passes stand, what is lent and what is booked?"""

from parking.sharing.queries.keys import months_needed
from parking.sharing.queries.passes import (
    AllowEntry,
    AllowList,
    PassesNow,
    PassView,
    allow_list,
    passes_at,
    passes_of,
)

__all__ = [
    "AllowEntry",
    "AllowList",
    "PassView",
    "PassesNow",
    "allow_list",
    "months_needed",
    "passes_at",
    "passes_of",
]
