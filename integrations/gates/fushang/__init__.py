"""富尚 FuShang bay sensors."""

from integrations.gate_dialects import Dialect
from integrations.gates.fushang.manifest import MANIFEST
from integrations.gates.fushang.protocol import read, reply, serial_of

DIALECT = Dialect(MANIFEST, read, reply, serial_of)
