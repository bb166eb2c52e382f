"""Which dialects can a source speak? The explicit list; a new adapter is one line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from integrations.sources import datex2, parkapi_v1, plain
from parking.boundary.feeds import SourceAdapter

SOURCE_ADAPTERS: Mapping[str, SourceAdapter] = MappingProxyType(
    {module.ADAPTER.manifest.name: module.ADAPTER for module in (datex2, parkapi_v1, plain)}
)
