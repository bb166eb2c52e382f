"""P云 4PYun push, and telling its cloud who may enter."""

from integrations.gate_dialects import Dialect
from integrations.gates.fourpyun.allowing import Reservations
from integrations.gates.fourpyun.manifest import MANIFEST
from integrations.gates.fourpyun.protocol import read, reply, serial_of

DIALECT = Dialect(MANIFEST, read, reply, serial_of)
ALLOWS = Reservations()
