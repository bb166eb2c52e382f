"""Which sources do we pull, how are they, and which of their lots are ours?"""

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
    "Candidate",
    "Difference",
    "Pull",
    "Source",
    "SourceCredential",
    "SourceExchange",
    "SourceHost",
    "SourceLot",
    "SourceMapping",
]
