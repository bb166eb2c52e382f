"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest

MANIFEST = GateManifest(
    name="vzenith",
    vendor="臻识 Vzenith (also sold as ALPHADIGI)",
    speaks="HTTP push of plates, offline replay, heartbeats as form or JSON, inputs and snapshots ignored",
    authenticates="the secret in the address, and the serial",
    owner="gateway",
    state="proven with payloads in the shape of the maker's manual and the simulator",
    paths=("plate",),
)
