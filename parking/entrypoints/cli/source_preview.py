"""How does the command line show what a source would store?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from zoneinfo import ZoneInfo

import click

from parking.boundary.feeds import LotCandidate
from parking.entrypoints.cli import showing
from parking.entrypoints.cli.source_words import failure_words, place_and_detail, problem_words, pull_word
from parking.entrypoints.cli.words import say
from parking.guidance.rules.preview import LotState, Nearby, Preview, PreviewCount, PreviewLot, ProblemGroup
from parking.kernel.errors import N_
from parking.kernel.vocabulary import SPACE_CLASS_NAMES, SpaceClass
from parking.portals.bureau.feed_details import told_doubt
from parking.portals.bureau.texts import FIELDS

_WIDTH = 140
_STATES = {
    LotState.NEW: N_("新的"),
    LotState.KNOWN: N_("已关联"),
    LotState.NEARBY: N_("附近有登记的停车场"),
}
_HOW_MANY = {
    LotState.NEW: N_("%(count)s 个新的"),
    LotState.KNOWN: N_("%(count)s 个已关联"),
    LotState.NEARBY: N_("%(count)s 个在登记的停车场附近"),
}
_ID, _NAME, _SPACES, _OURS = N_("编号"), N_("名称"), N_("车位"), N_("登记的停车场")
_LOTS = (_ID, _NAME, N_("位置"), _SPACES, N_("类别"), N_("会怎样"))
_COUNTS = (_ID, _NAME, N_("种类"), N_("空余"), N_("已停"), N_("共有"), N_("时间（%(zone)s）"), N_("现在记着"))
_PLACELESS = (_ID, _NAME, _SPACES, N_("地址"))
_PROBLEMS = (N_("在哪里"), N_("问题"), N_("条数"), N_("行号或编号"), N_("例子"))
_CHANGES = (_ID, _OURS, N_("字段"), N_("登记"), N_("对方"), N_("会怎样"))
_PAIRS = (
    _ID, _NAME, _SPACES, _OURS, N_("登记的名称"), N_("登记的车位"), N_("相距"), N_("名称相似"),
    N_("已有数据源"),
)  # fmt: skip


def show_preview(found: Preview, rows: int, zone: ZoneInfo) -> None:
    """Write it all, of lots and counts the first `rows`; everything a feed says fits on its line.

    Instants are told in the city's `zone`, whose name stands with them.
    """
    _figures(found)
    _table(N_("读到的停车场"), _LOTS, map(_lot, found.lots), rows)
    _table(N_("余位"), _COUNTS, map(partial(_count, zone=zone), found.counts), rows, zone=zone.key)
    _table(N_("没有位置的停车场"), _PLACELESS, map(_placeless, found.candidates), rows)
    _table(N_("有问题的记录"), _PROBLEMS, map(_problem, found.problems))
    changes = (
        (
            lot.record.external_id, lot.lot_code or "", say(FIELDS.get(each.field, each.field)),
            each.ours or "", each.theirs, _taken(lot),
        )
        for lot in found.lots
        for each in lot.changes
    )  # fmt: skip
    _table(N_("与登记不同"), _CHANGES, changes, rows)
    _table(N_("也许是同一个（用 parking sources link 关联）"), _PAIRS, map(_pair, found.nearby))
    gone = ((each.external_id, each.lot_code, each.lot_name) for each in found.vanished)
    _table(N_("已关联，这次没有说到，保留不变"), (_ID, _OURS, _NAME), gone, rows)
    _verdict(found)


def _figures(found: Preview) -> None:
    states = found.states
    parts = [say(text, count=states[state]) for state, text in _HOW_MANY.items() if states[state]]
    told = say(N_("（%(parts)s）"), parts=say(N_("，")).join(parts)) if parts else ""
    text = N_(
        "%(source)s：%(lots)s 个停车场%(told)s，%(changed)s 个与登记不同，%(placeless)s 个没有位置，"
        "%(counts)s 个余位，%(unknown)s 个数字说明未知"
    )
    figures = {
        "lots": len(found.lots), "changed": found.changed, "placeless": len(found.candidates),
        "counts": len(found.counts), "unknown": found.told_unknown,
    }  # fmt: skip
    click.echo(say(text, source=found.source, told=told, **figures))
    for kind, tally in found.tallies.items():
        text = N_("%(document)s：%(records)s 条记录，%(faulty)s 条有误（%(share)s）")
        share = f"{tally.share:.1%}"
        click.echo(
            say(text, document=pull_word(kind), records=tally.records, faulty=tally.faulty, share=share)
        )
    for kind, failed in found.failed.items():
        click.echo(_line(f"{pull_word(kind)}{say(N_('：'))}{failure_words(failed.reason, failed.detail)}"))


def _table(
    title: str, head: Sequence[str], rows: Iterable[Sequence[str]], most: int | None = None, **named: str
) -> None:
    told = list(rows)
    if not told or most == 0:
        return
    table = showing.table(*(say(column, **named) for column in head))
    for row in told[:most]:
        table.add_row(*(_line(cell) for cell in row))
    click.echo(f"\n{say(title)}{say(N_('：'))}{len(told)}")
    showing.show(table, width=_WIDTH)
    if most is not None and len(told) > most:
        click.echo(say(N_("还有 %(count)s 条"), count=len(told) - most))


def _lot(lot: PreviewLot) -> tuple[str, ...]:
    told = lot.record
    place, kind = f"{told.lat:.5f}, {told.lon:.5f}", told.kind.value if told.kind else ""
    notes = "; ".join(note for note in (told.opening_hours or told.hours_note, told.fees_note) if note)
    which = f"{say(_STATES[lot.state])} {lot.lot_code or ''}".rstrip()
    return told.external_id, told.name, place, _spaces(told.spaces), kind, f"{which}: {notes}".rstrip(": ")


def _count(count: PreviewCount, zone: ZoneInfo) -> tuple[str, ...]:
    told, before = count.record, count.before
    now = ""
    if before:
        basis = say(N_("空") if before.basis == "free" else N_("占用"))
        now = f"{basis} {before.value}, {showing.time_of(before.as_of, zone)}"
    numbers = (_number(told.free), _number(told.occupied), _number(told.capacity))
    return (
        told.external_id, count.name or "", say(SPACE_CLASS_NAMES[told.space_class]), *numbers,
        showing.time_of(told.as_of, zone), now if count.lot_id else say(N_("没有关联，余位不收")),
    )  # fmt: skip


def _placeless(lot: LotCandidate) -> tuple[str, ...]:
    return lot.external_id, lot.name, _spaces(lot.spaces), lot.address or ""


def _pair(pair: Nearby) -> tuple[str, ...]:
    theirs = (pair.external_id, pair.name, _number(pair.spaces))
    ours = (pair.lot_code, pair.lot_name, str(pair.lot_spaces))
    return (*theirs, *ours, f"{pair.distance_m:.0f} m", f"{pair.likeness:.0%}", ", ".join(pair.spoken_for))


def _problem(group: ProblemGroup) -> tuple[str, ...]:
    example = group.example
    parts = (example.record, place_and_detail(example.field, example.detail)) if example else ()
    first = " ".join(part for part in parts if part)
    what = problem_words(group.kind)
    if not group.is_fault:
        what = say(N_("%(what)s（不算错误）"), what=what)
    return pull_word(group.document), what, str(group.total), ", ".join(group.first), first


def _taken(lot: PreviewLot) -> str:
    return say(N_("会改成对方的说法") if lot.overwrites else N_("登记不变，只列为不同之处"))


def _spaces(spaces: Mapping[SpaceClass, int]) -> str:
    if list(spaces) == [SpaceClass.GENERAL]:
        return str(spaces[SpaceClass.GENERAL])
    return ", ".join(
        f"{say(SPACE_CLASS_NAMES[space_class])} {number}" for space_class, number in spaces.items()
    )


def _number(number: int | None) -> str:
    return "" if number is None else str(number)


def _line(text: str) -> str:
    """What a feed says, on one line and without codes that a terminal obeys."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _verdict(found: Preview) -> None:
    if not found.doubts:
        click.echo("\n" + say(N_("可以启用")))
        return
    click.echo("\n" + say(N_("有疑点，写明理由才能启用：")))
    for doubt in found.doubts:
        click.echo(_line(f"  {doubt.field}{say(N_('：'))}{told_doubt(doubt, found.failed, say)}"))
