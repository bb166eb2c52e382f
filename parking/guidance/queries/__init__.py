"""Which sources are there, how are they, and what did they tell us that we did not take?"""

from parking.guidance.queries.drafts import locked
from parking.guidance.queries.preview import pulls_of_draft, pulls_of_source, speakers
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
    running_readers,
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
    "locked",
    "lots_changed_since_static",
    "mapping_versions",
    "newest_text",
    "pulls_of_draft",
    "pulls_of_source",
    "running_readers",
    "source_views",
    "sources_of_lot",
    "speakers",
]
