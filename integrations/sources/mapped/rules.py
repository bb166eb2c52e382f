"""What is guidance told of mappings? The presets, and what is wrong in a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from integrations.sources.mapped.reading import examine
from parking.boundary.feeds import MappingCheck


@dataclass(frozen=True, slots=True)
class Rules:
    """The `boundary.feeds.MappingRules` of this adapter."""

    presets: Mapping[str, str]

    def check(self, mapping: str) -> MappingCheck:
        """Every fault and every doubt of a mapping's text at once."""
        return examine(mapping)[1]
