"""What may be lent, passed and booked?"""

from parking.sharing.rules.passes import (
    LONGEST_SPAN,
    REASON_LENGTH,
    PassAsked,
    lets_in,
    pass_problems,
)

__all__ = ["LONGEST_SPAN", "REASON_LENGTH", "PassAsked", "lets_in", "pass_problems"]
