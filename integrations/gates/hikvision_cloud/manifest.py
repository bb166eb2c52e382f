"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest
from parking.kernel.errors import N_

MANIFEST = GateManifest(
    name="hikvision_cloud",
    vendor=N_("海康威视 Hikvision 云停车平台"),
    speaks=N_("向其云平台取 getVehicleRecords；签名的单条记录和心跳也可推送"),
    authenticates=N_("token：对排序后的字段、secret、时间和随机数做 MD5"),
    owner="gateway",
    state="proven with our own recorded answers; the token's rule is taken from code",
    signs=True,
    resends=False,
    pulls=True,
    paths=("records", "heartBeat"),
)
