"""Which lots get a tariff, from when on: by picking, or all that a filter shows?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.kernel.errors import N_, FieldProblem
from parking.portals._http import auth, work
from parking.portals._http.moments import sent_day
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk, tariff_desk
from parking.portals.bureau.tariff_desk import LotLine
from parking.tariffs import queries, service
from parking.tariffs.errors import TariffRefused

pages = Pages("bureau_tariff_lots", __name__, "bureau")
HAVING = {"": N_("全部"), "this": N_("已用这个标准"), "none": N_("没有收费标准"), "other": N_("用其他标准")}


@pages.get("/tariffs/without", permission=tariff_desk.READ)
def without() -> Response:
    """The lots of my districts that have no tariff."""
    lines = [line for line in tariff_desk.my_lots(tariff_desk.book()) if line.now is None]
    return desk.page("tariffs/without.html", cut=desk.cut(lines), **tariff_desk.words())


@pages.get("/tariffs/<tariff_id>/lots", permission=tariff_desk.READ)
def lots(tariff_id: str) -> Response:
    """The lots of my districts with their tariffs, to be picked for this one."""
    view = tariff_desk.tariff(tariff_id)
    shown, zones = _shown(tariff_id), _zones(tariff_id)
    return desk.page(
        "tariffs/lots.html",
        view=view,
        cut=desk.cut(shown),
        total=len(shown),
        districts=desk.my_districts(),
        havings=desk.options({key: text for key, text in HAVING.items() if key}),
        asked={name: request.values.get(name, "") for name in _FILTERS},
        zones=zones,
        zone_options=[(zone, zone) for zone in zones],
        earliest=desk.today() + timedelta(days=1),
        **tariff_desk.words(),
    )


_FILTERS = ("district", "kind", "having", "q")


def _zones(tariff_id: str) -> list[str]:
    return tariff_desk.zones_of([each.document for each in queries.versions(work.session(), tariff_id)])


def _shown(tariff_id: str) -> list[LotLine]:
    """What the page's filter shows."""
    lines = tariff_desk.my_lots(tariff_desk.book())
    return [line for line in lines if _is_asked(line, tariff_id)]


def _is_asked(line: LotLine, tariff_id: str) -> bool:
    asked, card = request.values, line.card
    text = asked.get("q", "").strip().casefold()
    has = "none" if line.now is None else "this" if line.now.tariff_id == tariff_id else "other"
    return (
        asked.get("district", "") in ("", card.district_code)
        and asked.get("kind", "") in ("", card.kind)
        and asked.get("having", "") in ("", has)
        and (
            not text
            or any(
                text in each.casefold() for each in (card.name, card.name_en, card.code, card.address) if each
            )
        )
    )


@pages.post("/tariffs/<tariff_id>/lots", permission=tariff_desk.PUBLISH)
def assign(tariff_id: str) -> BaseResponse:
    """Give the tariff to the picked lots, or to all that are shown; or end it for them."""
    view = tariff_desk.tariff(tariff_id)
    form = request.form
    ends = form.get("act") == "end"
    chosen = _chosen(_shown(view.id), all_shown=form.get("act") == "all")
    from_on = sent_day("from_on", TariffRefused)
    zone = form.get("zone", "").strip() or None
    for line in chosen:
        service.assign(
            work.session(),
            auth.caller().actor,
            line.card.id,
            None if ends else view.id,
            None if ends else zone,
            from_on,
            desk.now(),
        )
    flash(gettext("已为 %(count)s 个停车场设定，从 %(day)s 起", count=len(chosen), day=from_on.isoformat()))
    there: dict[str, Any] = {"tariff_id": view.id, **_filtered()}
    return redirect(url_for("bureau_tariff_lots.lots", **there), 303)


def _chosen(shown: Sequence[LotLine], *, all_shown: bool) -> list[LotLine]:
    """The ticked lots, each within the caller's scope. Raises TariffRefused where there are none."""
    picked = set(request.form.getlist("lot_id"))
    caller = auth.caller()
    chosen = [
        line
        for line in shown
        if (all_shown or line.card.id in picked)
        and caller.may_in(tariff_desk.PUBLISH, line.card.district_code)
    ]
    if not chosen:
        raise TariffRefused(problems=[FieldProblem("lot_id", "missing", N_("请至少选择一个停车场"))])
    return chosen


def _filtered() -> dict[str, str]:
    return {name: request.form[name] for name in _FILTERS if request.form.get(name)}
