"""How do the register and the space ledger stand in the workbook that a clerk edits?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from parking.city.rules import CityView
from parking.kernel.vocabulary import SPACE_CLASS_NAMES, Access, LotKind, LotType, SpaceClass
from parking.lots.models import LedgerEntry, Lot
from parking.lots.queries.cards import LotCard, lot_cards
from parking.lots.queries.export import export_row
from parking.lots.rules.columns import ACCESSES, KINDS, MARK, TYPES
from parking.lots.rules.ledger import REASON_NAMES, LedgerReason
from parking.lots.rules.marks import mark_of
from parking.lots.rules.rows import draft_of_row
from parking.lots.rules.workbook import Language
from parking.lots.rules.workbook.layout import district, word


def mark_of_card(card: LotCard) -> str:
    """The mark that a lot's row has in a workbook that is written now."""
    return mark_of(draft_of_row(export_row(card)))


def book_lots(
    session: Session,
    on: date,
    city: CityView,
    language: Language = Language.ZH,
    districts: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Every lot, or those of some districts, by column of the workbook's register, each with its mark."""
    cards = lot_cards(session, on)
    names = {each.code: district(each, language) for each in city.districts}
    return [_row(card, names, language) for card in cards if not districts or card.district_code in districts]


def _row(card: LotCard, districts: Mapping[str, str], language: Language) -> dict[str, Any]:
    row = export_row(card)
    mark = mark_of(draft_of_row(row))
    row |= {
        "kind": word(LotKind(card.kind), KINDS, language),
        "type": word(LotType(card.type), TYPES, language),
        "access": word(Access(card.access), ACCESSES, language),
        "district_code": districts.get(card.district_code or "", card.district_code),
        "etc_since_on": card.etc_since_on,
        MARK: mark,
    }
    own = {f"{group.space_class.value}_access": group.access for group in card.spaces if group.access}
    return row | {name: word(Access(access), ACCESSES, language) for name, access in own.items()}


def book_entries(
    session: Session, language: Language = Language.ZH, districts: Collection[str] = ()
) -> list[dict[str, Any]]:
    """The entries of the space ledger, or of some districts' lots, by column of the workbook's ledger."""
    within = Lot.district_code.in_(list(districts)) if districts else true()
    entries = select(LedgerEntry, Lot.code, Lot.name).join(Lot).where(within).order_by(LedgerEntry.number)
    return [_entry(*row, language) for row in session.execute(entries)]


def _entry(entry: LedgerEntry, code: str, name: str, language: Language) -> dict[str, Any]:
    return {
        "number": entry.number,
        "code": code,
        "lot_name": name,
        "space_class": word(SpaceClass(entry.space_class), SPACE_CLASS_NAMES, language),
        "on": entry.on,
        "change": entry.change,
        "metres": entry.metres or None,
        "reason": word(LedgerReason(entry.reason), REASON_NAMES, language),
        "note": entry.note,
    }
