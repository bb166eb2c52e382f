"""How is a figure of a bench written down?"""

from __future__ import annotations

from typing import Any


def figure(
    name: str, value: float, unit: str, limit: float | None = None, better: str = "higher"
) -> dict[str, Any]:
    """A line of the table; `better` says on which side of `limit` it holds."""
    return {"name": name, "value": value, "unit": unit, "limit": limit, "better": better}
