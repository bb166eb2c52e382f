"""易姆讯 InMotion bay sensors."""

from integrations.gate_dialects import Dialect
from integrations.gates.inmotion.manifest import MANIFEST
from integrations.gates.inmotion.protocol import read, reply, serial_of

DIALECT = Dialect(MANIFEST, read, reply, serial_of)
