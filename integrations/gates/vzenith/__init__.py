"""臻识 Vzenith HTTP push."""

from integrations.gate_dialects import Dialect
from integrations.gates.vzenith.manifest import MANIFEST
from integrations.gates.vzenith.protocol import read, reply, serial_of

DIALECT = Dialect(MANIFEST, read, reply, serial_of)
