"""Which barriers shall play, with which addresses and keys? A file that only its owner may read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parking.entrypoints.simulator.barriers.asked import AskedLot
from parking.entrypoints.simulator.barriers.barrier import Barrier, Fault
from parking.entrypoints.simulator.barriers.crossing import Gate, Leads
from parking.entrypoints.simulator.barriers.sensing import PlayedRow
from parking.entrypoints.simulator.barriers.street import PlayedStreet
from parking.entrypoints.simulator.barriers.told import ToldLot
from parking.entrypoints.simulator.clouds import Cloud
from parking.entrypoints.simulator.course import Course
from parking.kernel.folders import write_whole


class OpenToAll(ValueError):
    """The file holds keys, and others than its owner may read it."""


def write_street(file: Path, told: Mapping[str, Any]) -> None:
    """Keep what `read_street` reads; nobody but the owner may read it."""
    write_whole(file, json.dumps(told, ensure_ascii=False, indent=1).encode())


@dataclass(frozen=True, slots=True)
class StreetFile:
    """All that plays besides the feeds. `networks` are those that take money, with their keys."""

    lots: Sequence[PlayedStreet] = ()
    rows: Sequence[PlayedRow] = ()
    clouds: Sequence[AskedLot] = ()
    told: Sequence[ToldLot] = ()
    networks: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)


def read_street(file: Path, seed: int) -> StreetFile:
    """What shall play.

    {"platform": address, "lots": [{"code", "vehicles", "course", "gates": [{"slug", "dialect", "path",
    "leads", "serial", "lot_key", "lane_key", "client_id", "secret", "plays", "every"}]}],
    "rows": [{"code", "course", "dialect", "path", "bays": [[serial, name]]}],
    "clouds": [{"code", "vehicles", "course", "dialect", "app_id", "secret", "lot_key",
    "lanes": {leads: name}}], "told": [{"code", "dialect", "app_id", "secret", "lot_key"}],
    "networks": {name: {"app_id", "key"}}}.
    Raises OpenToAll; KeyError or ValueError for what cannot be played.
    """
    if file.stat().st_mode & 0o077:
        raise OpenToAll(f"{file}: chmod 600")
    told = json.loads(file.read_text("utf-8"))
    platform = told["platform"]
    return StreetFile(
        [_lot(lot, platform, seed) for lot in told["lots"]],
        [_row(row, platform, seed) for row in told["rows"]],
        [_cloud(cloud, seed) for cloud in told["clouds"]],
        [_told(cloud) for cloud in told.get("told", ())],
        told["networks"],
    )


def _cloud(told: Mapping[str, Any], seed: int) -> AskedLot:
    return AskedLot(
        slug=told["code"],
        code=told["code"],
        vehicles=told["vehicles"],
        course=Course(told["course"]),
        vendor=told["dialect"],
        cloud=Cloud(told["app_id"], told["secret"], told["lot_key"]),
        lanes={Leads(leads): name for leads, name in told["lanes"].items()},
        seed=seed,
    )


def _told(told: Mapping[str, Any]) -> ToldLot:
    cloud = Cloud(told["app_id"], told["secret"], told["lot_key"])
    return ToldLot(told["code"], told["code"], told["dialect"], cloud)


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
