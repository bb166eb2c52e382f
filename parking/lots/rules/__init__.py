"""Which decisions about a lot are pure?"""

from parking.lots.rules.drafts import EntranceDraft, EntranceUse, LotDraft, RowProblem, check_draft
from parking.lots.rules.gates import (
    DeviceDraft,
    DeviceKind,
    DeviceRole,
    LaneDirection,
    LaneDraft,
    client_source,
    device_source,
)
from parking.lots.rules.hours import HoursReader, OpenState, validate
from parking.lots.rules.hours_words import describe
from parking.lots.rules.ledger import (
    REASON_NAMES,
    DatedChange,
    LedgerReason,
    SpaceChange,
    check_change,
    check_sums,
)
from parking.lots.rules.rows import RowsRead, read_rows
from parking.lots.rules.tables import Table, read_table, write_table

__all__ = [
    "REASON_NAMES",
    "DatedChange",
    "DeviceDraft",
    "DeviceKind",
    "DeviceRole",
    "EntranceDraft",
    "EntranceUse",
    "HoursReader",
    "LaneDirection",
    "LaneDraft",
    "LedgerReason",
    "LotDraft",
    "OpenState",
    "RowProblem",
    "RowsRead",
    "SpaceChange",
    "Table",
    "check_change",
    "check_draft",
    "check_sums",
    "client_source",
    "describe",
    "device_source",
    "read_rows",
    "read_table",
    "validate",
    "write_table",
]
