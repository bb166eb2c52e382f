"""What can be wrong with a month's key?"""

from __future__ import annotations

from parking.kernel.errors import N_, RuleBroken, Unavailable


class PlateKeyDestroyed(RuleBroken):
    """The key of this month was destroyed: nothing of that time can be told apart any more."""

    code = "plate_key_destroyed"
    text = N_("%(month)s 的车牌密钥已销毁，无法再处理当时的车牌")


class PlateKeyBroken(Unavailable):
    """A key or a plate cannot be opened: it was sealed with another secret than this deployment's."""

    code = "plate_key_broken"
    text = N_("车牌密钥无法打开：部署的 PARKING_SECRET_KEY 与写入时不同")
