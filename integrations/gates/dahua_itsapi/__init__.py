"""大华 Dahua ITSAPI."""

from integrations.gate_dialects import Dialect
from integrations.gates.dahua_itsapi.manifest import MANIFEST
from integrations.gates.dahua_itsapi.protocol import read, reply, serial_of

DIALECT = Dialect(MANIFEST, read, reply, serial_of)
