"""Whatever an adapter says of what it cannot take is told in words, not by its code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from parking.portals._http.visit_texts import REFUSALS

ROOT = Path(__file__).parents[3]
SAYING = {"Refused", "GateUnreadable"}
# What is said stands behind who says it.
KEEPING = {"keep_refused", "_refused"}


def reasons_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        said = node.args[:1] if name in SAYING else node.args if name in KEEPING else []
        words = [each for arg in said for each in ast.walk(arg) if isinstance(each, ast.Constant)]
        yield from (each.value for each in words[:1] if isinstance(each.value, str))
        if name in SAYING and said and isinstance(said[0], ast.IfExp):
            yield from (
                each.value for each in (said[0].body, said[0].orelse) if isinstance(each, ast.Constant)
            )


def test_every_reason_that_is_given_has_words() -> None:
    files = [
        *ROOT.glob("integrations/gate_*.py"),
        *ROOT.glob("integrations/gates/**/*.py"),
        *ROOT.glob("parking/portals/gateway/compat*.py"),
        ROOT / "parking/visits/service/receiving.py",
    ]
    found = {reason for path in files for reason in reasons_in(path)}
    assert {"too_long", "serial_differs", "direction_missing", "not_an_entry"} <= found
    assert found <= set(REFUSALS)
