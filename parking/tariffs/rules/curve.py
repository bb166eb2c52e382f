"""How does the fee grow while a vehicle stays: as a curve to draw, and as a table of its rises?"""

from __future__ import annotations

from datetime import datetime, timedelta

from parking.kernel.vocabulary import StayKind
from parking.tariffs.rules.quotes import LONGEST_DAYS, Stay, quote
from parking.tariffs.rules.tariff import Days, TariffRules, VehicleClass

_MINUTE = timedelta(minutes=1)


def rises(
    rules: TariffRules,
    entered_at: datetime,
    hours: int,
    vehicle: VehicleClass,
    calendar: Days,
    *,
    zone: str | None = None,
    kind: StayKind = StayKind.CASUAL,
) -> list[tuple[int, int]]:
    """Each fee of a stay up to `hours` (1 to 366 days) long, with the first whole minute that costs it.

    The first is (0, the fee of a stay that ends at once); each fee holds up to the minute before the next.
    """
    if not 1 <= hours <= LONGEST_DAYS * 24:
        raise ValueError("a curve is from an hour to 366 days long")
    found: list[tuple[int, int]] = []
    minute, until_at = 0, entered_at
    while minute <= hours * 60:
        stay = Stay(entered_at, until_at, vehicle=vehicle, kind=kind, zone=zone)
        now = quote(rules, stay, calendar)
        if found and found[-1][0] == minute:
            found.pop()
        found.append((minute, now.fee_fen))
        if now.next_change_at is None:
            break
        until_at = now.next_change_at
        minute = -((entered_at - until_at) // _MINUTE)
    return found


def curve(
    rules: TariffRules,
    entered_at: datetime,
    hours: int,
    vehicle: VehicleClass,
    calendar: Days,
    step_minutes: int = 15,
    *,
    zone: str | None = None,
    kind: StayKind = StayKind.CASUAL,
) -> list[tuple[int, int]]:
    """(minute, fee in fen) of stays of 0, `step_minutes`, ... minutes up to `hours`, of one entry.

    Raises ValueError for a step below a minute and for hours that `rises` refuses.
    """
    if step_minutes < 1:
        raise ValueError("a curve's points are at least a minute apart")
    told = rises(rules, entered_at, hours, vehicle, calendar, zone=zone, kind=kind)
    points, place = [], 0
    for minute in range(0, hours * 60 + 1, step_minutes):
        while place + 1 < len(told) and told[place + 1][0] <= minute:
            place += 1
        points.append((minute, told[place][1]))
    return points
