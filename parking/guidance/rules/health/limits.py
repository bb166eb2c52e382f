"""From which numbers on is something odd? The bureau sets them, as dated values of the city's profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

_PART = "health."


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds of all rules; each may be set as `health.<name>` of the city."""

    # Unchanged for so many hours and for so many times its own longest still.
    frozen_hours: int = 6
    frozen_full_hours: int = 72
    frozen_times: int = 2
    # So long at most, however long it ever stood: or who stands ever longer would be believed for ever.
    frozen_most_hours: int = 72
    frozen_full_most_hours: int = 336
    frozen_least_spaces: int = 20
    # A step within a quarter of an hour: share of the capacity, spaces, times its own largest step.
    jump_percent: int = 40
    jump_least_spaces: int = 20
    jump_times: int = 2
    # A step of this share is one, however large its own are.
    jump_most_percent: int = 90
    # How far (percent of the capacity) free, or the sum of a lot's counters, may stand above it.
    above_percent: int = 2
    sum_percent: int = 2
    # Correlation with its own past, in percent below zero.
    reversed_percent: int = 50
    clock_ahead_s: int = 120
    clock_behind_s: int = 600
    vanished_percent: int = 20
    repeated_percent: int = 5
    silent_minutes: int = 15
    # An anomaly of single counts closes when it was not seen for so long.
    calm_minutes: int = 30
    # No second message about a source within so many hours.
    quiet_hours: int = 12


def limits_of(told: Mapping[str, Any]) -> Limits:
    """The limits as a city's named values tell them (`health.frozen_hours`); what is not told is as above."""
    known = {field.name: told.get(_PART + field.name) for field in fields(Limits)}
    return Limits(**{name: int(value) for name, value in known.items() if value is not None})
