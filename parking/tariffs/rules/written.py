"""How does a file tell tariffs, their versions and the lots that have them?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from parking.kernel.vocabulary import LotKind
from parking.tariffs.rules.document import read
from parking.tariffs.rules.errors import TariffInvalid
from parking.tariffs.rules.examples import Example, read_examples
from parking.tariffs.rules.shape import Node, Problems

_MOST_TARIFFS, _MOST_LOTS = 5_000, 50_000


@dataclass(frozen=True, slots=True)
class WrittenVersion:
    """`place` is where it stands in the file."""

    place: str
    from_on: date
    document: Mapping[str, Any]
    examples: tuple[Example, ...]
    note: str


@dataclass(frozen=True, slots=True)
class WrittenLot:
    """A lot by its code in the register, and from which day on it has the tariff."""

    place: str
    code: str
    zone: str | None
    from_on: date


@dataclass(frozen=True, slots=True)
class WrittenTariff:
    """A tariff with its versions and lots by day."""

    code: str
    name: str
    kind: LotKind
    versions: tuple[WrittenVersion, ...]
    lots: tuple[WrittenLot, ...]


def read_written(told: Mapping[str, Any]) -> list[WrittenTariff]:
    """The tariffs of a parsed file (docs/tariffs.md). Raises TariffInvalid with all problems and places."""
    problems = Problems()
    root = Node(told, "", ("tariffs",), problems)
    listed = enumerate(root.items("tariffs", _MOST_TARIFFS))
    found = [_tariff(value, f"tariffs[{n}]", problems) for n, value in listed]
    if not found and not problems:
        root.tell("tariffs", "missing")
    codes: set[str] = set()
    for place, tariff in enumerate(found):
        if tariff.code in codes:
            problems.add(f"tariffs[{place}].code", "twice")
        codes.add(tariff.code)
    if problems:
        raise TariffInvalid(problems=problems)
    return found


def _tariff(value: object, place: str, problems: Problems) -> WrittenTariff:
    node = Node(value, place, ("code", "name", "kind", "versions", "lots"), problems)
    versions = [_version(each, node.at(f"versions[{n}]"), problems) for n, each in _all(node, "versions")]
    lots = [lot for n, each in _all(node, "lots") for lot in _lots(each, node.at(f"lots[{n}]"), problems)]
    return WrittenTariff(
        code=node.text("code"),
        name=node.text("name"),
        kind=node.one_of("kind", LotKind, LotKind.OFF_STREET),
        versions=tuple(sorted(versions, key=lambda each: each.from_on)),
        lots=tuple(sorted(lots, key=lambda each: each.from_on)),
    )


def _all(node: Node, key: str) -> Sequence[tuple[int, object]]:
    return list(enumerate(node.items(key)))


def _version(value: object, place: str, problems: Problems) -> WrittenVersion:
    node = Node(value, place, ("from_on", "document", "examples", "note"), problems)
    told = node.values.get("document")
    document: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    examples: tuple[Example, ...] = ()
    if told is None:
        node.tell("document", "missing")
    else:
        try:
            rules = read(document)
            examples = read_examples(node.items("examples"), rules.time_zone, node.at("examples"))
        except TariffInvalid as invalid:
            for each in invalid.problems:
                at = each.field if each.field.startswith(place) else f"{place}.document.{each.field}"
                problems.append(replace(each, field=at.rstrip(".")))
    note = node.text("note") if node.has("note") else ""
    return WrittenVersion(place, _date(node), document, examples, note)


def _lots(value: object, place: str, problems: Problems) -> list[WrittenLot]:
    """Many lots may share a zone and a day: `codes`."""
    node = Node(value, place, ("codes", "zone", "from_on"), problems)
    told_before = len(problems)
    codes = node.texts("codes", _MOST_LOTS)
    if not codes and len(problems) == told_before:
        node.tell("codes", "empty")
    zone, from_on = node.text("zone") if node.has("zone") else None, _date(node)
    return [WrittenLot(f"{place}.codes[{n}]", code.strip(), zone, from_on) for n, code in enumerate(codes)]


def _date(node: Node) -> date:
    found = node.day("from_on")
    if isinstance(found, date):
        return found
    if found is not None:
        node.tell("from_on", "no_date")
    return date.min
