"""What may be done with what people report?"""

from parking.complaints.service.codes import find_by_code
from parking.complaints.service.forgetting import due_soon_ids, erase_personal, personal_ids
from parking.complaints.service.handling import answer, close, forward, join, reject, remind, reopen, take_on
from parking.complaints.service.limits import allow_complaint, prune_attempts
from parking.complaints.service.receiving import (
    ComplaintDraft,
    Received,
    check_complaint,
    complain,
    phone_of,
)

__all__ = [
    "ComplaintDraft",
    "Received",
    "allow_complaint",
    "answer",
    "check_complaint",
    "close",
    "complain",
    "due_soon_ids",
    "erase_personal",
    "find_by_code",
    "forward",
    "join",
    "personal_ids",
    "phone_of",
    "prune_attempts",
    "reject",
    "remind",
    "reopen",
    "take_on",
]
