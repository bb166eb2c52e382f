"""What was filed, what waits, what holds?"""

from parking.filings.queries.certificates import (
    certificate,
    certificate_of_lot,
    certificates,
    place_after,
    valid_certificates,
)
from parking.filings.queries.comparing import candidates, changes, check_proposed, standing_answers
from parking.filings.queries.filings import filing, filings_of
from parking.filings.queries.notices import notice
from parking.filings.queries.queue import queue, queue_counts
from parking.filings.queries.views import (
    CertificateView,
    Change,
    FilingRow,
    FilingView,
    NoticeView,
    PaperView,
    QueueCounts,
    QueuePage,
    QueueRow,
    StepView,
)
from parking.lots.queries import Candidate

__all__ = [
    "Candidate",
    "CertificateView",
    "Change",
    "FilingRow",
    "FilingView",
    "NoticeView",
    "PaperView",
    "QueueCounts",
    "QueuePage",
    "QueueRow",
    "StepView",
    "candidates",
    "certificate",
    "certificate_of_lot",
    "certificates",
    "changes",
    "check_proposed",
    "filing",
    "filings_of",
    "notice",
    "place_after",
    "queue",
    "queue_counts",
    "standing_answers",
    "valid_certificates",
]
