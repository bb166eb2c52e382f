"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest
from parking.kernel.errors import N_

MANIFEST = GateManifest(
    name="vzenith",
    vendor=N_("臻识 Vzenith（也以 ALPHADIGI 之名出售）"),
    speaks=N_("HTTP 推送车牌、断网补传、表单或 JSON 心跳；输入信号和抓拍图忽略"),
    authenticates=N_("地址中的密钥和序列号"),
    owner="gateway",
    state="proven with payloads in the shape of the maker's manual and the simulator",
    paths=("plate",),
)
