"""What do we know of the counters now, and what was it at each quarter of an hour?"""

from parking.occupancy.queries.counters import (
    MeanCount,
    ServiceLevel,
    SlotView,
    counter_views,
    history,
    mean_counts,
    service_levels,
)
from parking.occupancy.queries.facts import (
    FactsOfCounter,
    asked_row,
    load_facts,
    load_present,
    rows_as_json,
    voided,
)
from parking.occupancy.rules import CounterView

__all__ = [
    "CounterView",
    "FactsOfCounter",
    "MeanCount",
    "ServiceLevel",
    "SlotView",
    "asked_row",
    "counter_views",
    "history",
    "load_facts",
    "load_present",
    "mean_counts",
    "rows_as_json",
    "service_levels",
    "voided",
]
