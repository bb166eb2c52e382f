"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest

MANIFEST = GateManifest(
    name="hikvision_cloud",
    vendor="海康威视 Hikvision, cloud parking platform",
    speaks="its cloud is asked for getVehicleRecords; single signed records and heartbeats may be pushed",
    authenticates="token: MD5 over the sorted fields and secret, with time and nonce",
    owner="gateway",
    state="proven with our own recorded answers; the token's rule is taken from code",
    signs=True,
    resends=False,
    pulls=True,
    paths=("records", "heartBeat"),
)
