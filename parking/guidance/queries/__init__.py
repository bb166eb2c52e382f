"""Which sources are there, how are they, and what did they tell us that we did not take?"""

from parking.guidance.queries.preview import pulls_of_draft, speakers
from parking.guidance.queries.sources import (
    CandidateView,
    DifferenceView,
    MappingView,
    PullView,
    SourceView,
    SpeakerView,
    by_name,
    candidates,
    differences,
    find,
    get,
    links,
    lots_changed_since_static,
    mapping_versions,
    newest_text,
    source_views,
    sources_of_lot,
)

__all__ = [
    "CandidateView",
    "DifferenceView",
    "MappingView",
    "PullView",
    "SourceView",
    "SpeakerView",
    "by_name",
    "candidates",
    "differences",
    "find",
    "get",
    "links",
    "lots_changed_since_static",
    "mapping_versions",
    "newest_text",
    "pulls_of_draft",
    "source_views",
    "sources_of_lot",
    "speakers",
]
