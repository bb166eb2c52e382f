"""What does the platform of a small town answer? Its own words, numbers as texts, all in one document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson

from parking.entrypoints.simulator.city import PlayedSource
from parking.entrypoints.simulator.documents.reading import Reading
from parking.kernel.geo import from_wgs84


def write(source: PlayedSource, readings: Sequence[Reading], at: datetime) -> bytes:
    """The document at an instant: a row for each lot, and the rows that its clerks never finished."""
    parks = [*(_park(source, reading) for reading in readings), *source.raw]
    result = {"time": at.strftime("%Y-%m-%d %H:%M:%S"), "parks": parks}
    return orjson.dumps({"code": 0, "msg": "成功", "result": result})


def _park(source: PlayedSource, reading: Reading) -> dict[str, str]:
    lot, tally = reading.lot, reading.tallies["general"]
    lat, lon = from_wgs84(lot.lat, lot.lon, source.datum)
    return {
        "parkCode": lot.external_id,
        "parkName": lot.name,
        "address": lot.address,
        "longitude": f"{lon:.6f}",
        "latitude": f"{lat:.6f}",
        "totalNum": str(tally.capacity),
        "restNum": str(tally.free),
    }
