"""Which mappings ship with the product?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

_FOLDER = Path(__file__).with_name("presets")

# By the file's name without its ending. What is wrong in one is found by the tests, not when a feed is read.
PRESETS: Mapping[str, str] = MappingProxyType(
    {file.stem: file.read_text("utf-8") for file in sorted(_FOLDER.glob("*.toml"))}
)
