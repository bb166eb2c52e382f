"""Which names may mappings have, and where does a source's mapping come from?"""

from __future__ import annotations

import re
from collections.abc import Collection

from parking.boundary.feeds import PRESET

_NAME = re.compile(r"[^\s:/][^:/]{0,59}")


def is_mapping_name(name: str) -> bool:
    """Whether one of ours may be called so: 1 to 60 characters, no ":" and "/"."""
    return name == name.strip() and name.isprintable() and _NAME.fullmatch(name) is not None


def preset_named(mapping: str, presets: Collection[str]) -> str | None:
    """The name of the mapping that ships, where `mapping` is one that there is."""
    name = mapping.removeprefix(PRESET)
    return name if mapping.startswith(PRESET) and name in presets else None
