"""What does a stay cost at a lot, with its lines: by the lot's tariff, or by that of what is lent there?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from parking.kernel.vocabulary import StayKind
from parking.lookup.queries.model import Model
from parking.lookup.queries.offers import Asker, shares_of
from parking.lookup.queries.windows import Window
from parking.tariffs.queries import PricedQuote, TariffBook
from parking.tariffs.rules.quotes import Stay


@dataclass(frozen=True, slots=True)
class QuotedStay:
    """A stay's price; `window` is the shared one by which alone a stranger may stay then, if that is so."""

    priced: PricedQuote
    window: Window | None


def quoted(model: Model, lot_id: str, stay: Stay, now: datetime) -> QuotedStay:
    """The quote of a stay of a stranger with a car at a known lot. Raises StayRefused."""
    shares = shares_of(
        model, Asker(from_at=stay.entered_at, until_at=stay.until_at), [model.row_of[lot_id]], now
    )
    share = shares[0] if shares else None
    book = model.fees.book
    if share is None or not share.only:
        return QuotedStay(book.quote(lot_id, stay), None)
    shared = replace(stay, kind=StayKind.SHARED)
    return QuotedStay(book_of(share.window, book).quote(lot_id, shared), share.window)


def book_of(window: Window, book: TariffBook) -> TariffBook:
    """The tariffs by which a window's lot charges in it: those of its agreement, where that has its own."""
    if window.tariff_id is None:
        return book
    own = book.tariffs.get(window.tariff_id)
    return replace(book, timelines={} if own is None else {window.lot_id: own})
