"""What may happen to a document on its way, and where in it?"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

JUNK = st.one_of(
    st.binary(max_size=20), st.text(max_size=10).map(lambda text: text.encode("utf-8", "ignore"))
)


def damaged(body: bytes, at: float, cut: int, junk: bytes) -> bytes:
    """Junk in the place of `cut` bytes, from a share 0 <= at < 1 of the body on."""
    start = int(at * len(body))
    return body[:start] + junk + body[start + cut :]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a JSON value."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in [(value, key), *places(value[key])]]
