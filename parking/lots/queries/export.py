"""How does the register stand in a file, so that importing it changes nothing?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from parking.kernel.geo import from_wgs84
from parking.kernel.vocabulary import Access, Datum, LotKind, LotType
from parking.lots.queries.cards import EntranceCard, LotCard, lot_cards
from parking.lots.rules.columns import ACCESSES, KINDS, TYPES, USES
from parking.lots.rules.drafts import EntranceUse

_AS_THEY_ARE = (
    "code",
    "name",
    "name_en",
    "district_code",
    "address",
    "operator_name",
    "opening_hours",
    "hours_note",
    "max_height_cm",
    "filing_no",
)


def export_rows(session: Session, on: date) -> list[dict[str, Any]]:
    """Every lot by column of a register file (`rules.write_table`), in Chinese words.

    The place is the pair as it was given; `wgs84_lat` and `wgs84_lon` are for maps.
    """
    return [export_row(card) for card in lot_cards(session, on)]


def export_row(card: LotCard) -> dict[str, Any]:
    """A lot by column, in Chinese words."""
    row: dict[str, Any] = {name: getattr(card, name) for name in _AS_THEY_ARE}
    row |= {
        "kind": _word(LotKind(card.kind), KINDS),
        "type": _word(LotType(card.type), TYPES),
        "access": _word(Access(card.access), ACCESSES),
        "lat": card.source_lat,
        "lon": card.source_lon,
        "datum": card.source_datum,
        "wgs84_lat": card.lat,
        "wgs84_lon": card.lon,
        "etc_since_on": card.etc_since_on.isoformat() if card.etc_since_on else None,
        "bay_length_m": card.bay_length_m or None,
        "entrances": "; ".join(_entrance(way, Datum(card.source_datum)) for way in card.entrances) or None,
    }
    for group in card.spaces:
        row[group.space_class.value] = group.capacity
        if group.access is not None:
            row[f"{group.space_class.value}_access"] = _word(Access(group.access), ACCESSES)
    return row


def _word(value: StrEnum, words: Mapping[Any, str]) -> str:
    return words[value]


def _entrance(way: EntranceCard, datum: Datum) -> str:
    lat, lon = way.source_lat, way.source_lon
    if way.source_datum != datum:
        # One column of the file holds for all: told in the datum of the lot, to a centimetre.
        lat, lon = (round(degrees, 7) for degrees in from_wgs84(way.lat, way.lon, datum))
    return f"{way.name} {lat!r},{lon!r} {USES[EntranceUse(way.use)]}"
