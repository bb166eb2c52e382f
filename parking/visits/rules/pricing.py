"""What does a price depend on that a stay's plate, kind and payments tell?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from parking.kernel.vocabulary import PlateColour, StayKind
from parking.plates.rules import PlateKind
from parking.tariffs.rules.quotes import Stay
from parking.tariffs.rules.tariff import Exemption, VehicleClass, vehicle_of

# What the plate's text says is surer than the colour that a camera saw. Driving schools' plates are yellow
# whatever the vehicle's size; nearly all are small cars.
_BY_KIND: Mapping[str, VehicleClass] = MappingProxyType(
    {
        PlateKind.NEW_ENERGY_SMALL: VehicleClass.NEW_ENERGY,
        PlateKind.NEW_ENERGY_LARGE: VehicleClass.NEW_ENERGY_LARGE,
        PlateKind.COACH: VehicleClass.SMALL,
        PlateKind.TRAILER: VehicleClass.LARGE,
    }
)
# 应急 plates are those of the national fire and rescue service; the armed police counts as military.
_EXEMPTIONS: Mapping[str, Exemption] = MappingProxyType(
    {
        PlateKind.MILITARY: Exemption.MILITARY,
        PlateKind.ARMED_POLICE: Exemption.MILITARY,
        PlateKind.POLICE: Exemption.POLICE,
        PlateKind.EMERGENCY: Exemption.FIRE,
    }
)


def vehicle_class(colour: PlateColour, kind: PlateKind) -> VehicleClass:
    """What a vehicle is to a price list, by its plate."""
    return _BY_KIND.get(kind) or vehicle_of(colour)


def exemption_of(kind: PlateKind) -> Exemption | None:
    """What a plate says of why its vehicle may be let off; the tariff decides whether it is."""
    return _EXEMPTIONS.get(kind)


def priced_stay(
    entered_at: datetime,
    until_at: datetime,
    *,
    colour: str = PlateColour.UNKNOWN,
    plate_kind: str = PlateKind.ORDINARY,
    stay: str = StayKind.CASUAL,
) -> Stay:
    """A stay as tariffs price it, from what a visit's row tells; its zone is the lot's."""
    kind = PlateKind(plate_kind)
    return Stay(
        entered_at=entered_at,
        until_at=until_at,
        vehicle=vehicle_class(PlateColour(colour), kind),
        kind=StayKind(stay),
        exemption=exemption_of(kind),
    )
