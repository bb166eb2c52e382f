"""What can be wrong with a count that a person sets, or with the terms of a source?"""

from __future__ import annotations

from parking.kernel.errors import N_, InvalidInput, NotFound


class CountRefused(InvalidInput):
    """The count of a person is no count of this lot; the fields say why."""

    code = "count_refused"
    text = N_("无法登记该车位数")


class ReasonMissing(InvalidInput):
    """A step that people answer for was taken without saying why."""

    code = "reason_missing"
    text = N_("请说明理由")


class LimitsWrong(InvalidInput):
    """The limits of a source are not 0 < first < second <= one day."""

    code = "count_limits_wrong"
    text = N_("时限有误：应满足 0 < 第一时限 < 第二时限 ≤ %(longest_s)s 秒")


class BayRefused(InvalidInput):
    """The bays of a device cannot be registered so; the field says why."""

    code = "bays_refused"
    text = N_("无法登记这些车位")


class BayUnknown(NotFound):
    """The device has no such bay."""

    code = "bay_unknown"
    text = N_("没有这个车位")
