"""How does a file of lots enter the register? In batches, never deleting, a second time without effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.city import queries as city
from parking.kernel.actors import Actor
from parking.kernel.db.changes import announce
from parking.kernel.errors import N_, FieldProblem
from parking.lots import queries
from parking.lots.queries import LotCard
from parking.lots.rules import LedgerReason, LotDraft, RowProblem
from parking.lots.service.changing import (
    Difference,
    FieldChange,
    apply,
    cards_for_change,
    difference,
    field_changes,
)
from parking.lots.service.writing import insert_ledger, insert_lots


@dataclass(frozen=True, slots=True)
class RowChange:
    """What a row of a file changes of its lot; nothing is told of a new one."""

    row: int
    code: str
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the rows; `problems` are those that the register itself refused."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: tuple[RowProblem, ...] = ()
    changes: tuple[RowChange, ...] = ()

    def __add__(self, other: ImportReport) -> ImportReport:
        return ImportReport(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.problems + other.problems,
            self.changes + other.changes,
        )


def import_lots(
    session: Session,
    actor: Actor,
    rows: Sequence[tuple[int, LotDraft]],
    now: datetime,
    dry_run: bool = False,
) -> ImportReport:
    """Take one batch of checked rows (see `rules.read_rows`), each with its number in the file.

    An unknown code is a new lot with an opening balance; a known one is changed where the row differs, its
    spaces by corrections. A lot that no row names is left alone. A dry run writes nothing. Raises
    ProfileMissing before a city profile was loaded.
    """
    rows, problems = _without_taken_filings(session, rows)
    on = city.today(session, now)
    ids_of = queries.ids_by_code(session, [draft.code for _, draft in rows])
    fresh = [draft for _, draft in rows if draft.code not in ids_of]
    told = {ids_of[draft.code]: draft for _, draft in rows if draft.code in ids_of}
    changed = _differences(queries.lot_cards(session, on, told), told)
    if not dry_run:
        # Only what differs is locked, and read once more behind the lock.
        changed = _differences(cards_for_change(session, [found.lot_id for found in changed], on), told)
        ids, events = insert_lots(session, actor, fresh, now, on=on, reason=LedgerReason.OPENING_BALANCE)
        events += apply(session, changed, now)
        corrections = [(found.lot_id, change) for found in changed for change in found.spaces]
        reason = LedgerReason.CORRECTION
        insert_ledger(session, actor, corrections, now, on=on, reason=reason, note=None)
        audit.record_all(session, actor, events, now)
        announce(session, "lots", [*ids, *(found.lot_id for found in changed)])
    numbers = {draft.code: number for number, draft in rows}
    changes = [RowChange(numbers[draft.code], draft.code) for draft in fresh]
    changes += [RowChange(numbers[f.draft.code], f.draft.code, field_changes(f)) for f in changed]
    changes.sort(key=lambda change: change.row)
    return ImportReport(len(fresh), len(changed), len(told) - len(changed), problems, tuple(changes))


def _differences(cards: Sequence[LotCard], told: Mapping[str, LotDraft]) -> list[Difference]:
    return [found for card in cards if not (found := difference(card, told[card.id])).is_empty]


def _without_taken_filings(
    session: Session, rows: Sequence[tuple[int, LotDraft]]
) -> tuple[list[tuple[int, LotDraft]], tuple[RowProblem, ...]]:
    """Take out the rows whose filing number another lot has."""
    holders = queries.codes_by_filing(session, [draft.filing_no for _, draft in rows if draft.filing_no])
    kept, problems = [], []
    for number, draft in rows:
        holder = holders.get(draft.filing_no or "", draft.code)
        if holder == draft.code:
            kept.append((number, draft))
            continue
        text = N_("备案编号 %(value)s 已属于停车场 %(holder)s")
        params = {"value": draft.filing_no, "holder": holder}
        problems.append(RowProblem(number, draft.code, FieldProblem("filing_no", "taken", text, params)))
    return kept, tuple(problems)
