"""What is this adapter, for the console and the documents?"""

from parking.boundary.feeds import Manifest

MANIFEST = Manifest(
    name="datex2",
    speaks="DATEX II 2.x XML: ParkingTable, ParkingStatus, ParkingFacilityTable, ParkingFacilityTableStatus",
    authenticates="none",
    owner="guidance",
    state="proven with the recorded feeds of three cities",
)
