"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest
from parking.kernel.errors import N_

MANIFEST = GateManifest(
    name="sorted_profile",
    vendor=N_("任何按参数排序签名的厂商（已附 HC 物联网和昆明的配置）"),
    speaks=N_("由设备的配置（TOML）写明：进出场记录、车位数、心跳"),
    authenticates=N_("对排序后的字段做 MD5、SHA-256 或 HMAC-SHA256，以配置为准"),
    owner="gateway",
    state="proven with the two shipped profiles and our own recorded messages",
    signs=True,
)
