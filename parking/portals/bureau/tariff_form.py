"""Which document does a clerk's form tell, and at which field stands what is wrong with it?

Money is typed in yuan, times as 08:00; whatever is wrong is told at its field.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from parking.kernel.errors import N_, FieldProblem
from parking.portals.bureau.tariff_fields import SEVERAL, Tree

# How the free minutes are given: (counted_back, inclusive).
FREE_WAYS = {"inclusive": (True, True), "exclusive": (True, False), "deducted": (False, True)}
_MONEY = {"fee", "cap", "most", "monthly", "fen"}
_NO_MONEY = N_("应为金额，如 2 或 2.50")
_TWICE, _MISSING = N_("重复"), N_("缺少这一项")
_ONLY_PLAN = "标准"
_SHORT_TIME = re.compile(r"(\d):([0-5]\d)")
_ZONES = re.compile(r"[、，,;；\n]+")


def plain(text: str) -> str:
    """A text as a machine reads it: full-width figures and colons as the narrow ones, no blanks around."""
    return unicodedata.normalize("NFKC", text).strip()


def _time(text: str) -> str:
    """8:00 is what many type for 08:00."""
    found = plain(text)
    return f"0{found}" if _SHORT_TIME.fullmatch(found) else found


def _number(text: str) -> int | str:
    """A whole number, or what was typed, to be refused where it is read."""
    found = plain(text)
    return int(found) if found.isascii() and found.isdecimal() and len(found) < 10 else found


def names_of(tree: Tree) -> list[str]:
    """The plans' names in a form's order; one that is missing or taken has a name that nobody types."""
    names: list[str] = []
    plans = tree.get("plans", [])
    for place, plan in enumerate(plans):
        name = plan.get("name", "").strip() or (_ONLY_PLAN if len(plans) == 1 else "")
        names.append(name if name and name not in names else f"#{place}")
    return names


class _Written:
    """A document while it is made of a form, with what no document can hold."""

    def __init__(self) -> None:
        self.problems: list[FieldProblem] = []

    def fen(self, place: str, text: str) -> int | None:
        """Yuan as fen; None for an empty field, and for a wrong one, which is told."""
        found = plain(text).lstrip("¥￥").removesuffix("元").strip()
        if not found:
            return None
        try:
            fen = Decimal(found) * 100
            if not fen.is_finite() or fen != fen.to_integral_value() or not 0 <= fen < 10**12:
                raise ValueError
        except (InvalidOperation, ValueError):
            self.problems.append(FieldProblem(place, "no_money", _NO_MONEY))
            return None
        return int(fen)

    def document(self, tree: Tree) -> dict[str, Any]:
        plans, names = tree.get("plans", []), names_of(tree)
        document: dict[str, Any] = {
            "time_zone": tree.get("time_zone", ""),
            "seconds": tree.get("seconds") == "yes",
            "exempt": tree.get("exempt", []),
        }
        _put(document, "grace_minutes", _filled_number(tree.get("grace_minutes", "")))
        _put(document, "monthly_fen", self.fen("monthly", tree.get("monthly", "")))
        if tree.get("choices") or len(plans) > 1:
            document["choices"] = [_choice(choice, names) for choice in tree.get("choices", [])]
        self._names(plans)
        document["plans"] = {
            name: self._plan(f"plans[{place}]", plan)
            for place, (name, plan) in enumerate(zip(names, plans, strict=True))
        }
        return document

    def _names(self, plans: Sequence[Tree]) -> None:
        """Each of several plans has a name, and no two the same."""
        told: list[str] = []
        for place, plan in enumerate(plans if len(plans) > 1 else ()):
            name = plan.get("name", "").strip()
            if not name or name in told:
                code, text = ("twice", _TWICE) if name else ("missing", _MISSING)
                self.problems.append(FieldProblem(f"plans[{place}].name", code, text))
            told.append(name)

    def _plan(self, place: str, plan: Tree) -> dict[str, Any]:
        kind = plan.get("cycle", "")
        cycle: dict[str, Any] = {"kind": kind}
        if kind == "entry":
            _put(cycle, "hours", _filled_number(plan.get("hours", "")))
        elif kind == "day" and plan.get("from", "").strip():
            cycle["from"] = _time(plan["from"])
        written: dict[str, Any] = {"cycle": cycle}
        _put(written, "crossing", plan.get("crossing") or None)
        minutes = _filled_number(plan.get("free_minutes", ""))
        if minutes is not None and minutes != 0:
            counted_back, inclusive = FREE_WAYS.get(plan.get("free_how", ""), (True, True))
            written["free"] = {"minutes": minutes, "counted_back": counted_back, "inclusive": inclusive}
            _put(written["free"], "per", plan.get("free_per") or None)
        _put(written, "most_fen", self.fen(f"{place}.most", plan.get("most", "")))
        written["schedules"] = [
            self._schedule(f"{place}.schedules[{number}]", each)
            for number, each in enumerate(plan.get("schedules", []))
        ]
        return written

    def _schedule(self, place: str, schedule: Tree) -> dict[str, Any]:
        written: dict[str, Any] = {
            "days": schedule.get("days", []),
            "weekdays": [_number(each) for each in schedule.get("weekdays", [])],
            "dates": [
                {"from": plain(each.get("from", "")), "until": plain(each.get("until", ""))}
                for each in schedule.get("dates", [])
            ],
        }
        _put(written, "cap_fen", self.fen(f"{place}.cap", schedule.get("cap", "")))
        written["bands"] = [
            self._band(f"{place}.bands[{number}]", each)
            for number, each in enumerate(schedule.get("bands", []))
        ]
        return written

    def _band(self, place: str, band: Tree) -> dict[str, Any]:
        written: dict[str, Any] = {
            "from": _time(band.get("from", "")),
            "until": _time(band.get("until", "")),
        }
        _put(written, "cap_fen", self.fen(f"{place}.cap", band.get("cap", "")))
        written["steps"] = [
            self._step(f"{place}.steps[{number}]", each) for number, each in enumerate(band.get("steps", []))
        ]
        return written

    def _step(self, place: str, step: Tree) -> dict[str, Any]:
        written: dict[str, Any] = {}
        _put(written, "fen", self.fen(f"{place}.fee", step.get("fee", "")))
        for key in ("unit_minutes", "until_minutes"):
            _put(written, key, _filled_number(step.get(key, "")))
        return written

    def example(self, place: str, row: Tree) -> dict[str, Any]:
        written: dict[str, Any] = {}
        for key in ("from", "until"):
            _put(written, key, plain(row.get(key, "")).replace("T", " ") or None)
        _put(written, "fen", self.fen(f"{place}.fen", row.get("fen", "")))
        for key in ("vehicle", "stay", "exemption"):
            _put(written, key, row.get(key) or None)
        for key in ("zone", "note"):
            _put(written, key, row.get(key, "").strip() or None)
        return written


def _put(written: dict[str, Any], key: str, value: Any) -> None:
    if value is not None:
        written[key] = value


def _filled_number(text: str) -> int | str | None:
    return _number(text) if text.strip() else None


def _choice(choice: Tree, names: Sequence[str]) -> dict[str, Any]:
    chosen = choice.get("plan", "")
    name = names[int(chosen)] if chosen.isdecimal() and int(chosen) < len(names) else chosen
    return {
        "plan": name,
        "vehicles": choice.get("vehicles", []),
        "zones": [each.strip() for each in _ZONES.split(choice.get("zones", "")) if each.strip()],
        "stays": choice.get("stays", []),
    }


def document_of(tree: Tree) -> tuple[dict[str, Any], list[FieldProblem]]:
    """The document that a form tells, and what of it no document can hold, each at its field."""
    written = _Written()
    return written.document(tree), written.problems


def examples_of(tree: Tree) -> tuple[list[dict[str, Any]], list[FieldProblem]]:
    """The worked examples of a form as plain data, and what of them is no money."""
    written = _Written()
    rows = [
        written.example(f"examples[{number}]", row) for number, row in enumerate(tree.get("examples", []))
    ]
    return rows, written.problems


# Where a document's key has another field, or several keys share one.
_FIELDS = {
    "cycle.kind": "cycle",
    "cycle.hours": "hours",
    "cycle.from": "from",
    "free.minutes": "free_minutes",
    "free.inclusive": "free_how",
    "free.counted_back": "free_how",
    "free.per": "free_per",
    "most_fen": "most",
    "cap_fen": "cap",
    "monthly_fen": "monthly",
}
_LAST = re.compile(r"\[\d+\]$")


def field_of(place: str, names: Sequence[str]) -> str:
    """The field at a document's place. `names`: the plans' names in the order of the form."""
    if place.startswith("plans."):
        rest = place.removeprefix("plans.")
        # A name may itself hold dots: the longest that fits is meant.
        for name in sorted(names, key=len, reverse=True):
            if rest == name or rest.startswith(f"{name}."):
                place = f"plans[{names.index(name)}]{rest.removeprefix(name)}"
                break
    for key, field in _FIELDS.items():
        if place == key or place.endswith(f".{key}"):
            return place[: len(place) - len(key)] + field
    if place.endswith(".fen") and ".steps[" in place:
        return f"{place.removesuffix('fen')}fee"
    # One box of several, or one zone of a field that holds them all.
    bare = _LAST.sub("", place)
    return bare if bare.rpartition(".")[2] in SEVERAL | {"zones"} else place


def is_money(field: str) -> bool:
    """Whether a field is typed in yuan, so that its bounds are told in yuan."""
    return field.rpartition(".")[2] in _MONEY
