"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest

MANIFEST = GateManifest(
    name="dahua_itsapi",
    vendor="大华 Dahua",
    speaks="ITSAPI: TollgateInfo, KeepAlive and DeviceInfo as JSON",
    authenticates="the secret in the address, and the device id",
    owner="gateway",
    state="proven with payloads in the shape of public receivers and the simulator",
)
