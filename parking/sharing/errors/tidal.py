"""What can be wrong with tidal bays?"""

from __future__ import annotations

from parking.kernel.errors import N_, Conflict, InvalidInput, NotFound


class TidalRefused(InvalidInput):
    """Fields of an arrangement are wrong; each problem names its field."""

    code = "tidal_refused"
    text = N_("潮汐车位信息有 %(count)s 处错误")


class TidalUnknown(NotFound):
    """There is no such arrangement, or it lies outside the caller's districts."""

    code = "tidal_unknown"
    text = N_("没有这处潮汐车位")


class TidalEnded(Conflict):
    """Somebody ended it already."""

    code = "tidal_ended"
    text = N_("这处潮汐车位已登记为 %(on)s 起结束")
