"""Which sources do we pull, how are they, and which of their lots are ours?"""

from parking.guidance.models.health import Anomaly, CounterCourse, PullTally, SourceNotice
from parking.guidance.models.outgoing import SourceCredential, SourceExchange, SourceHost
from parking.guidance.models.sources import (
    Candidate,
    Difference,
    Pull,
    Source,
    SourceLot,
    SourceMapping,
)

__all__ = [
    "Anomaly",
    "Candidate",
    "CounterCourse",
    "Difference",
    "Pull",
    "PullTally",
    "Source",
    "SourceCredential",
    "SourceExchange",
    "SourceHost",
    "SourceLot",
    "SourceMapping",
    "SourceNotice",
]
