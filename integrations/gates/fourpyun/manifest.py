"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest

MANIFEST = GateManifest(
    name="fourpyun",
    vendor="P云 4PYun",
    speaks="form posts of entries and exits, with the free spaces along",
    authenticates="MD5 over the sorted fields and app_secret, and the secret in the address",
    owner="gateway",
    state="proven with the vendor's test vectors and our own recorded forms",
    signs=True,
    paths=("gate/1.0/parking/internal/enter", "gate/1.0/parking/internal/leave"),
)
