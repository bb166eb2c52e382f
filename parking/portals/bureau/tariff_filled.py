"""What stands in a tariff's form when it is opened: a document's plans, bands and steps as texts?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from parking.portals.bureau.tariff_fields import Tree
from parking.portals.bureau.tariff_form import FREE_WAYS


def yuan(fen: int | None) -> str:
    """Fen as a clerk types them: 2, 2.50."""
    if fen is None:
        return ""
    return f"{fen // 100}" if fen % 100 == 0 else f"{fen / 100:.2f}"


def form_of(document: Mapping[str, Any], examples: Sequence[Mapping[str, Any]] = ()) -> Tree:
    """The tree of a document's form, as `tree_of` reads one."""
    plans = document.get("plans", {})
    places = {name: str(place) for place, name in enumerate(plans)}
    return {
        "time_zone": document.get("time_zone", ""),
        "seconds": "yes" if document.get("seconds") else "",
        "grace_minutes": _text(document.get("grace_minutes")),
        "monthly": yuan(document.get("monthly_fen")),
        "exempt": list(document.get("exempt", [])),
        "choices": [_choice_form(each, places) for each in document.get("choices", [])],
        "plans": [_plan_form(name, plan) for name, plan in plans.items()],
        "examples": [_example_form(each) for each in examples],
    }


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _choice_form(choice: Mapping[str, Any], places: Mapping[str, str]) -> Tree:
    return {
        "plan": places.get(choice.get("plan", ""), ""),
        "vehicles": list(choice.get("vehicles", [])),
        "zones": "、".join(choice.get("zones", [])),
        "stays": list(choice.get("stays", [])),
    }


def _plan_form(name: str, plan: Mapping[str, Any]) -> Tree:
    cycle, free = plan.get("cycle") or {}, plan.get("free") or {}
    way = (free.get("counted_back", True), free.get("inclusive", True))
    return {
        "name": name,
        "cycle": cycle.get("kind", "stay"),
        "hours": _text(cycle.get("hours")),
        "from": cycle.get("from", ""),
        "free_minutes": _text(free.get("minutes")),
        "free_how": next((key for key, each in FREE_WAYS.items() if each == way), "inclusive"),
        "free_per": free.get("per", "cycle"),
        "crossing": plan.get("crossing", "restart_unit"),
        "most": yuan(plan.get("most_fen")),
        "schedules": [_schedule_form(each) for each in plan.get("schedules", [])],
    }


def _schedule_form(schedule: Mapping[str, Any]) -> Tree:
    return {
        "days": list(schedule.get("days", [])),
        "weekdays": [str(each) for each in schedule.get("weekdays", [])],
        "dates": [dict(each) for each in schedule.get("dates", [])],
        "cap": yuan(schedule.get("cap_fen")),
        "bands": [
            {
                "from": band.get("from", ""),
                "until": band.get("until", ""),
                "cap": yuan(band.get("cap_fen")),
                "steps": [_step_form(step) for step in band.get("steps", [])],
            }
            for band in schedule.get("bands", [])
        ],
    }


def _step_form(step: Mapping[str, Any]) -> Tree:
    return {
        "fee": yuan(step.get("fen")),
        "unit_minutes": _text(step.get("unit_minutes")),
        "until_minutes": _text(step.get("until_minutes")),
    }


def _typed(instant: object) -> str:
    """As a field for a time takes it, where it has neither seconds nor an offset; else as it is written."""
    text = str(instant)
    return text[:16].replace(" ", "T") if text[16:] in ("", ":00") else text


def _example_form(example: Mapping[str, Any]) -> Tree:
    return {
        "from": _typed(example.get("from", "")),
        "until": _typed(example.get("until", "")),
        "fen": yuan(example.get("fen")),
        **{key: _text(example.get(key)) for key in ("vehicle", "stay", "zone", "exemption", "note")},
    }
