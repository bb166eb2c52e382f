"""What does the text of a mapping say, and at which line is it wrong?"""

from __future__ import annotations

import re
import tomllib

from integrations.records import shown
from integrations.sources.mapped.parts import ANY_TABLE, Defaults, document_of, unknown_of
from integrations.sources.mapped.reading_counts import counts_of, zone_of
from integrations.sources.mapped.reading_lots import crs_of, lots_of
from integrations.sources.mapped.schema import Document, Mapping
from integrations.sources.mapped.tables import Notes, Section, in_order
from integrations.sources.mapped.toml_lines import lines_of
from parking.boundary.feeds import MappingCheck
from parking.kernel.errors import N_, FieldProblem

VERSION = 1
_LONGEST = 65_536
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$| \(at end of document\)$")


class MappingWrong(Exception):
    """A mapping's text cannot be used; every fault is named with its line."""

    def __init__(self, check: MappingCheck) -> None:
        self.check = check
        first = check.problems[0]
        super().__init__(first.text % dict(first.params))


def read_mapping(text: str) -> Mapping:
    """The mapping of a text. Raises MappingWrong with every fault at once."""
    mapping, check = examine(text)
    if mapping is None:
        raise MappingWrong(check)
    return mapping


def examine(text: str) -> tuple[Mapping | None, MappingCheck]:
    """The mapping of a text (None where it has a fault), and its faults and doubts in the order of lines."""
    try:
        values = _loaded(text)
    except _NotToml as problem:
        return None, MappingCheck((problem.told,))
    notes = Notes(lines_of(text))
    mapping = _mapping(Section(values, (), notes))
    problems, doubts = in_order(notes.problems), in_order(notes.doubts)
    if problems or mapping is None:
        return None, MappingCheck(problems, doubts)
    documents = [part.document for part in (mapping.lots, mapping.counts) if part is not None]
    told = (mapping.lots is not None, mapping.counts is not None, len(set(documents)) == 1)
    return mapping, MappingCheck(problems, doubts, *told)


class _NotToml(Exception):
    def __init__(self, line: int, code: str, text: str, **params: object) -> None:
        self.told = FieldProblem("", code, text, {"line": line, **params})
        super().__init__(code)


def _loaded(text: str) -> dict[str, object]:
    if len(text) > _LONGEST:
        raise _NotToml(1, "too_long", N_("第 %(line)s 行：映射超过 %(most)s 个字符"), most=_LONGEST)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        told = str(problem)
        at = _AT_LINE.search(told)
        line = int(at[1]) if at and at[1] else text.count("\n") + 1
        why = shown(_AT_LINE.sub("", told))
    except (RecursionError, ValueError):
        line, why = 1, "nested too deeply, or a number that is too long"
    raise _NotToml(line, "not_toml", N_("第 %(line)s 行：不是有效的 TOML（%(why)s）"), why=why)


def _mapping(section: Section) -> Mapping | None:
    if section.whole("version", 0, 0, 1000) != VERSION:
        section.refuse("version", "wrong_version", N_("第 %(line)s 行：需要 version = 1"))
    title = section.text("title", "") or ""
    about = section.text("about", "") or ""
    time_zone = zone_of(section, "time_zone")
    crs = crs_of(section)
    defaults = Defaults(
        unknown_of(section, "unknown"),
        section.text("decimal", ".") or ".",
        section.any_text("thousands") or "",
    )
    common = _common_document(section)
    lots_told, counts_told = section.section("lots"), section.section("counts")
    lots = lots_of(lots_told, common, defaults) if lots_told else None
    counts = counts_of(counts_told, common, defaults) if counts_told else None
    if lots_told is None and counts_told is None:
        section.refuse(
            None, "reads_nothing", N_("第 %(line)s 行：既没有 [lots] 也没有 [counts]，什么也读不到")
        )
    section.end()
    return Mapping(title, lots, counts, time_zone, crs, about)


def _common_document(section: Section) -> Document | None:
    told = section.section("document")
    return None if told is None else document_of(told) or ANY_TABLE
