"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest
from parking.kernel.errors import N_

MANIFEST = GateManifest(
    name="fourpyun",
    vendor=N_("P云 4PYun"),
    speaks=N_("表单上报进出场记录，附带空车位数"),
    authenticates=N_("对排序后的字段和 app_secret 做 MD5，加上地址中的密钥"),
    owner="gateway",
    state="proven with the vendor's test vectors and our own recorded forms",
    signs=True,
    paths=("gate/1.0/parking/internal/enter", "gate/1.0/parking/internal/leave"),
)
