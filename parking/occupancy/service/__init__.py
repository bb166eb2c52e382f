"""What can be done with counts: told by a source, set by a person, taken back, kept as history."""

from parking.occupancy.rules import CountInput, PassageInput
from parking.occupancy.service.carrying import carry_counts
from parking.occupancy.service.corrections import HAND, note_void, set_count_by_hand, void_fact
from parking.occupancy.service.doubts import set_doubts
from parking.occupancy.service.held import held_now, locks_of, locks_of_counts, locks_of_void
from parking.occupancy.service.history import fold_history, prune_facts
from parking.occupancy.service.levels import write_level_day
from parking.occupancy.service.passing import (
    LAY_FACTS,
    Passed,
    Sourced,
    ask_for_locks,
    ask_gates,
    follow,
    lock_for_passages,
    pass_through,
)
from parking.occupancy.service.recording import RecordedCounts, record_counts, record_passages
from parking.occupancy.service.sources import declare_source, hand_over_counters, withdraw_source
from parking.occupancy.service.stepping import FOLLOW_PLAINLY, NOT_PLAIN, plain_values

__all__ = [
    "FOLLOW_PLAINLY",
    "HAND",
    "LAY_FACTS",
    "NOT_PLAIN",
    "CountInput",
    "PassageInput",
    "Passed",
    "RecordedCounts",
    "Sourced",
    "ask_for_locks",
    "ask_gates",
    "carry_counts",
    "declare_source",
    "fold_history",
    "follow",
    "hand_over_counters",
    "held_now",
    "lock_for_passages",
    "locks_of",
    "locks_of_counts",
    "locks_of_void",
    "note_void",
    "pass_through",
    "plain_values",
    "prune_facts",
    "record_counts",
    "record_passages",
    "set_count_by_hand",
    "set_doubts",
    "void_fact",
    "withdraw_source",
    "write_level_day",
]
