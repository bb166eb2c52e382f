"""How do entries of a workbook join the space ledger? They are added; those that stand are never changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.lots import queries
from parking.lots.errors import SpacesBelowZero
from parking.lots.queries import EntryView, LotCard
from parking.lots.rules import DatedChange, LedgerReason, LotDraft, RowProblem, check_sums
from parking.lots.rules.workbook import EntryDraft
from parking.lots.service.changing import cards_for_change
from parking.lots.service.spaces import enter
from parking.lots.service.writing import opening_changes

Numbered = tuple[int, EntryDraft]


@dataclass(frozen=True, slots=True)
class EntriesReport:
    """What became of the ledger's rows. `repeated` came in before with the same content, since the export;
    `unlisted` entries stand and are not in the workbook, which deletes nothing.
    """

    added: tuple[Numbered, ...] = ()
    standing: int = 0
    repeated: int = 0
    unlisted: int = 0
    problems: tuple[RowProblem, ...] = ()


def import_book_entries(
    session: Session,
    actor: Actor,
    rows: Sequence[Numbered],
    codes: Collection[str],
    now: datetime,
    *,
    dry_run: bool = False,
    districts: Collection[str] = (),
    coming: Mapping[str, LotDraft] | None = None,
) -> EntriesReport:
    """Take the rows of the ledger's sheet, each with its row's number; all in this transaction.

    A row with a number must be as that entry stands, one without is a new entry. `codes` are the lots of the
    workbook; `coming` are those that a dry run has not written. With `districts`, lots of others are told and
    left alone. Raises ProfileMissing.
    """
    old = [each for each in rows if each[1].number is not None]
    numbers = {draft.number for _, draft in old if draft.number is not None}
    problems = _changed(old, queries.entries_by_number(session, numbers))
    fresh = _Fresh(session, [each for each in rows if each[1].number is None], now, dry_run, numbers)
    added = fresh.taken(districts, coming or {})
    if not dry_run:
        lots = fresh.lots
        enter(session, actor, [(lots[draft.code].id, draft.entry) for _, draft in added], now)
    return EntriesReport(
        added=tuple(added),
        standing=len(old) - len({problem.row for problem in problems}),
        repeated=fresh.repeated,
        unlisted=queries.unlisted_entries(session, codes, numbers),
        problems=tuple(sorted([*problems, *fresh.problems], key=lambda problem: problem.row)),
    )


def _changed(old: Sequence[Numbered], standing: Mapping[int, EntryView]) -> list[RowProblem]:
    """What somebody wrote into entries that stand, each at the first cell that differs."""
    problems = []
    for row, draft in old:
        view = standing.get(draft.number or 0)
        params = {"number": draft.number}
        if view is None:
            text = N_("台账里没有第 %(number)s 号：新的一笔请把序号留空")
            problems.append(
                RowProblem(row, draft.code, FieldProblem("number", "unknown_entry", text, params))
            )
        elif field := _first_difference(draft, view):
            text = N_("台账只增不改：第 %(number)s 号保持原样；记错了请另加一笔更正")
            problems.append(RowProblem(row, draft.code, FieldProblem(field, "entry_changed", text, params)))
    return problems


def _first_difference(draft: EntryDraft, view: EntryView) -> str | None:
    ours, theirs = _plain(view.entry), _plain(draft.entry)
    cells = {"code": (view.code, draft.code), **{name: (ours[name], theirs[name]) for name in ours}}
    return next((name for name, (stands, told) in cells.items() if stands != told), None)


def _plain(entry: DatedChange) -> dict[str, object]:
    return {
        "space_class": entry.told.space_class,
        "on": entry.on,
        "change": entry.told.change,
        "metres": entry.told.metres,
        "reason": entry.reason,
        # A cell's blanks around a text are not read.
        "note": (entry.note or "").strip(),
    }


class _Fresh:
    """New rows against the ledger as it stands; behind the locks of their lots where they are written."""

    def __init__(
        self,
        session: Session,
        rows: Sequence[Numbered],
        now: datetime,
        dry_run: bool,
        listed: Collection[int],
    ) -> None:
        self.problems: list[RowProblem] = []
        self.repeated = 0
        self._rows = rows
        self._on = city.today(session, now)
        ids = queries.ids_by_code(session, {draft.code for _, draft in rows})
        lot_ids = [*ids.values()]
        read = queries.lot_cards
        cards = read(session, self._on, lot_ids) if dry_run else cards_for_change(session, lot_ids, self._on)
        self.lots: dict[str, LotCard] = {card.code: card for card in cards}
        self._standing: dict[str, list[DatedChange]] = defaultdict(list)
        # What came in since the workbook was taken out: the same row again is the same entry.
        self._since: Counter[tuple[object, ...]] = Counter()
        for view in queries.entries_of_lots(session, [*ids.values()]):
            self._standing[view.code].append(view.entry)
            if view.number not in listed:
                self._since[_key(view.code, view.entry)] += 1

    def taken(self, districts: Collection[str], coming: Mapping[str, LotDraft]) -> list[Numbered]:
        """The rows that are to be entered."""
        added = []
        for row, draft in self._rows:
            problem = self._lot_problem(draft, districts, coming)
            key = _key(draft.code, draft.entry)
            if problem is None and self._since[key]:
                self._since[key] -= 1
                self.repeated += 1
                continue
            problem = problem or self._sum_problem(draft, coming)
            if problem is not None:
                self.problems.append(RowProblem(row, draft.code, problem))
                continue
            self._standing[draft.code].append(draft.entry)
            added.append((row, draft))
        return added

    def _lot_problem(
        self, draft: EntryDraft, districts: Collection[str], coming: Mapping[str, LotDraft]
    ) -> FieldProblem | None:
        lot = self.lots.get(draft.code) or coming.get(draft.code)
        if lot is None:
            text = N_("登记中没有编号 %(code)s 的停车场")
            return FieldProblem("code", "unknown_lot", text, {"code": draft.code})
        if districts and lot.district_code not in districts:
            return FieldProblem("code", "not_your_district", N_("不在您负责的镇街"))
        return None

    def _sum_problem(self, draft: EntryDraft, coming: Mapping[str, LotDraft]) -> FieldProblem | None:
        code = draft.code
        if code not in self._standing and code not in self.lots and code in coming:
            changes = opening_changes(coming[code])
            reason = LedgerReason.OPENING_BALANCE
            self._standing[code] = [DatedChange(told, self._on, reason) for told in changes]
        try:
            check_sums(self._standing[code], draft.entry)
        except SpacesBelowZero as problem:
            field = "change" if draft.entry.told.change < 0 else "metres"
            return FieldProblem(field, problem.code, problem.text, problem.params)
        return None


def _key(code: str, entry: DatedChange) -> tuple[object, ...]:
    return (code, *_plain(entry).values())
