"""What is kept of passes, agreements, their questions, windows and bookings?"""

from parking.sharing.models.agreements import Agreement, AgreementPart, AgreementParty, AgreementSeries
from parking.sharing.models.bookings import Booking, BookingAttempts, PlateSuspension, WindowUse
from parking.sharing.models.passes import Pass, PassSeries
from parking.sharing.models.pushes import AllowListEntry, AllowListPush
from parking.sharing.models.questions import AgreementAnswer, AgreementQuestion, LeftoversTold
from parking.sharing.models.tidal import TidalArrangement
from parking.sharing.models.windows import Window, WindowRest

__all__ = [
    "Agreement",
    "AgreementAnswer",
    "AgreementPart",
    "AgreementParty",
    "AgreementQuestion",
    "AgreementSeries",
    "AllowListEntry",
    "AllowListPush",
    "Booking",
    "BookingAttempts",
    "LeftoversTold",
    "Pass",
    "PassSeries",
    "PlateSuspension",
    "TidalArrangement",
    "Window",
    "WindowRest",
    "WindowUse",
]
