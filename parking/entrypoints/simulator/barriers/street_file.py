"""Which barriers shall play, with which addresses and keys? A file that only its owner may read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from parking.entrypoints.simulator.barriers.barrier import Barrier, Fault
from parking.entrypoints.simulator.barriers.crossing import Gate, Leads
from parking.entrypoints.simulator.barriers.sensing import PlayedRow
from parking.entrypoints.simulator.barriers.street import PlayedStreet
from parking.entrypoints.simulator.course import Course


class OpenToAll(ValueError):
    """The file holds keys, and others than its owner may read it."""


def write_street(file: Path, told: Mapping[str, Any]) -> None:
    """Keep what `read_street` reads; nobody but the owner may read it."""
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")


def read_street(file: Path, seed: int) -> tuple[list[PlayedStreet], list[PlayedRow]]:
    """The lots with barriers and the rows with sensors.

    {"platform": address, "lots": [{"code", "vehicles", "course", "gates": [{"slug", "dialect", "path",
    "leads", "serial", "lot_key", "lane_key", "client_id", "secret", "plays", "every"}]}],
    "rows": [{"code", "course", "dialect", "path", "bays": [[serial, name]]}]}.
    Raises OpenToAll; KeyError or ValueError for what cannot be played.
    """
    if file.stat().st_mode & 0o077:
        raise OpenToAll(f"{file}: chmod 600")
    told = json.loads(file.read_text("utf-8"))
    platform = told["platform"]
    lots = [_lot(lot, platform, seed) for lot in told["lots"]]
    return lots, [_row(row, platform, seed) for row in told["rows"]]


def _lot(told: Mapping[str, Any], platform: str, seed: int) -> PlayedStreet:
    barriers = [_barrier(gate, platform) for gate in told["gates"]]
    return PlayedStreet(told["code"], told["vehicles"], Course(told["course"]), barriers, seed)


def _barrier(told: Mapping[str, Any], platform: str) -> Barrier:
    fields = {key: value for key, value in told.items() if key not in ("plays", "every", "leads", "path")}
    gate = Gate(url=platform + told["path"], leads=Leads(told["leads"]), **fields)
    return Barrier(gate, Fault(told.get("plays", Fault.GOOD)), told.get("every", 1))


def _row(told: Mapping[str, Any], platform: str, seed: int) -> PlayedRow:
    gate = Gate(told["code"], told["dialect"], platform + told["path"], Leads.ENTRY, "")
    bays = tuple((serial, name) for serial, name in told["bays"])
    return PlayedRow(told["code"], Course(told["course"]), gate, bays, seed)
