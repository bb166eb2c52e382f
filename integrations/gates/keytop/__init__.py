"""科拓 Keytop, pushed and asked, and told who may enter."""

from integrations.gate_dialects import Dialect
from integrations.gates.keytop.allowing import MonthlyCards
from integrations.gates.keytop.asking import GetCarInoutInfo
from integrations.gates.keytop.manifest import MANIFEST
from integrations.gates.keytop.protocol import read, reply, serial_of

DIALECT = Dialect(MANIFEST, read, reply, serial_of)
PULL = GetCarInoutInfo()
ALLOWS = MonthlyCards()
