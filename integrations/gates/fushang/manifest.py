"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest

MANIFEST = GateManifest(
    name="fushang",
    vendor="富尚 FuShang",
    speaks="sendParkStatu and sendDeviceHeartbeat as JSON",
    authenticates="the secret in the address; a bay counts once it is registered",
    owner="gateway",
    state="proven with payloads in the shape of public receivers and the simulator",
    sensors=True,
    paths=("status",),
)
