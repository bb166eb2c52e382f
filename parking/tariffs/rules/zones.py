"""What does a tariff of several zones say in one of them? What a sign at one street has to say."""

from __future__ import annotations

from dataclasses import replace

from parking.tariffs.rules.tariff import TariffRules


def in_zone(rules: TariffRules, zone: str | None) -> TariffRules:
    """The same prices for whoever parks in a zone, without a word of other zones. None: in none of them."""
    kept = []
    for choice in rules.choices:
        if choice.zones and zone not in choice.zones:
            continue
        kept.append(replace(choice, zones=()))
        if kept[-1].is_for_all:
            break
    used = {choice.plan for choice in kept}
    return replace(rules, choices=tuple(kept), plans=tuple(plan for plan in rules.plans if plan.name in used))
