"""Which rows of a workbook may go into the register, now that others may have changed it meanwhile?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries
from parking.lots.queries import LotCard
from parking.lots.rules import LotDraft, RowProblem
from parking.lots.rules.columns import CLASS_ACCESS_ZH, COLUMNS
from parking.lots.rules.marks import mark_of, same_entry, same_spaces
from parking.lots.service.changing import cards_for_change, difference, field_changes, space_changes
from parking.lots.service.importing import ImportReport, import_lots


def import_book_rows(
    session: Session,
    actor: Actor,
    rows: Sequence[tuple[int, LotDraft]],
    marks: Mapping[int, str],
    now: datetime,
    *,
    dry_run: bool = False,
    districts: Collection[str] = (),
) -> ImportReport:
    """Take one batch of rows that were edited in our workbook (see `rules.workbook.read_book`).

    `marks` tells by row what it was when it was taken out; a row without one is a new lot. What somebody else
    changed since is told and not overwritten, and spaces of a lot that stands only change by the ledger. With
    `districts`, lots of others are told and left alone. Raises ProfileMissing.
    """
    on = city.today(session, now)
    ids = queries.ids_by_code(session, [draft.code for _, draft in rows])
    # Whoever writes looks behind the lock.
    lot_ids = [*ids.values()]
    cards = queries.lot_cards(session, on, lot_ids) if dry_run else cards_for_change(session, lot_ids, on)
    known = {card.code: card for card in cards}
    taken: list[tuple[int, LotDraft]] = []
    problems: list[RowProblem] = []
    for number, draft in rows:
        card = known.get(draft.code)
        found = _problem(draft, card, marks.get(number), districts)
        if found is not None:
            problems.append(RowProblem(number, draft.code, found))
        else:
            taken.append((number, _without_spaces(draft) if card else draft))
    report = import_lots(session, actor, taken, now, dry_run)
    return replace(report, problems=(*problems, *report.problems))


def _title(name: str) -> str:
    return COLUMNS.get(name) or CLASS_ACCESS_ZH[name]


def _without_spaces(draft: LotDraft) -> LotDraft:
    return replace(draft, spaces={}, bay_length_m=None)


def _problem(
    draft: LotDraft, card: LotCard | None, mark: str | None, districts: Collection[str]
) -> FieldProblem | None:
    if card is None:
        if mark is not None:
            text = N_("登记中没有编号 %(code)s：编号不能修改；新停车场请把“版本标记”留空")
            return FieldProblem("code", "code_changed", text, {"code": draft.code})
        return _elsewhere((draft.district_code,), districts)
    changes = field_changes(difference(card, _without_spaces(draft)))
    if changes and (found := _elsewhere((draft.district_code, card.district_code), districts)):
        return found
    now = queries.mark_of_card(card)
    if changes and (mark is None or not same_entry(mark, now)):
        names = tuple(change.field for change in changes)
        params = {"fields": "、".join(map(_title, names)), "names": names}
        if mark is None:
            text = N_("这个编号已在登记中，内容不同（%(fields)s）：请重新导出后修改那一行")
            return FieldProblem("code", "registered_already", text, params)
        text = N_("导出之后已被他人更改，没有覆盖；现在与本行不同的有：%(fields)s。请重新导出后再改")
        return FieldProblem(changes[0].field, "changed_meanwhile", text, params)
    return _spaces_problem(draft, card, mark)


def _spaces_problem(draft: LotDraft, card: LotCard, mark: str | None) -> FieldProblem | None:
    """Whether somebody wrote other numbers of spaces into the row of a lot that stands."""
    if mark is not None and same_spaces(mark, mark_of(draft)):
        return None
    # A number that was blanked says something here, as it does nowhere else: the row was full.
    told = {each: draft.spaces.get(each, 0) for each in SpaceClass} if mark else draft.spaces
    metres = draft.bay_length_m or 0 if mark else draft.bay_length_m
    changes = space_changes(card, told, metres)
    if not changes:
        return None
    field = str(changes[0].space_class) if changes[0].change else "bay_length_m"
    text = N_("已有停车场的车位数由车位台账合计得来：请在台账里加一笔，这里不能改")
    return FieldProblem(field, "spaces_by_ledger", text)


def _elsewhere(codes: Sequence[str | None], districts: Collection[str]) -> FieldProblem | None:
    if not districts or set(codes) <= set(districts):
        return None
    return FieldProblem("district_code", "not_your_district", N_("不在您负责的镇街"))
