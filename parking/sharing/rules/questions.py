"""After which months are the parties of an agreement asked why nobody used it, and what is an answer?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from parking.kernel.days import month_after
from parking.sharing.rules.agreements import AgreementState
from parking.sharing.rules.evidence import Evidence

REASON_MOST = 500


@dataclass(frozen=True, slots=True)
class Held:
    """How an agreement stands, held on the city days [from_on, until_on) and in force since a city day.

    `was_suspended`: a window of the month stayed shut because the agreement was suspended, or all did.
    """

    state: AgreementState
    from_on: date
    until_on: date
    in_force_on: date | None
    is_ending: bool
    was_suspended: bool


def is_asked(held: Held, found: Evidence, month_on: date) -> bool:
    """Whether a month that is over raises the question: spaces stood open in all of it, and nobody came.

    An agreement that began or ended within the month was not unused for a month; one whose end is decided,
    or that was suspended for a part of the month, has nothing to explain.
    """
    first_on, after_on = month_on.replace(day=1), month_after(month_on)
    held_all = (
        held.in_force_on is not None
        and max(held.from_on, held.in_force_on) <= first_on
        and held.until_on >= after_on
    )
    stands = held.state is not AgreementState.ENDED and not held.is_ending
    return found.is_unused and held_all and stands and not held.was_suspended
