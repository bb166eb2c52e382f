"""How are a fee's lines and a tariff's sentences written for a reader? Money as money, in his language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from flask_babel import gettext

from parking.kernel.errors import N_
from parking.portals._http import formats
from parking.tariffs.rules import words
from parking.tariffs.rules.lines import Line
from parking.tariffs.rules.tariff import VehicleClass

VEHICLES: Mapping[VehicleClass, str] = {
    VehicleClass.SMALL: N_("小型车"),
    VehicleClass.NEW_ENERGY: N_("新能源小型车"),
    VehicleClass.LARGE: N_("大型车"),
    VehicleClass.NEW_ENERGY_LARGE: N_("新能源大型车"),
    VehicleClass.MOTORCYCLE: N_("摩托车"),
}
"""In the order in which a driver is asked."""

# Lines that say how a fee is reckoned; what follows them has a price of its own.
_NOTES = frozenset(
    {words.DEDUCTED, words.NEW_VERSION, words.DAYS_UNKNOWN, words.COUPON_MINUTES, words.COUPON_TARIFF}
)


class Told(Protocol):
    """A line of a fee or a sentence of a sign: a msgid; what ends in `_fen` of its params is money."""

    @property
    def text(self) -> str: ...

    @property
    def params(self) -> Mapping[str, int | str]: ...


def in_words(told: Told) -> str:
    """A line or sentence in the reader's language."""
    return gettext(told.text, **with_money(told.params))


def fee_in_words(fen: int) -> str:
    """An amount, or that it is nothing."""
    return formats.money(fen) if fen else gettext("免费")


def amount_in_words(line: Line) -> str:
    """What a line of a fee comes to; empty where it only says how the fee is reckoned."""
    return "" if not line.fen and line.text in _NOTES else fee_in_words(line.fen)


def stay_in_words(stay: timedelta) -> str:
    """30 分钟, 2 小时, 1 小时 30 分钟: a stay to the minute, without parts that are nothing."""
    hours, minutes = divmod(stay // timedelta(minutes=1), 60)
    told = [gettext("%(num)s 小时", num=hours)] if hours else []
    if minutes or not hours:
        told.append(gettext("%(num)s 分钟", num=minutes))
    return " ".join(told)


def with_money(params: Mapping[str, object]) -> dict[str, object]:
    """What of a problem is money, written as money."""
    return {
        key: formats.money(value) if key.endswith("_fen") and isinstance(value, int) else value
        for key, value in params.items()
    }
