"""In which order are mutants tried?"""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mutants die soonest where the claims about any tariff come after the others, which are quick."""
    if config.getoption("--hypothesis-profile") == "mutants":
        items.sort(key=lambda item: getattr(getattr(item, "obj", None), "is_hypothesis_test", False))
