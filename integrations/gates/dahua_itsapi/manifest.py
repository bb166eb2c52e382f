"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest
from parking.kernel.errors import N_

MANIFEST = GateManifest(
    name="dahua_itsapi",
    vendor=N_("大华 Dahua"),
    speaks=N_("ITSAPI 的 JSON：TollgateInfo、KeepAlive 和 DeviceInfo"),
    authenticates=N_("地址中的密钥和设备编号"),
    owner="gateway",
    state="proven with payloads in the shape of public receivers and the simulator",
)
