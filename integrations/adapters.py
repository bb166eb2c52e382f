"""What does every adapter of a pulled feed look like from outside?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from parking.boundary.feeds import Manifest, ParseContext, Parsed


@dataclass(frozen=True, slots=True)
class FeedAdapter:
    """A `boundary.feeds.SourceAdapter` made of a manifest and a pure function."""

    manifest: Manifest
    read: Callable[[bytes, ParseContext], Parsed]

    def parse(self, body: bytes, context: ParseContext) -> Parsed:
        """Read a static, live or combined document. Raises FeedBroken when nothing can be read."""
        return self.read(body, context)
