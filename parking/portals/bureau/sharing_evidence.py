"""What was really used of what is lent, by agreement, district and month? At the console."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Response, request
from flask_babel import gettext

from parking.accounts.rules import Permission
from parking.complaints import queries as complaints
from parking.complaints.queries import Numbers
from parking.kernel.days import month_span, months_back
from parking.portals._http import auth, work
from parking.portals._http.pages import Pages
from parking.portals._http.sharing_answers import opinion
from parking.portals._http.sharing_texts import PARTIES, words
from parking.portals._http.sheets import SheetKind, sheet
from parking.portals.bureau import desk
from parking.portals.bureau.within import reach
from parking.sharing.queries.evidence import EvidenceLine, evidence
from parking.sharing.queries.questions import QuestionView, questions
from parking.sharing.rules.evidence import Evidence, sums, total

pages = Pages("bureau_sharing_evidence", __name__, "bureau")
_READ, _EXPORT = Permission.BUREAU_SHARING_READ, Permission.BUREAU_EXPORTS_READ
_MONTHS = 12
_WIDTH = 100.0


@dataclass(frozen=True, slots=True)
class Row:
    """An agreement's month, its lot's complaints, what its parties were asked, and its bars (0-100).

    `complaints` are the lot's, whatever of them is the sharing's doing.
    """

    told: EvidenceLine
    complaints: Numbers | None
    offered_width: float
    used_width: float
    question: QuestionView | None = None


@pages.get("/sharing/evidence", permission=_READ)
def listed() -> Response:
    """A month's agreements as bars and a table, with the sums of the districts."""
    month_on, district = _month(), request.args.get("district", "")
    lines = _lines(month_on, reach(_READ))
    shown = [line for line in lines if district in ("", line.lot.district_code)]
    rows = _rows(shown, month_on, reach(_READ))
    return desk.page(
        "sharing_evidence/listed.html",
        rows=rows,
        cut=desk.cut(rows),
        total=total(line.sum for line in shown),
        by_district=sums((line.lot.district_code, line.sum) for line in shown),
        any_rows=bool(lines),
        month=f"{month_on:%Y-%m}",
        months=[(f"{each:%Y-%m}",) * 2 for each in months_back(desk.today(), _MONTHS)],
        is_running=month_on == desk.today().replace(day=1),
        district=district,
        districts=desk.my_districts(),
        may_export=auth.caller().may(_EXPORT),
        percent=percent,
        hours=hours,
        days=_days,
        opinion=opinion,
        **words(desk.now(), desk.zone()),
    )


@pages.get("/sharing/evidence.<any(csv, xlsx):form>", permission=_EXPORT)
def export(form: str) -> Response:
    """The table of a month as a file; hours with two decimals."""
    month_on, district = _month(), request.args.get("district", "")
    here = reach(_EXPORT)
    shown = [line for line in _lines(month_on, here) if district in ("", line.lot.district_code)]
    header = [
        gettext("月份"),
        gettext("停车场"),
        gettext("编号"),
        gettext("镇（街道）"),
        gettext("时段数"),
        gettext("提供（车位小时）"),
        gettext("使用（车位小时）"),
        gettext("使用率"),
        gettext("使用次数"),
        gettext("其中预约"),
        gettext("离场未记录"),
        gettext("超时次数"),
        gettext("超时分钟"),
        gettext("收到反映"),
        gettext("已答复"),
        gettext("答复用时（天，中位数）"),
        gettext("没人用：三方答复"),
    ]
    rows = [_cells(month_on, row) for row in _rows(shown, month_on, here)]
    return sheet(SheetKind(form), f"sharing-{month_on:%Y%m}", header, rows)


def percent(found: Evidence) -> str:
    """The fulfilment in whole per cent, with one decimal below ten; a dash where nothing was offered."""
    if found.fulfilment is None:
        return "–"
    part = found.fulfilment * 100
    return f"{part:.1f}%" if 0 < part < 10 else f"{part:.0f}%"


def hours(told: float) -> str:
    """Space-hours with one decimal."""
    return f"{told:,.1f}"


def _days(numbers: Numbers | None) -> str:
    return "–" if numbers is None or numbers.median_days is None else f"{numbers.median_days:.1f}"


def _month() -> date:
    """The month that is asked for, among the last twelve; else the present one."""
    known = {f"{each:%Y-%m}": each for each in months_back(desk.today(), _MONTHS)}
    return known.get(request.args.get("month", ""), desk.today().replace(day=1))


def _lines(month_on: date, districts: Collection[str]) -> list[EvidenceLine]:
    return evidence(work.session(), month_on, desk.now(), districts)


def _rows(lines: Sequence[EvidenceLine], month_on: date, districts: Collection[str]) -> list[Row]:
    told = complaints.by_lot(
        work.session(), complaints.Reach(districts=districts), desk.today(), _span(month_on)
    )
    by_lot = {each.key: each for each in told}
    ids = [line.agreement.id for line in lines]
    asked = {
        each.agreement_id: each for each in questions(work.session(), agreement_ids=ids, month_on=month_on)
    }
    most = max((max(line.sum.offered_hours, line.sum.used_hours) for line in lines), default=0.0) or 1.0
    return [
        Row(
            line,
            by_lot.get(line.lot.id),
            round(line.sum.offered_hours / most * _WIDTH, 1),
            round(line.sum.used_hours / most * _WIDTH, 1),
            asked.get(line.agreement.id),
        )
        for line in lines
    ]


def _span(month_on: date) -> tuple[datetime, datetime]:
    return month_span(month_on, desk.zone())


def _cells(month_on: date, row: Row) -> list[Any]:
    found, numbers = row.told.sum, row.complaints
    return [
        f"{month_on:%Y-%m}",
        row.told.lot.name,
        row.told.agreement.number or "",
        desk.district_name(row.told.lot.district_code),
        found.windows,
        round(found.offered_hours, 2),
        round(found.used_hours, 2),
        None if found.fulfilment is None else round(found.fulfilment, 4),
        found.uses,
        found.booked,
        found.unseen,
        found.overstays,
        found.overstay_minutes,
        numbers.received if numbers else 0,
        numbers.answered if numbers else 0,
        round(numbers.median_days, 1) if numbers and numbers.median_days is not None else None,
        _answered(row.question),
    ]


def _answered(question: QuestionView | None) -> str:
    """Party by party what was answered, in one cell; empty where nobody was asked."""
    if question is None:
        return ""
    told = (
        f"{gettext(PARTIES[each.party])}{gettext('：')}{opinion(each.proposes_end)}{gettext('，')}{each.reason}"
        for each in question.answers
    )
    return gettext("；").join(told) or gettext("待答复")
