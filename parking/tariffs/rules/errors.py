"""What can be wrong with a tariff's document, or with a stay that is to be priced?"""

from __future__ import annotations

from parking.kernel.errors import InvalidInput
from parking.tariffs.rules import words


class TariffInvalid(InvalidInput):
    """The document says nothing that can be reckoned with; each problem names its place in it."""

    code = "tariff_invalid"
    text = words.TARIFF_INVALID


class StayRefused(InvalidInput):
    """The root of why a stay has no price."""

    code = "stay_refused"
    text = words.STAY_REFUSED


class StayEndsBeforeItBegins(StayRefused):
    code = "stay_ends_before_it_begins"
    text = words.STAY_ENDS_EARLY


class StayTooLong(StayRefused):
    """Longer than 366 days: no parking, or a lost exit."""

    code = "stay_too_long"
    text = words.STAY_TOO_LONG


class CouponUnknown(StayRefused):
    """It names a plan that the tariff has not."""

    code = "coupon_unknown"
    text = words.COUPON_UNKNOWN


class TariffUnknown(StayRefused):
    """The lot had no tariff when the vehicle entered."""

    code = "tariff_unknown"
    text = words.TARIFF_UNKNOWN
