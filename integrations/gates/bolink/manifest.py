"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest

MANIFEST = GateManifest(
    name="bolink",
    vendor="泊链 Bolink / ParkingOS",
    speaks="uploads of entries and exits with the empty spaces along, and the log-in of a lot's computer",
    authenticates="MD5 over the text of data as it was sent, and key",
    owner="gateway",
    state="signature proven with the vendor's test vector; uploads with our own recorded messages",
    signs=True,
)
