"""The guide names the scopes that there are, and all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from parking.accounts.rules import Scope

DOCS = Path(__file__).parents[4] / "docs"


@pytest.mark.parametrize("name", ["gateway.md", "gateway.zh.md"])
def test_the_guide_names_every_scope_and_no_other(name: str) -> None:
    told = set(
        re.findall(r"\| ([a-z-]+:[a-z]+) \|$", (DOCS / name).read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert told == {str(scope) for scope in Scope}
