"""What was reported, what is owed, and what does it say of a lot?"""

from parking.complaints.queries.complaints import (
    EVERYTHING,
    Asked,
    ComplaintPage,
    ComplaintRow,
    ComplaintView,
    Photo,
    Reach,
    StepView,
    complaint,
    complaints,
    counts,
    photo,
)
from parking.complaints.queries.numbers import (
    DoubtedLot,
    Numbers,
    by_district,
    by_kind,
    by_lot,
    by_month,
    doubted_lots,
    lot_scores,
)

__all__ = [
    "EVERYTHING",
    "Asked",
    "ComplaintPage",
    "ComplaintRow",
    "ComplaintView",
    "DoubtedLot",
    "Numbers",
    "Photo",
    "Reach",
    "StepView",
    "by_district",
    "by_kind",
    "by_lot",
    "by_month",
    "complaint",
    "complaints",
    "counts",
    "doubted_lots",
    "lot_scores",
    "photo",
]
