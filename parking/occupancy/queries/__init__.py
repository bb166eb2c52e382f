"""What do we know of the counters now, and what was it at each quarter of an hour?"""

from parking.occupancy.queries.counters import (
    MeanCount,
    SlotView,
    counter_views,
    history,
    mean_counts,
)
from parking.occupancy.queries.courses import SourceTold, courses, told_by_sources
from parking.occupancy.queries.facts import (
    CountKept,
    FactsOfCounter,
    asked_row,
    counts_told,
    load_facts,
    load_present,
    voided,
)
from parking.occupancy.queries.levels import (
    level_days,
    level_months,
    levels_by_source_and_lot,
    service_levels,
    source_level_days,
    source_levels,
)
from parking.occupancy.rules import CounterView, ServiceLevel

__all__ = [
    "CountKept",
    "CounterView",
    "FactsOfCounter",
    "MeanCount",
    "ServiceLevel",
    "SlotView",
    "SourceTold",
    "asked_row",
    "counter_views",
    "counts_told",
    "courses",
    "history",
    "level_days",
    "level_months",
    "levels_by_source_and_lot",
    "load_facts",
    "load_present",
    "mean_counts",
    "service_levels",
    "source_level_days",
    "source_levels",
    "told_by_sources",
    "voided",
]
