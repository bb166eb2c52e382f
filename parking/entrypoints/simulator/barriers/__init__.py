"""In which dialects do the played barriers speak? Named as in /compat/<name>, and the clean API."""

from __future__ import annotations

from collections.abc import Mapping

from parking.entrypoints.simulator.barriers.bolink import Bolink
from parking.entrypoints.simulator.barriers.clean import Clean
from parking.entrypoints.simulator.barriers.crossing import Dialect
from parking.entrypoints.simulator.barriers.dahua import DahuaItsapi
from parking.entrypoints.simulator.barriers.fourpyun import FourPYun
from parking.entrypoints.simulator.barriers.hikvision import HikvisionIsapi
from parking.entrypoints.simulator.barriers.vzenith import Vzenith

CLEAN = "clean"
DIALECTS: Mapping[str, Dialect] = {
    "vzenith": Vzenith(),
    "hikvision_isapi": HikvisionIsapi(),
    "dahua_itsapi": DahuaItsapi(),
    "fourpyun": FourPYun(),
    "bolink": Bolink(),
    CLEAN: Clean(),
}
