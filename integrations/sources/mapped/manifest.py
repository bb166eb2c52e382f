"""What is this adapter, for the console and the documents?"""

from parking.boundary.feeds import MAPPED, Manifest

MANIFEST = Manifest(
    name=MAPPED,
    speaks="any JSON, GeoJSON, XML, CSV or XLSX, read by a mapping (docs/mapping.md)",
    authenticates="none",
    owner="guidance",
    state="proven with recorded documents of each format",
)
