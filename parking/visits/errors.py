"""What can be wrong with what gates tell, and with stays and charges?"""

from __future__ import annotations

from parking.kernel.errors import N_, Unavailable


class TooBusy(Unavailable):
    """More passages wait to be stored than are stored in a moment; nothing of the call was kept.

    The caller tells the same again after `retry_after_s` seconds.
    """

    code = "too_busy"
    text = N_("系统繁忙，请在 %(retry_after_s)s 秒后重发")
