"""Does every example of the mapping's documentation say what is read?"""

import re
from pathlib import Path

import pytest

from integrations.registry import SOURCE_ADAPTERS
from integrations.sources.mapped.reading import read_mapping
from parking.boundary.feeds import CountRecord, LotRecord, ParseContext, Parsed
from tests.adapters.dialects import NOW

DOC = Path(__file__).parents[2] / "docs" / "mapping.md"
EXAMPLE = re.compile(
    r"^## (?P<title>[^\n]*)\n(?:(?!^## ).)*?```(?P<form>json|xml|csv)\n(?P<document>.*?)```\s*"
    r"```toml\n(?P<mapping>.*?)```\s*```text\n(?P<told>.*?)```",
    re.DOTALL | re.MULTILINE,
)
EXAMPLES = [match.groupdict() for match in EXAMPLE.finditer(DOC.read_text("utf-8"))]


def lot_line(lot: LotRecord) -> str:
    parts = [f"lot {lot.external_id}: {lot.name}, {lot.lat:.5f} {lot.lon:.5f}"]
    parts += [f"{number} {space_class}" for space_class, number in lot.spaces.items()]
    parts += [str(each) for each in (lot.kind, lot.address, lot.opening_hours) if each]
    parts += [f'hours "{lot.hours_note}"'] if lot.hours_note else []
    parts += [f'fees "{lot.fees_note}"'] if lot.fees_note else []
    parts += [f"{lot.max_height_cm} cm"] if lot.max_height_cm else []
    return ", ".join(parts)


def count_line(count: CountRecord) -> str:
    numbers = [
        f"{n} {what}" for n, what in ((count.free, "free"), (count.occupied, "occupied")) if n is not None
    ]
    of = f" of {count.capacity}" if count.capacity else ""
    at = count.as_of.strftime("%Y-%m-%d %H:%M:%SZ")
    return f"count {count.external_id}: {count.space_class} {', '.join(numbers)}{of}, {at}"


def told(parsed: Parsed) -> str:
    """What was read, as the documentation writes it."""
    lines = [lot_line(lot) for lot in parsed.lots]
    lines += [f"candidate {lot.external_id}: {lot.name}" for lot in parsed.candidates]
    lines += [count_line(count) for count in parsed.counts]
    lines += [f"unknown: {parsed.told_unknown}"] if parsed.told_unknown else []
    lines += [f"problem in row {p.row}: {p.record} {p.kind} {p.field}, {p.detail}" for p in parsed.problems]
    return "".join(f"{line}\n" for line in lines)


def read(example: dict[str, str]) -> Parsed:
    mapping = read_mapping(example["mapping"])
    assert mapping.counts is not None
    body = example["document"].encode(mapping.counts.document.encoding or "utf-8")
    one_document = mapping.lots is None or mapping.lots.document == mapping.counts.document
    context = ParseContext(NOW, mapping=example["mapping"], wants_lots=one_document)
    return SOURCE_ADAPTERS["mapped"].parse(body, context)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["title"])
def test_an_example_is_read_as_it_says(example: dict[str, str]) -> None:
    assert told(read(example)) == example["told"]


def test_the_documentation_has_its_examples() -> None:
    assert len(EXAMPLES) == DOC.read_text("utf-8").count("```toml") == 10
