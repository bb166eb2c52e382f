"""The JSON of the ParkAPI v1 line, which many German cities and their apps speak."""

from integrations.adapters import FeedAdapter
from integrations.sources.parkapi_v1.manifest import MANIFEST
from integrations.sources.parkapi_v1.protocol import parse

ADAPTER = FeedAdapter(MANIFEST, parse)
