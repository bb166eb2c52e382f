"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest

MANIFEST = GateManifest(
    name="keytop",
    vendor="科拓 Keytop",
    speaks="its cloud is asked for GetCarInoutInfo; the same record, signed, may be pushed",
    authenticates="MD5 over the sorted fields and appSecret",
    owner="gateway",
    state="signature proven with a test vector; fields are taken from code, not from the vendor",
    signs=True,
    pulls=True,
)
