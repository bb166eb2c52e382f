"""Why can a space not be booked, or a booking not be shown or given up?"""

from __future__ import annotations

from parking.kernel.errors import N_, Conflict, InvalidInput, NotFound, RuleBroken, Unavailable


class BookingRefused(InvalidInput):
    """What was asked for cannot be booked; the fields say why."""

    code = "booking_refused"
    text = N_("无法预约，请检查填写的内容")


class NoSpaceGiven(Conflict):
    """The window is full, or the vehicle has a booking already, or may not book for a time.

    One answer for the three: whoever types somebody else's plate must not learn that it has a booking.
    """

    code = "no_space_given"
    text = N_("没有约到车位：时段已约满，或者这个车牌已有预约、暂时不能预约")


class WindowClosed(RuleBroken):
    """The owner took the window back, it is over, or there is none."""

    code = "window_closed"
    text = N_("这个共享时段已不开放")


class BookingUnknown(NotFound):
    """Number and code name no booking together; nobody learns which of the two is wrong."""

    code = "booking_unknown"
    text = N_("预约号或预约码不对")


class BookingAttemptsExceeded(Unavailable):
    """Too many wrong codes; `minutes` until even the right one is looked at."""

    code = "booking_attempts_exceeded"
    text = N_("输错次数太多，请 %(minutes)s 分钟后再试")


class BookingsTooMany(Unavailable):
    """A network asked for more bookings within an hour than people do; `minutes` until the next."""

    code = "bookings_too_many"
    text = N_("预约太频繁，请 %(minutes)s 分钟后再试")


class TooLate(RuleBroken):
    """The booking can be given up no more: the vehicle is inside, or it is over."""

    code = "booking_too_late"
    text = N_("车辆已入场或预约已结束，不能取消")
