"""Do colours follow the scheme alone, so that a page whose contrast was looked at needs no second look?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import parking
from tests.browser.conftest import SHOWN_WIDE_ONLY

SHEETS = [each for each in Path(parking.__file__).parent.rglob("*.css") if "vendor" not in each.parts]
FOR_A_WIDTH = re.compile(r"@media[^{]*width[^{]*\{((?:[^{}]*\{[^{}]*\})*)\s*\}")
COLOUR = re.compile(r"(?<![\w-])(?:color|background(?:-\w+)?|opacity|filter|fill|stroke)\s*:[^;}]*")


def _rules_for_widths() -> Iterator[tuple[str, str]]:
    """Each rule that holds in some widths only: selectors and declarations."""
    for sheet in SHEETS:
        for block in re.findall(
            r"@media[^{]*width[^{]*\{((?:[^{}]*\{[^{}]*\})*)\s*\}", sheet.read_text("utf-8")
        ):
            for selectors, declarations in re.findall(r"([^{}]+)\{([^{}]*)\}", block):
                yield selectors.strip(), declarations


def test_no_width_changes_a_colour() -> None:
    rules = list(_rules_for_widths())
    assert len(rules) > 30
    told = {found.strip() for _, declarations in rules for found in COLOUR.findall(declarations)}
    # The quiet words before the cells of a narrow table; a narrow window is always looked at.
    assert told <= {"color: var(--quiet)"}


def test_what_a_narrow_window_hides_is_known() -> None:
    hidden = [
        each.strip()
        for selectors, declarations in _rules_for_widths()
        if re.search(r"display\s*:\s*none|clip-path|visibility", declarations)
        for each in selectors.split(",")
    ]
    assert len(hidden) >= 4
    assert [each for each in hidden if not each.endswith(SHOWN_WIDE_ONLY)] == []
