"""泊链 Bolink / ParkingOS push."""

from integrations.gate_dialects import Dialect
from integrations.gates.bolink.manifest import MANIFEST
from integrations.gates.bolink.protocol import read, reply, serial_of

DIALECT = Dialect(MANIFEST, read, reply, serial_of)
