"""What can be wrong with telling a vendor's cloud who may enter?"""

from __future__ import annotations

from parking.kernel.errors import N_, Conflict, InvalidInput, NotFound


class PushMissing(NotFound):
    """Nothing of this id is told to a cloud."""

    code = "allow_list_push_missing"
    text = N_("没有这条名单下发")


class PushRefused(InvalidInput):
    """The description is wrong; the fields are named."""

    code = "allow_list_push_refused"
    text = N_("名单下发的设置有误")


class PushExists(Conflict):
    """A lot's list is told to one cloud."""

    code = "allow_list_push_exists"
    text = N_("这个停车场的名单已在下发")
