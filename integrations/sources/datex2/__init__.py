"""DATEX II version 2, the European exchange format, in its newer and its older parking profile."""

from integrations.adapters import FeedAdapter
from integrations.sources.datex2.manifest import MANIFEST
from integrations.sources.datex2.protocol import parse

ADAPTER = FeedAdapter(MANIFEST, parse)
