"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest
from parking.kernel.errors import N_

MANIFEST = GateManifest(
    name="keytop",
    vendor=N_("科拓 Keytop"),
    speaks=N_("向其云平台取 GetCarInoutInfo；同样的记录签名后也可推送"),
    authenticates=N_("对排序后的字段和 appSecret 做 MD5"),
    owner="gateway",
    state="signature proven with a test vector; fields are taken from code, not from the vendor",
    signs=True,
    pulls=True,
)
