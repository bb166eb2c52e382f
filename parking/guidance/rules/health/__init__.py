"""Does a source tell the truth? Each rule looks at what was told and says, in numbers, what is odd."""

from parking.guidance.rules.health.kinds import MARKS, OF_SOURCES, AnomalyKind, Evidence, Seen, Subject
from parking.guidance.rules.health.tallies import Answer, PullCourse, Tally, Told, counted, hour_of

__all__ = [
    "MARKS",
    "OF_SOURCES",
    "AnomalyKind",
    "Answer",
    "Evidence",
    "PullCourse",
    "Seen",
    "Subject",
    "Tally",
    "Told",
    "counted",
    "hour_of",
]
