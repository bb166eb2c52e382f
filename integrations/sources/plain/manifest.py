"""What is this adapter, for the console and the documents?"""

from parking.boundary.feeds import Manifest

MANIFEST = Manifest(
    name="plain",
    speaks="our plain JSON, version 1: lots, counts or both (docs/feeds.md)",
    authenticates="none",
    owner="guidance",
    state="proven with our own recorded documents and the simulator",
)
