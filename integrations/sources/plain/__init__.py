"""Our own plain JSON: what we ask a new lot to serve."""

from integrations.adapters import FeedAdapter
from integrations.sources.plain.manifest import MANIFEST
from integrations.sources.plain.protocol import parse

ADAPTER = FeedAdapter(MANIFEST, parse)
