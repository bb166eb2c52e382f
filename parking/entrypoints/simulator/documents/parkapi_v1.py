"""What does a city of the ParkAPI v1 family serve?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from parking.entrypoints.simulator.documents.reading import Reading


def write(readings: Sequence[Reading], at: datetime, *, live: bool) -> bytes:
    """The document of one city; without `live` its lots have no `free` and the state "nodata"."""
    stamp = at.isoformat(timespec="seconds")
    updated = max((reading.as_of for reading in readings), default=at).isoformat(timespec="seconds")
    lots = [_lot(reading, live) for reading in readings]
    return orjson.dumps({"last_downloaded": stamp, "last_updated": updated, "lots": lots})


def _lot(reading: Reading, live: bool) -> dict[str, Any]:
    lot = reading.lot
    told: dict[str, Any] = {
        "id": lot.external_id,
        "name": lot.name,
        "lot_type": "路边" if lot.on_street else "停车场",
        "address": lot.address,
        "coords": {"lat": round(lot.lat, 6), "lng": round(lot.lon, 6)},
        "total": reading.general.capacity,
        "opening_hours": lot.opening_hours,
        "state": "open" if live else "nodata",
        "forecast": False,
        "notes": {},
    }
    if lot.spaces.get("accessible"):
        told["total:disabled"] = lot.spaces["accessible"]
    if live:
        told["free"] = reading.general.free
    return told
