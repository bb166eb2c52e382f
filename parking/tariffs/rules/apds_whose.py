"""Whom does an APDS rate table fit? Choices as qualifications, tried so that the first that fits is ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from parking.kernel.vocabulary import StayKind
from parking.tariffs.rules.tariff import Choice, VehicleClass

_ELECTRIC = ["battery", "hydrogen", "petrolBatteryHybrid", "dieselBatteryHybrid"]
_OTHER_FUELS = [
    "biodiesel",
    "diesel",
    "ethanol",
    "liquidGas",
    "lpg",
    "methane",
    "other",
    "petrol",
    "petrol95Octane",
    "petrol98Octane",
    "petrolLeaded",
    "petrolUnleaded",
    "unknown",
]
# Each type of vehicle by the classes of those that are not electric and of those that are.
_TYPES = {
    "car": (VehicleClass.SMALL, VehicleClass.NEW_ENERGY),
    "heavyVehicle": (VehicleClass.LARGE, VehicleClass.NEW_ENERGY_LARGE),
}


def of_months(choices: Sequence[Choice]) -> Iterator[tuple[int, Choice]]:
    """What choices say of monthly stays, and their numbers: it is tried before all else.

    Who has a month is in a group; what does not ask for it would fit them too.
    """
    for number, choice in enumerate(choices):
        if StayKind.MONTHLY in choice.stays:
            yield number, replace(choice, stays=(StayKind.MONTHLY,))


def of_others(choices: Sequence[Choice]) -> Iterator[tuple[int, Choice]]:
    """What choices say of all other stays: where shared ones are told apart, they come first."""
    plain = {StayKind.CASUAL, StayKind.SHARED}
    if any(len(plain & {*choice.stays}) == 1 for choice in choices):
        for number, choice in enumerate(choices):
            if not choice.stays or StayKind.SHARED in choice.stays:
                yield number, replace(choice, stays=(StayKind.SHARED,))
    for number, choice in enumerate(choices):
        if not choice.stays or StayKind.CASUAL in choice.stays:
            yield number, replace(choice, stays=())


def qualifications(choice: Choice) -> list[dict[str, Any]]:
    """Each vehicle with each kind of stay in each zone: one of them is enough.

    A zone is a group of users, which no reader matches by chance; without it the table would be everybody's.
    """
    stays: list[list[str]] = [[str(each)] for each in choice.stays] or [[]]
    zones: list[list[str]] = [[each] for each in choice.zones] or [[]]
    told = [
        vehicle | groups(stay + zone) for vehicle in _vehicles(choice) for stay in stays for zone in zones
    ]
    return [each for each in told if each]


def _vehicles(choice: Choice) -> list[dict[str, Any]]:
    """An electric car is a car: a price for others has to say so."""
    found: list[dict[str, Any]] = []
    for name, (other, electric) in _TYPES.items():
        told: dict[str, Any] = {"vehicleTypes": [name]}
        if other in choice.vehicles and electric in choice.vehicles:
            found.append(told)
        elif other in choice.vehicles:
            found.append(told | {"propulsionEnergyType": _OTHER_FUELS})
        elif electric in choice.vehicles:
            found.append(told | {"propulsionEnergyType": _ELECTRIC})
    if VehicleClass.MOTORCYCLE in choice.vehicles:
        found.append({"vehicleTypes": ["motorcycle"]})
    return found or [{}]


def groups(names: Sequence[str]) -> dict[str, Any]:
    """Whoever is in all of these groups."""
    if not names:
        return {}
    told: dict[str, Any] = {"userQualifications": [{"userGroup": {"entryDefinedValue": n}} for n in names]}
    return told | {"withMembership": True} if StayKind.MONTHLY in names else told
