"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest
from parking.kernel.errors import N_

MANIFEST = GateManifest(
    name="bolink",
    vendor=N_("泊链 Bolink / ParkingOS"),
    speaks=N_("上传进出场记录，附带空车位数；车场电脑登录"),
    authenticates=N_("对收到的 data 原文和 key 做 MD5"),
    owner="gateway",
    state="signature proven with the vendor's test vector; uploads with our own recorded messages",
    signs=True,
)
