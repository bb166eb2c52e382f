"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest

MANIFEST = GateManifest(
    name="hikvision_isapi",
    vendor="海康威视 Hikvision",
    speaks="ISAPI ANPR events as multipart, XML of any namespace, or JSON; heartbeats",
    authenticates="the secret in the address, and the MAC address",
    owner="gateway",
    state="proven with payloads in the shapes of several firmwares and the simulator",
    paths=("anpr",),
)
