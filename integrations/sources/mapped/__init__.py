"""Any feed, read by a mapping that says where its lots and counts stand."""

from integrations.adapters import FeedAdapter
from integrations.sources.mapped.manifest import MANIFEST
from integrations.sources.mapped.presets import PRESETS
from integrations.sources.mapped.protocol import parse
from integrations.sources.mapped.rules import Rules

ADAPTER = FeedAdapter(MANIFEST, parse)
RULES = Rules(PRESETS)
