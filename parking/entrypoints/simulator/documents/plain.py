"""What does our own plain JSON look like, the format that a new lot is asked to serve?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from parking.entrypoints.simulator.city import PlayedSource
from parking.entrypoints.simulator.documents.reading import Reading
from parking.kernel.geo import from_wgs84


def write(source: PlayedSource, readings: Sequence[Reading], at: datetime, *, live: bool) -> bytes:
    """The document at an instant; without `live` each class tells its capacity alone."""
    lots = [_lot(source, reading, live) for reading in readings]
    return orjson.dumps({"parking": "1", "generated_at": at.isoformat(timespec="seconds"), "lots": lots})


def _lot(source: PlayedSource, reading: Reading, live: bool) -> dict[str, Any]:
    lot = reading.lot
    lat, lon = from_wgs84(lot.lat, lot.lon, source.datum)
    return {
        "id": lot.external_id,
        "name": lot.name,
        "lat": round(lat, 6),
        "lon": round(lon, 6),
        "datum": source.datum.value,
        "address": lot.address,
        "operator": lot.operator,
        "opening_hours": lot.opening_hours,
        "max_height_cm": lot.max_height_cm,
        "counts": [
            {"class": space_class, "capacity": tally.capacity}
            | (
                {
                    source.tells: tally.occupied if source.tells == "occupied" else tally.free,
                    "as_of": reading.as_of.isoformat(timespec="seconds"),
                }
                if live
                else {}
            )
            for space_class, tally in reading.tallies.items()
        ],
    }
