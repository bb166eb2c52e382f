"""What follows from what was seen on the ground?"""

from parking.inspections.rules.checklists import (
    ChecklistItem,
    InspectionKind,
    ItemResult,
    Outcome,
    checklist,
    grade_of,
    read_results,
)
from parking.inspections.rules.dues import days_of, due_on, escalation_level
from parking.inspections.rules.findings import (
    ADDING,
    ENDED,
    OWED_BY,
    TRANSITIONS,
    FindingState,
    FindingStep,
    Grade,
    may,
    next_state,
    replay,
)
from parking.inspections.rules.plans import LotFacts, PlanRule, chosen, is_filed
from parking.inspections.rules.scores import (
    FindingTold,
    MinutesTold,
    MonthFacts,
    OrderTold,
    Score,
    ScoreLine,
    reckon,
)

__all__ = [
    "ADDING",
    "ENDED",
    "OWED_BY",
    "TRANSITIONS",
    "ChecklistItem",
    "FindingState",
    "FindingStep",
    "FindingTold",
    "Grade",
    "InspectionKind",
    "ItemResult",
    "LotFacts",
    "MinutesTold",
    "MonthFacts",
    "OrderTold",
    "Outcome",
    "PlanRule",
    "Score",
    "ScoreLine",
    "checklist",
    "chosen",
    "days_of",
    "due_on",
    "escalation_level",
    "grade_of",
    "is_filed",
    "may",
    "next_state",
    "read_results",
    "reckon",
    "replay",
]
