"""What may be done on the ground, and with what was found there?"""

from parking.inspections.service.deciding import (
    answer_order,
    close,
    hand_over,
    note_handover_answer,
    recheck,
    withdraw,
)
from parking.inspections.service.escalating import escalate, overdue_ids
from parking.inspections.service.ordering import order_to_put_right
from parking.inspections.service.planning import lots_for, make_plan
from parking.inspections.service.recording import FindingDraft, add_evidence, add_photo, record_finding
from parking.inspections.service.scoring import Complained, months_to_reckon, reckon_month
from parking.inspections.service.sendings import prune_sendings
from parking.inspections.service.visiting import (
    RecordedVisit,
    begin_visit,
    drop_visit,
    record_visit,
)

__all__ = [
    "Complained",
    "FindingDraft",
    "RecordedVisit",
    "add_evidence",
    "add_photo",
    "answer_order",
    "begin_visit",
    "close",
    "drop_visit",
    "escalate",
    "hand_over",
    "lots_for",
    "make_plan",
    "months_to_reckon",
    "note_handover_answer",
    "order_to_put_right",
    "overdue_ids",
    "prune_sendings",
    "recheck",
    "reckon_month",
    "record_finding",
    "record_visit",
    "withdraw",
]
