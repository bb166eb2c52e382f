"""海康 Hikvision's cloud parking platform, pushed and asked."""

from integrations.gate_dialects import Dialect
from integrations.gates.hikvision_cloud.asking import GetVehicleRecords
from integrations.gates.hikvision_cloud.manifest import MANIFEST
from integrations.gates.hikvision_cloud.protocol import read, reply, serial_of

DIALECT = Dialect(MANIFEST, read, reply, serial_of)
PULL = GetVehicleRecords()
