"""What does parking cost, where, and by which version of which tariff?"""

from parking.tariffs.queries.book import LotTariff, PricedQuote, TariffBook, Timeline
from parking.tariffs.queries.books import quote_for, tariff_book
from parking.tariffs.queries.views import (
    LotOfTariff,
    TariffOfLot,
    TariffView,
    VersionView,
    lot_tariffs,
    lots_of,
    tariff_by_code,
    tariff_view,
    tariffs,
    version,
    versions,
)

__all__ = [
    "LotOfTariff",
    "LotTariff",
    "PricedQuote",
    "TariffBook",
    "TariffOfLot",
    "TariffView",
    "Timeline",
    "VersionView",
    "lot_tariffs",
    "lots_of",
    "quote_for",
    "tariff_book",
    "tariff_by_code",
    "tariff_view",
    "tariffs",
    "version",
    "versions",
]
