"""What can be wrong with a pass?"""

from __future__ import annotations

from parking.kernel.errors import N_, InvalidInput, NotFound, RuleBroken


class PassRefused(InvalidInput):
    """The pass cannot be granted as it was asked; the fields say why."""

    code = "pass_refused"
    text = N_("无法发放通行证")


class PassUnknown(NotFound):
    """There is no such pass, or it is another's lot."""

    code = "pass_unknown"
    text = N_("没有这张通行证")


class PassesTooMany(RuleBroken):
    """A lot has as many standing passes as it may have."""

    code = "passes_too_many"
    text = N_("该停车场的有效通行证已达 %(most)s 张")


class PassesTooFast(RuleBroken):
    """More passes were granted at a lot within an hour than people grant by hand."""

    code = "passes_too_fast"
    text = N_("一小时内最多发放 %(most)s 张通行证，请稍后再试")
