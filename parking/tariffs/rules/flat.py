"""What does a stay cost under one flat tariff: some minutes free, started hours, a most for each 24 hours?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from parking.kernel.errors import N_

_HOUR = timedelta(hours=1)
_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class FlatTariff:
    """`hour_fen` for each started hour from entry on, at most `day_cap_fen` in 24 hours from entry."""

    free_minutes: int
    hour_fen: int
    day_cap_fen: int


@dataclass(frozen=True, slots=True)
class FeeLine:
    """A part of a fee: `text` is a msgid; those of its `params` that end in `_fen` are money."""

    text: str
    fen: int
    params: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee in fen, the sum of its lines; the same until `valid_until_at` (None: it does not rise)."""

    fen: int
    lines: tuple[FeeLine, ...]
    valid_until_at: datetime | None


def flat_fee(tariff: FlatTariff, entered_at: datetime, until_at: datetime) -> Fee:
    """The fee of a stay [entered_at, until_at]; never falls as the stay grows.

    A stay within the free minutes costs nothing; a longer one is paid for from its first minute. Raises
    ValueError where the stay ends before it begins.
    """
    stay = until_at - entered_at
    if stay < timedelta(0):
        raise ValueError("a stay ends after it begins")
    free = timedelta(minutes=tariff.free_minutes)
    if stay <= free:
        line = FeeLine(N_("%(minutes)s 分钟以内免费"), 0, {"minutes": tariff.free_minutes})
        return Fee(0, (line,), entered_at + free)
    cap = min(tariff.day_cap_fen, 24 * tariff.hour_fen)
    days, rest = divmod(stay, _DAY)
    hours = -(-rest // _HOUR)
    begun = hours * tariff.hour_fen
    day_began_at = entered_at + days * _DAY
    lines = []
    if days:
        params = {"days": days, "cap_fen": cap}
        lines.append(FeeLine(N_("%(days)s 个 24 小时，每个最高 %(cap_fen)s"), days * cap, params))
    if begun > cap:
        params = {"hours": hours, "cap_fen": cap}
        lines.append(FeeLine(N_("%(hours)s 小时，已到 24 小时最高 %(cap_fen)s"), cap, params))
    elif hours:
        params = {"hours": hours, "hour_fen": tariff.hour_fen}
        lines.append(FeeLine(N_("%(hours)s 小时，每小时 %(hour_fen)s"), begun, params))
    rises_at = day_began_at + (_DAY if begun >= cap else hours * _HOUR)
    return Fee(sum(line.fen for line in lines), tuple(lines), rises_at)


def free_fee(text: str) -> Fee:
    """No fee, for the reason `text` (a msgid)."""
    return Fee(0, (FeeLine(text, 0),), None)
