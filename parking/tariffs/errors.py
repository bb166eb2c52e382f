"""What can go wrong on the way from a draft to a tariff in force?"""

from __future__ import annotations

from parking.kernel.errors import N_, Conflict, InvalidInput, NotFound, RuleBroken


class TariffNotFound(NotFound):
    """No tariff has this id or code."""

    code = "tariff_not_found"
    text = N_("没有这个收费标准")


class VersionNotFound(NotFound):
    """No version of a tariff has this id."""

    code = "tariff_version_not_found"
    text = N_("没有收费标准的这个版本")


class LotUnknown(NotFound):
    """No lot has this id."""

    code = "tariff_lot_not_found"
    text = N_("没有这个停车场")


class TariffRefused(InvalidInput):
    """The name, code, dates or lots are wrong; the fields are named."""

    code = "tariff_refused"
    text = N_("收费标准的内容有误")


class CodeTaken(Conflict):
    """Another tariff has this code."""

    code = "tariff_code_taken"
    text = N_("已有编号为 %(code)s 的收费标准")


class VersionChanged(Conflict):
    """Somebody else changed or decided it since it was shown."""

    code = "tariff_version_changed"
    text = N_("这个版本刚被他人更改，请重新查看")


class NotADraft(RuleBroken):
    """What is published or withdrawn does not change any more."""

    code = "tariff_not_a_draft"
    text = N_("这个版本已经发布或撤回，不能再改：请新建一个版本")


class AlreadyInForce(RuleBroken):
    """Drivers parked under it: a version that began is followed by another, never taken back."""

    code = "tariff_already_in_force"
    text = N_("这个版本已经施行，不能撤回：请发布新的版本")


class AuthorMayNotApprove(RuleBroken):
    """The city wants a second pair of eyes."""

    code = "tariff_author_may_not_approve"
    text = N_("起草人不能批准自己的收费标准，请由另一人发布")


class NotPublishable(RuleBroken):
    """What keeps a draft from being published; each problem has its place."""

    code = "tariff_not_publishable"
    text = N_("这个版本还不能发布")
