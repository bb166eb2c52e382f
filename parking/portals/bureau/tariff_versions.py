"""What does a version of a tariff say, do its examples come out, and may it be published?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Response, flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.kernel.errors import FieldProblem, InvalidInput
from parking.portals._http import auth, forms, work
from parking.portals._http.pages import Pages
from parking.portals._http.tariff_texts import with_money
from parking.portals.bureau import desk, tariff_desk
from parking.tariffs import queries, service
from parking.tariffs.errors import NotPublishable
from parking.tariffs.queries import TariffView, VersionView
from parking.tariffs.rules.examples import Example
from parking.tariffs.rules.quotes import quote
from parking.tariffs.rules.tariff import TariffRules

pages = Pages("bureau_tariff_versions", __name__, "bureau")


@dataclass(frozen=True, slots=True)
class Worked:
    """An example and what comes out of it: a fee, or why there is none."""

    example: Example
    fee_fen: int | None
    problem: str | None

    @property
    def comes_out(self) -> bool:
        return self.fee_fen == self.example.expected_fen


@pages.get("/tariffs/versions/<version_id>", permission=tariff_desk.READ)
def version(version_id: str) -> Response:
    """One version: its text in two languages, its examples, and what keeps it from being published."""
    view = queries.version(work.session(), version_id)
    tariff = tariff_desk.tariff(view.tariff_id)
    rules = tariff_desk.rules_of(view.document)
    worked = list(_worked(rules, view.examples)) if rules else []
    return desk.page(
        "tariffs/version.html",
        view=view,
        tariff=tariff,
        state=tariff_desk.state_of(view, tariff.in_force),
        texts=tariff_desk.texts_of(rules) if rules else [],
        worked=worked,
        reasons=list(_reasons(view, worked, tariff)) if view.state == "draft" else [],
        edits=tariff_desk.may_change(tariff),
        actor=desk.names_of(each for each in (view.made_by, view.approved_by, view.withdrawn_by) if each),
        **tariff_desk.words(),
    )


def _worked(rules: TariffRules, examples: Sequence[Example]) -> Iterator[Worked]:
    calendar = tariff_desk.calendar()
    for each in examples:
        try:
            yield Worked(each, quote(rules, each.stay, calendar).fee_fen, None)
        except InvalidInput as error:
            yield Worked(each, None, forms.wrongs_of(error)[0].sentence)


def _reasons(view: VersionView, worked: Sequence[Worked], tariff: TariffView) -> Iterator[str]:
    """Why it cannot be published as it stands; who may do it is the service's to say."""
    problems: list[FieldProblem] = service.check(view.document, view.examples, tariff_desk.calendar())
    if not worked:
        yield gettext("还没有样例：至少要有一个停车样例和应收的金额，才能核对计费是否正确。")
    wrong = [str(number) for number, each in enumerate(worked, start=1) if not each.comes_out]
    if wrong:
        yield gettext("样例 %(numbers)s 算出来的金额与应收不符。", numbers=gettext("、").join(wrong))
    if any(not each.field.startswith("examples") for each in problems):
        yield gettext("规则有误，请打开编辑页面改正。")
    if tariff.in_force is not None and view.from_on <= desk.today():
        yield gettext("施行日期已过：新版本最早从明天起施行。")


@pages.post("/tariffs/versions/<version_id>/publish", permission=tariff_desk.PUBLISH, form="version")
def publish(version_id: str) -> BaseResponse:
    """Approve a draft: it holds from its day on, and what has its fee keeps it."""
    try:
        service.publish(
            work.session(), auth.caller().actor, version_id, desk.now(), seen=forms.sent_version()
        )
    except NotPublishable as error:
        raise NotPublishable(problems=[_told(each) for each in error.problems]) from None
    flash(gettext("已发布"))
    return redirect(tariff_desk.version_url(version_id), 303)


def _told(problem: FieldProblem) -> FieldProblem:
    """Money as money, at the part of the page that the problem is about."""
    field = "examples" if problem.field.startswith("examples") else "publish"
    return FieldProblem(field, problem.code, problem.text, with_money(problem.params))


@pages.post("/tariffs/versions/<version_id>/withdraw", permission=tariff_desk.PUBLISH, form="version")
def withdraw(version_id: str) -> BaseResponse:
    """Take back a draft, or what is published and not yet in force."""
    reason = request.form.get("reason", "")
    service.withdraw(work.session(), auth.caller().actor, version_id, reason, desk.now())
    flash(gettext("已撤回"))
    return redirect(tariff_desk.version_url(version_id), 303)
