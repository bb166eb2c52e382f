"""How does the command line show what a source would store?"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

import click

from parking.boundary.feeds import LotCandidate
from parking.entrypoints.cli import showing
from parking.entrypoints.cli.words import sentence
from parking.guidance.rules.preview import LotState, Nearby, Preview, PreviewCount, PreviewLot, ProblemGroup
from parking.kernel.vocabulary import SpaceClass

_WIDTH = 140
_STATES = {LotState.NEW: "new", LotState.KNOWN: "linked", LotState.NEARBY: "close to one of ours"}


def show_preview(found: Preview, rows: int) -> None:
    """Write it all, of lots and counts the first `rows`; everything a feed says fits on its line."""
    _figures(found)
    _table("lots", ("id", "name", "place", "spaces", "kind", "as told"), map(_lot, found.lots), rows)
    counters = ("id", "name", "class", "free", "occupied", "of", "as of", "counted now")
    _table("counts", counters, map(_count, found.counts), rows)
    _table(
        "lots without a place", ("id", "name", "spaces", "address"), map(_placeless, found.candidates), rows
    )
    _table("problems", ("document", "what", "how many", "rows", "the first"), map(_problem, found.problems))
    changes = (
        (lot.record.external_id, lot.lot_code or "", each.field, each.ours or "", each.theirs, _taken(lot))
        for lot in found.lots
        for each in lot.changes
    )
    _table("changes", ("id", "our lot", "field", "ours", "theirs", ""), changes, rows)
    pair = ("id", "name", "spaces", "our lot", "its name", "spaces", "apart", "names alike", "told by")
    _table("perhaps the same (parking sources link)", pair, map(_pair, found.nearby))
    gone = ((each.external_id, each.lot_code, each.lot_name) for each in found.vanished)
    _table("linked and not told any more: they stay", ("id", "our lot", "name"), gone, rows)
    _verdict(found)


def _figures(found: Preview) -> None:
    states = found.states
    told = ", ".join(f"{states[state]} {word}" for state, word in _STATES.items() if states[state])
    click.echo(
        f"{found.source}: {len(found.lots)} lots{f' ({told})' if told else ''}, "
        f"{found.changed} told otherwise, {len(found.candidates)} without a place, "
        f"{len(found.counts)} counts, {found.told_unknown} numbers told to be unknown"
    )
    for kind, tally in found.tallies.items():
        click.echo(f"{kind}: {tally.records} records, {tally.faulty} faulty ({tally.share:.1%})")
    for kind, failed in found.failed.items():
        click.echo(f"{kind}: {failed.reason}: {_line(failed.detail)}".rstrip(": "))


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]], most: int | None = None) -> None:
    told = list(rows)
    if not told or most == 0:
        return
    table = showing.table(*head)
    for row in told[:most]:
        table.add_row(*(_line(cell) for cell in row))
    click.echo(f"\n{title}: {len(told)}")
    showing.show(table, width=_WIDTH)
    if most is not None and len(told) > most:
        click.echo(f"and {len(told) - most} more")


def _lot(lot: PreviewLot) -> tuple[str, ...]:
    told = lot.record
    place, kind = f"{told.lat:.5f}, {told.lon:.5f}", told.kind.value if told.kind else ""
    notes = "; ".join(note for note in (told.opening_hours or told.hours_note, told.fees_note) if note)
    which = f"{_STATES[lot.state]} {lot.lot_code or ''}".rstrip()
    return told.external_id, told.name, place, _spaces(told.spaces), kind, f"{which}: {notes}".rstrip(": ")


def _count(count: PreviewCount) -> tuple[str, ...]:
    told, before = count.record, count.before
    now = f"{before.basis} {before.value}, {showing.time_of(before.as_of)}" if before else ""
    numbers = (_number(told.free), _number(told.occupied), _number(told.capacity))
    return (
        told.external_id, count.name or "", told.space_class.value, *numbers, showing.time_of(told.as_of),
        now if count.lot_id else "no lot of ours",
    )  # fmt: skip


def _placeless(lot: LotCandidate) -> tuple[str, ...]:
    return lot.external_id, lot.name, _spaces(lot.spaces), lot.address or ""


def _pair(pair: Nearby) -> tuple[str, ...]:
    theirs = (pair.external_id, pair.name, _number(pair.spaces))
    ours = (pair.lot_code, pair.lot_name, str(pair.lot_spaces))
    return (*theirs, *ours, f"{pair.distance_m:.0f} m", f"{pair.likeness:.0%}", ", ".join(pair.spoken_for))


def _problem(group: ProblemGroup) -> tuple[str, ...]:
    example = group.example
    parts = (example.record, example.field and f"({example.field})", example.detail) if example else ()
    what = group.kind.value if group.is_fault else f"{group.kind.value} (no fault)"
    first = " ".join(part for part in parts if part)
    return group.document.value, what, str(group.total), ", ".join(group.first), first


def _taken(lot: PreviewLot) -> str:
    return "would be taken over" if lot.overwrites else "filed: would be listed"


def _spaces(spaces: Mapping[SpaceClass, int]) -> str:
    if list(spaces) == [SpaceClass.GENERAL]:
        return str(spaces[SpaceClass.GENERAL])
    return ", ".join(f"{space_class.value} {number}" for space_class, number in spaces.items())


def _number(number: int | None) -> str:
    return "" if number is None else str(number)


def _line(text: str) -> str:
    """What a feed says, on one line and without codes that a terminal obeys."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _verdict(found: Preview) -> None:
    if not found.doubts:
        click.echo("\nmay be switched on")
        return
    click.echo("\nmay be switched on only for a reason that somebody types:")
    for doubt in found.doubts:
        click.echo(f"  {doubt.field}: {sentence(doubt.text, doubt.params, os.environ)}")
