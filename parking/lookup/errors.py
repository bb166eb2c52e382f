"""What can be wrong with a question to the look-up?"""

from __future__ import annotations

from parking.kernel.errors import N_, InvalidInput, NotFound, Unavailable


class OutsideCity(InvalidInput):
    """The circle around the point does not touch the city's bounds."""

    code = "outside_city"
    text = N_("这个位置及其周围 %(radius_m)d 米都不在%(city)s范围内")


class LotUnknown(NotFound):
    """No lot has this id."""

    code = "lot_unknown"
    text = N_("没有这个停车场")


class ModelNotFilled(Unavailable):
    """The read model was not loaded yet."""

    code = "lookup_not_filled"
    text = N_("停车数据正在载入，请稍后再试")
