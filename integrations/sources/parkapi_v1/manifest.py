"""What is this adapter, for the console and the documents?"""

from parking.boundary.feeds import Manifest

MANIFEST = Manifest(
    name="parkapi_v1",
    speaks="ParkAPI v1 JSON: one document of a city with its lots and their free spaces",
    authenticates="none",
    owner="guidance",
    state="proven with the recorded feed of one city",
)
