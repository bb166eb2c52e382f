"""Which tables hold passages, visits and charges? A module that is not imported here is no table."""

from parking.visits.models.charges import (
    Charge,
    ChargeEntry,
    ChargeLot,
    ChargeRefund,
    CodeAttempts,
    EtcTransaction,
    PayTicket,
    Reconciliation,
    ReconciliationLine,
    VisitCode,
)
from parking.visits.models.passages import Passage
from parking.visits.models.pulls import CloudPull
from parking.visits.models.quarantine import Quarantined
from parking.visits.models.visits import PairingFailure, PlateLink, Visit

__all__ = [
    "Charge",
    "ChargeEntry",
    "ChargeLot",
    "ChargeRefund",
    "CloudPull",
    "CodeAttempts",
    "EtcTransaction",
    "PairingFailure",
    "Passage",
    "PayTicket",
    "PlateLink",
    "Quarantined",
    "Reconciliation",
    "ReconciliationLine",
    "Visit",
    "VisitCode",
]
