"""What would a stay cost by a version, line by line, and how does a whole day's fee grow?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.kernel.errors import N_, FieldProblem, InvalidInput
from parking.portals._http import auth, forms, work
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk, tariff_desk
from parking.portals.bureau.tariff_days import fee_chart, fee_rows
from parking.portals.bureau.tariff_form import plain
from parking.tariffs import queries, service
from parking.tariffs.errors import NotADraft, TariffRefused
from parking.tariffs.queries import VersionView
from parking.tariffs.rules.curve import rises
from parking.tariffs.rules.examples import Example
from parking.tariffs.rules.quotes import Coupon, Stay, quote
from parking.tariffs.rules.shape import is_near
from parking.tariffs.rules.tariff import CouponKind, Exemption, TariffRules

pages = Pages("bureau_tariff_trying", __name__, "bureau")
_DAY_MINUTES = 24 * 60
_HOURS = 24
_MOST = 10_000_000
_NO_COUPON = N_("优惠券的数值不对：分钟、元（最多两位小数）或 0 到 100 的百分数")


@pages.get("/tariffs/versions/<version_id>/try", permission=tariff_desk.READ)
def trying(version_id: str) -> Response:
    """A stay's fee with its lines, and the fees of all stays of a day from the same entry."""
    view = queries.version(work.session(), version_id)
    tariff = tariff_desk.tariff(view.tariff_id)
    entered_at, until_at, is_wrong = _asked(view)
    rules = tariff_desk.rules_of(view.document)
    present = tariff.in_force if tariff.in_force and tariff.in_force.id != view.id else None
    told: dict[str, Any] = {"found": None, "problem": None, "rows": [], "chart": None}
    if rules is not None:
        told |= _quoted(rules, entered_at, until_at)
        told |= _day(rules, tariff_desk.rules_of(present.document) if present else None, entered_at)
    return desk.page(
        "tariffs/try.html",
        view=view,
        tariff=tariff,
        state=tariff_desk.state_of(view, tariff.in_force),
        present=present,
        entered_at=entered_at,
        until_at=until_at,
        is_wrong=is_wrong,
        vehicle=tariff_desk.asked_vehicle(),
        stay=tariff_desk.asked_stay(),
        zone_name=_zone(),
        exemption=_exemption(),
        coupon=request.values.get("coupon", ""),
        coupon_value=request.values.get("value", ""),
        zones=tariff_desk.zones_of([view.document, *([present.document] if present else [])]),
        may_keep=view.state == "draft" and tariff_desk.may_change(tariff),
        **told,
        **tariff_desk.words(),
    )


def _quoted(rules: TariffRules, entered_at: datetime, until_at: datetime) -> dict[str, Any]:
    try:
        stay = replace(_stay(entered_at, until_at), coupons=_coupons())
        return {"found": quote(rules, stay, tariff_desk.calendar())}
    except InvalidInput as error:
        return {"problem": forms.wrongs_of(error)[0].sentence}


def _day(rules: TariffRules, present: TariffRules | None, entered_at: datetime) -> dict[str, Any]:
    calendar = tariff_desk.calendar()
    drawn, before = (
        rises(
            each,
            entered_at,
            _HOURS,
            tariff_desk.asked_vehicle(),
            calendar,
            zone=_zone(),
            kind=tariff_desk.asked_stay(),
        )
        if each
        else None
        for each in (rules, present)
    )
    rows = fee_rows(drawn or (), before, _DAY_MINUTES)
    return {"rows": rows, "chart": fee_chart(rows, _DAY_MINUTES)}


def _zone() -> str | None:
    return request.values.get("zone", "").strip() or None


def _stay(entered_at: datetime, until_at: datetime) -> Stay:
    vehicle, kind = tariff_desk.asked_vehicle(), tariff_desk.asked_stay()
    return Stay(entered_at, until_at, vehicle, kind, _zone(), exemption=_exemption())


def _exemption() -> Exemption | None:
    text = request.values.get("exemption", "")
    return next((each for each in Exemption if each == text), None)


def _coupons() -> tuple[Coupon, ...]:
    """The coupon of the page's form. Raises TariffRefused where its value is none."""
    text = request.values.get("coupon", "")
    kind = next((each for each in CouponKind if each == text), None)
    value = plain(request.values.get("value", ""))
    if kind is None:
        return ()
    if kind is CouponKind.FREE:
        return (Coupon(kind),)
    if kind is CouponKind.TARIFF:
        return (Coupon(kind, plan=value),)
    try:
        number = Decimal(value) * (100 if kind is CouponKind.AMOUNT else 1)
        if not (number.is_finite() and 0 <= number <= _MOST) or number != int(number):
            raise ValueError
        return (Coupon(kind, int(number)),)
    except (InvalidOperation, ValueError):
        raise TariffRefused(problems=[FieldProblem("value", "no_coupon", _NO_COUPON)]) from None


def _asked(view: VersionView) -> tuple[datetime, datetime, bool]:
    """The stay of the page's form; two hours of a Monday morning under the version where none was asked."""
    zone = desk.zone()
    on = tariff_desk.coming_monday(max(view.from_on, desk.today()))
    usual = datetime(on.year, on.month, on.day, 9, tzinfo=zone)
    try:
        entered, until = (
            datetime.fromisoformat(request.values.get(name) or each.isoformat()).replace(tzinfo=zone)
            for name, each in (("from", usual), ("until", usual + timedelta(hours=2)))
        )
    except ValueError:
        return usual, usual + timedelta(hours=2), True
    if not (is_near(entered) and is_near(until)):
        return usual, usual + timedelta(hours=2), True
    return entered, until, False


@pages.post("/tariffs/versions/<version_id>/try", permission=tariff_desk.EDIT)
def keep(version_id: str) -> BaseResponse:
    """What was tried becomes an example of the draft, with the fee that came out and was found right."""
    view = queries.version(work.session(), version_id)
    tariff_desk.tariff_to_change(view.tariff_id)
    rules = tariff_desk.rules_of(view.document)
    if view.state != "draft" or rules is None:
        raise NotADraft
    entered_at, until_at, _ = _asked(view)
    stay = _stay(entered_at, until_at)
    fee = quote(rules, stay, tariff_desk.calendar()).fee_fen
    example = Example(entered_at, until_at, fee, stay.vehicle, stay.kind, stay.zone, stay.exemption)
    service.save_draft(
        work.session(),
        auth.caller().actor,
        view.tariff_id,
        view.document,
        view.from_on,
        [*view.examples, example],
        desk.now(),
        note=view.note,
        version_id=view.id,
        seen=view.edits,
    )
    flash(gettext("已加为样例"))
    return redirect(url_for("bureau_tariff_versions.version", version_id=view.id) + "#examples", 303)
