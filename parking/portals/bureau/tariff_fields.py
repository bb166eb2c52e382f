"""What stands in the many fields of a tariff's form, and what do its buttons “add” and “remove” make of it?

A field is named by its place: `plans[0].schedules[1].bands[0].steps[2].fee`. A tree holds the texts as typed.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Sequence
from typing import Any

Tree = dict[str, Any]
# Fields of several values, and the parts that can be added and removed.
SEVERAL = frozenset({"days", "weekdays", "vehicles", "stays", "exempt"})
LISTS = frozenset({"plans", "schedules", "dates", "bands", "steps", "choices", "examples"})
_TOKEN = re.compile(r"([a-z_]+)(?:\[(\d{1,3})\])?")
_NAME = re.compile(r"[a-z_]+(?:\[\d{1,3}\])?(?:\.[a-z_]+(?:\[\d{1,3}\])?){0,5}")


def tree_of(fields: Iterable[tuple[str, Sequence[str]]]) -> Tree:
    """The tree of a form's fields; what is no place of a tariff is left out."""
    root: Tree = {}
    for name, values in fields:
        if not _NAME.fullmatch(name) or not values:
            continue
        *way, (last, number) = _TOKEN.findall(name)
        here = root
        for key, index in way:
            if key not in LISTS or not index:
                break
            here = here.setdefault(key, {}).setdefault(int(index), {})
        else:
            if not number and last not in LISTS:
                here[last] = list(values) if last in SEVERAL else values[0]
    return _with_lists(root)


def _with_lists(node: Tree) -> Tree:
    """Numbered parts as lists, in the order of their numbers."""
    return {
        key: [_with_lists(value[index]) for index in sorted(value)] if key in LISTS else value
        for key, value in node.items()
    }


def act(tree: Tree, what: str) -> tuple[Tree, str]:
    """The tree after a button's "verb:place", and the place to look at; an unknown button changes nothing."""
    verb, _, place = what.partition(":")
    changed = copy.deepcopy(tree)
    found = _found(changed, place)
    if found is None:
        return tree, ""
    node, key, index = found
    parts = node.setdefault(key, [])
    if verb == "add" and index is None:
        at = _ADDERS[key](changed, node, parts) if key in _ADDERS else _append(parts, {})
        return changed, f"{place}[{at}]"
    if index is None or index >= len(parts):
        return tree, ""
    if verb == "remove":
        del parts[index]
        if key == "plans":
            _forget_plan(changed, index)
        return changed, place[: place.rindex("[")]
    if verb == "up" and index > 0:
        parts[index - 1], parts[index] = parts[index], parts[index - 1]
        return changed, f"{place[: place.rindex('[')]}[{index - 1}]"
    return tree, ""


def _found(tree: Tree, place: str) -> tuple[Tree, str, int | None] | None:
    """The node that holds the list of a place, the list's name, and the number in it if the place has one."""
    if not _NAME.fullmatch(place):
        return None
    *way, (key, number) = _TOKEN.findall(place)
    here = tree
    for each, index in way:
        parts = here.get(each, [])
        if each not in LISTS or not index or int(index) >= len(parts):
            return None
        here = parts[int(index)]
    return (here, key, int(number) if number else None) if key in LISTS else None


def _append(parts: list[Tree], part: Tree) -> int:
    parts.append(part)
    return len(parts) - 1


def _before_last(parts: list[Tree], part: Tree) -> int:
    """The last is for all that are left, so what is added comes before it."""
    at = max(len(parts) - 1, 0)
    parts.insert(at, part)
    return at


def _add_plan(tree: Tree, _node: Tree, plans: list[Tree]) -> int:
    """Like the first, and a choice that leads to it, before the one that is for all."""
    plan = copy.deepcopy(plans[0]) if plans else {"cycle": "stay"}
    at = _append(plans, plan | {"name": ""})
    choices = tree.setdefault("choices", [])
    if not choices:
        choices.append({"plan": "0"})
    _before_last(choices, {"plan": str(at)})
    return at


def _forget_plan(tree: Tree, index: int) -> None:
    """Choices name plans by their place: those of a plan that is gone go with it."""
    kept = []
    for choice in tree.get("choices", []):
        chosen = choice.get("plan", "")
        if chosen.isdecimal() and int(chosen) > index:
            choice["plan"] = str(int(chosen) - 1)
        if chosen != str(index):
            kept.append(choice)
    tree["choices"] = kept if len(tree["plans"]) > 1 else []


def _add_schedule(_tree: Tree, _node: Tree, schedules: list[Tree]) -> int:
    """Like the last, for public holidays, which is what most signs part."""
    like = copy.deepcopy(schedules[-1]) if schedules else {}
    return _before_last(schedules, like | {"days": ["holiday"], "weekdays": [], "dates": []})


def _add_band(_tree: Tree, _node: Tree, bands: list[Tree]) -> int:
    """A single band of the whole day becomes day and night; else one goes on where the last ends."""
    if not bands:
        return _append(bands, {"from": "00:00", "until": "24:00", "steps": [{}]})
    band = copy.deepcopy(bands[-1]) | {"cap": ""}
    if len(bands) == 1:
        bands[0] |= {"from": "08:00", "until": "20:00"}
        return _append(bands, band | {"from": "20:00", "until": "08:00"})
    return _append(bands, band | {"from": bands[-1].get("until", ""), "until": bands[0].get("from", "")})


def _add_step(_tree: Tree, _node: Tree, steps: list[Tree]) -> int:
    unit = steps[-1].get("unit_minutes", "") if steps else ""
    return _append(steps, {"fee": "", "unit_minutes": unit, "until_minutes": ""})


def _add_choice(_tree: Tree, _node: Tree, choices: list[Tree]) -> int:
    return _before_last(choices, {"plan": "0"})


_ADDERS = {
    "plans": _add_plan,
    "schedules": _add_schedule,
    "bands": _add_band,
    "steps": _add_step,
    "choices": _add_choice,
}
