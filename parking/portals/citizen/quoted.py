"""What is told of one stay's fee: its lines in words, its next change, and by which tariff?"""

from __future__ import annotations

from typing import Any

from parking.lookup.queries import QuotedStay
from parking.portals._http.tariff_texts import in_words
from parking.tariffs.rules.quotes import Stay


def quote_told(lot_id: str, stay: Stay, quoted: QuotedStay) -> dict[str, Any]:
    """A quote as the document of the interface describes it, lines in the reader's language."""
    priced, window = quoted.priced, quoted.window
    found, tariff = priced.quote, priced.tariff
    change = None
    if found and found.next_change_at:
        change = {"at": found.next_change_at, "fee_fen": found.next_fee_fen}
    return {
        "lot": lot_id,
        "from": stay.entered_at,
        "to": stay.until_at,
        "vehicle": stay.vehicle,
        "price": priced.price,
        "fee_fen": found.fee_fen if found else None,
        "currency": "CNY",
        "lines": [{"text": in_words(line), "fee_fen": line.fen} for line in found.lines] if found else [],
        "next_change": change,
        "tariff": tariff
        and {
            "id": tariff.tariff_id,
            "name": tariff.name,
            "version": tariff.version_number,
            "in_force_since": tariff.version.from_at,
            "zone": tariff.zone,
        },
        "window_id": window.id if window else None,
    }
