"""Which sources are there, how are they, and what did they tell us that we did not take?"""

from parking.guidance.queries.sources import (
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
    "source_views",
    "sources_of_lot",
]
