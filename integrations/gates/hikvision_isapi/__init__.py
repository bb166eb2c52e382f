"""海康威视 Hikvision ISAPI."""

from integrations.gate_dialects import Dialect
from integrations.gates.hikvision_isapi.manifest import MANIFEST
from integrations.gates.hikvision_isapi.protocol import read, reply, serial_of

DIALECT = Dialect(MANIFEST, read, reply, serial_of)
