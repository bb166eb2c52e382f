"""Where may one park near here, now? Answered from memory, without asking the database."""

from parking.lookup.queries.answers import Answer, LotView
from parking.lookup.queries.fees import Fees, FeeView, PlannedStay
from parking.lookup.queries.following import Lookup
from parking.lookup.queries.model import Model
from parking.lookup.queries.nearby import Wish, nearby
from parking.lookup.queries.pages import Page, PageWish, page
from parking.lookup.queries.quoting import QuotedStay, book_of
from parking.lookup.queries.windows import Share, Window
from parking.lookup.queries.words import Place, search

__all__ = [
    "Answer",
    "FeeView",
    "Fees",
    "Lookup",
    "LotView",
    "Model",
    "Page",
    "PageWish",
    "Place",
    "PlannedStay",
    "QuotedStay",
    "Share",
    "Window",
    "Wish",
    "book_of",
    "nearby",
    "page",
    "search",
]
