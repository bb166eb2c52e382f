"""What does the register say?"""

from parking.lots.queries.cards import (
    EntranceCard,
    LotCard,
    SpaceCard,
    codes_by_filing,
    ids_by_code,
    lot_cards,
)
from parking.lots.queries.export import export_rows
from parking.lots.queries.finding import Candidate, cards_of_organisation, match, near
from parking.lots.queries.gate_books import GateBooks
from parking.lots.queries.gates import ClientFacts, DeviceFacts, GateBook, LaneFacts, SigningKey
from parking.lots.queries.ledger import (
    Standing,
    Total,
    TotalBy,
    capacity_at,
    later_entry_dates,
    ledger_of,
    standing_at,
    totals,
)

__all__ = [
    "Candidate",
    "ClientFacts",
    "DeviceFacts",
    "EntranceCard",
    "GateBook",
    "GateBooks",
    "LaneFacts",
    "LotCard",
    "SigningKey",
    "SpaceCard",
    "Standing",
    "Total",
    "TotalBy",
    "capacity_at",
    "cards_of_organisation",
    "codes_by_filing",
    "export_rows",
    "ids_by_code",
    "later_entry_dates",
    "ledger_of",
    "lot_cards",
    "match",
    "near",
    "standing_at",
    "totals",
]
