"""What is this dialect, for the console and the documents?"""

from parking.boundary.gates import GateManifest

MANIFEST = GateManifest(
    name="sorted_profile",
    vendor="any vendor that signs sorted parameters; profiles for HC 物联网 and Kunming are shipped",
    speaks="what the device's profile (TOML) says: passages, absolute counts, heartbeats",
    authenticates="MD5, SHA-256 or HMAC-SHA256 over the sorted fields, as the profile says",
    owner="gateway",
    state="proven with the two shipped profiles and our own recorded messages",
    signs=True,
)
