"""What was each lot's month worth, and why? Each line leads to the rows it was reckoned from."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, date, datetime

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from parking.accounts.rules import Permission
from parking.complaints import queries as complaints
from parking.inspections import queries, service
from parking.inspections.errors import ScoreNotFound
from parking.kernel.errors import N_
from parking.lots import queries as lots
from parking.portals._http import auth, work
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk
from parking.portals.bureau.ground import SCORES, page
from parking.portals.bureau.within import reach

pages = Pages("bureau_scores", __name__, "bureau")


def read_month(text: str) -> date:
    """The first day of "2026-11". Raises ScoreNotFound, also for a year with none before or after it."""
    try:
        month_on = datetime.strptime(text, "%Y-%m").replace(tzinfo=desk.zone()).date()
    except ValueError:
        raise ScoreNotFound from None
    if not MINYEAR < month_on.year < MAXYEAR:
        raise ScoreNotFound
    return month_on


@pages.get("/scores", permission=SCORES, nav=N_("考核"), nav_order=43)
def listed() -> Response:
    """A month's scores, the lowest first."""
    session = work.session()
    months = queries.months(session)
    asked = request.args.get("month", "")
    month_on = read_month(asked) if asked else (months[0] if months else desk.today().replace(day=1))
    found = queries.scores(session, month_on=month_on, districts=reach(SCORES))
    cut = desk.cut(found)
    cards = {
        card.id: card for card in lots.lot_cards(session, desk.today(), [each.lot_id for each in cut.rows])
    }
    return page(
        "scores.html",
        cut=cut,
        cards=cards,
        month_on=month_on,
        months=months,
        may_reckon=auth.caller().may(Permission.BUREAU_SCORES_EDIT),
    )


@pages.get("/scores/<lot_id>/<month>", permission=SCORES)
def score(lot_id: str, month: str) -> Response:
    """One lot's month with its evidence."""
    session = work.session()
    found = queries.score(session, lot_id, read_month(month), districts=reach(SCORES))
    card = lots.lot_cards(session, desk.today(), [lot_id])[0]
    return page("score.html", score=found, card=card, instant=datetime.fromisoformat, day=date.fromisoformat)


@pages.post("/scores/<month>/reckon", permission=Permission.BUREAU_SCORES_EDIT)
def reckon(month: str) -> Redirect:
    """Reckon a month anew; what comes out as before stays."""
    month_on = read_month(month)
    actor, told = auth.caller().actor, complaints.lot_scores
    number = service.reckon_month(work.session(), actor, month_on, desk.now(), complained=told)
    flash(gettext("已重新计算，%(num)s 个停车场的得分有变化。", num=number))
    return redirect(url_for(".listed", month=f"{month_on:%Y-%m}"), 303)
