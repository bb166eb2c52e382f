"""What may be done to the register?"""

from parking.lots.service.certificates import put_certificate
from parking.lots.service.devices import (
    EndedWord,
    NewDevice,
    change_device,
    disable_device,
    register_device,
    rotate_device_secret,
    set_signing_secret,
)
from parking.lots.service.entries import EntriesReport, import_book_entries
from parking.lots.service.importing import ImportReport, RowChange, import_lots
from parking.lots.service.lanes import (
    StoppedLane,
    change_lane,
    close_lane,
    register_lane,
    set_counting_source,
)
from parking.lots.service.mapping import disable_client, grant_lots, map_lane, map_lot
from parking.lots.service.register import change_lot, mark_connected, register_lot
from parking.lots.service.sightings import Sighting, Sightings, note_unknown, seen, watch_devices
from parking.lots.service.spaces import correct_spaces_to, record_spaces
from parking.lots.service.workbook import import_book_rows

__all__ = [
    "EndedWord",
    "EntriesReport",
    "ImportReport",
    "NewDevice",
    "RowChange",
    "Sighting",
    "Sightings",
    "StoppedLane",
    "change_device",
    "change_lane",
    "change_lot",
    "close_lane",
    "correct_spaces_to",
    "disable_client",
    "disable_device",
    "grant_lots",
    "import_book_entries",
    "import_book_rows",
    "import_lots",
    "map_lane",
    "map_lot",
    "mark_connected",
    "note_unknown",
    "put_certificate",
    "record_spaces",
    "register_device",
    "register_lane",
    "register_lot",
    "rotate_device_secret",
    "seen",
    "set_counting_source",
    "set_signing_secret",
    "watch_devices",
]
