"""艾佳 AirJoy bay sensors."""

from integrations.gate_dialects import Dialect
from integrations.gates.airjoy.manifest import MANIFEST
from integrations.gates.airjoy.protocol import read, reply, serial_of

DIALECT = Dialect(MANIFEST, read, reply, serial_of)
