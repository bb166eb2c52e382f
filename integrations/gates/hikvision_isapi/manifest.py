"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest
from parking.kernel.errors import N_

MANIFEST = GateManifest(
    name="hikvision_isapi",
    vendor=N_("海康威视 Hikvision"),
    speaks=N_("ISAPI 车牌识别事件：multipart、任意命名空间的 XML 或 JSON；心跳"),
    authenticates=N_("地址中的密钥和 MAC 地址"),
    owner="gateway",
    state="proven with payloads in the shapes of several firmwares and the simulator",
    paths=("anpr",),
)
