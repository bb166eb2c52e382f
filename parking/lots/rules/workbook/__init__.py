"""How do the register and the space ledger go into a workbook, and how do they come back?"""

from parking.lots.rules.workbook.layout import Language, SheetName
from parking.lots.rules.workbook.reading import BookRead, EntriesRead, EntryDraft, read_book
from parking.lots.rules.workbook.writing import MOST_LETTERS, write_book

__all__ = [
    "MOST_LETTERS",
    "BookRead",
    "EntriesRead",
    "EntryDraft",
    "Language",
    "SheetName",
    "read_book",
    "write_book",
]
