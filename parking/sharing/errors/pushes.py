"""What can be wrong with telling a vendor's cloud who may enter?"""

from __future__ import annotations

from parking.kernel.errors import N_, Conflict, InvalidInput, NotAllowed, NotFound


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


class PushNetworksClosed(NotAllowed):
    """Private ranges are opened at the command line alone."""

    code = "allow_list_networks_closed"
    text = N_("内网地址段只能由管理员在命令行开放")
