"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest

MANIFEST = GateManifest(
    name="airjoy",
    vendor="艾佳 AirJoy",
    speaks="bay states and heartbeats as JSON",
    authenticates="the secret in the address; a bay counts once it is registered",
    owner="gateway",
    state="proven with payloads in the shape of public receivers and the simulator",
    sensors=True,
    paths=("push",),
)
