"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest
from parking.kernel.errors import N_

MANIFEST = GateManifest(
    name="airjoy",
    vendor=N_("艾佳 AirJoy"),
    speaks=N_("JSON：泊位状态和心跳"),
    authenticates=N_("地址中的密钥；泊位登记后才计数"),
    owner="gateway",
    state="proven with payloads in the shape of public receivers and the simulator",
    sensors=True,
    paths=("push",),
)
