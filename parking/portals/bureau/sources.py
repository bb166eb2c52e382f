"""Which feeds are connected, how are they, and what did they tell that we did not take?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts.rules import Permission
from parking.boundary.feeds import ProblemKind
from parking.guidance import queries as guidance
from parking.guidance import service
from parking.guidance.errors import SourceUnknown
from parking.guidance.queries import DifferenceView, PullView, SourceView
from parking.guidance.rules.pulls import PullKind, PullState
from parking.kernel.errors import N_
from parking.lots import queries as lots
from parking.lots.queries import LotCard
from parking.portals._http import auth, work
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk, source_health, source_links
from parking.portals.bureau.mapping_titles import mapping_title
from parking.portals.bureau.texts import FIELDS, FORMATS, PROBLEMS, PULL_KINDS, PULL_STATES, WHY

pages = Pages("bureau_sources", __name__, "bureau")


@dataclass(frozen=True, slots=True)
class Told:
    """A difference with the lot that it is about."""

    difference: DifferenceView
    card: LotCard


@pages.get("/sources", permission=Permission.BUREAU_SOURCES_READ, nav=N_("数据源"), nav_order=50)
def sources() -> Response:
    """Every source and its two pulls, those in trouble first."""
    views = guidance.source_views(work.session())
    found = source_health.overview()
    sorts = {**SORTS, **found.sorts()}
    column, is_down = desk.sort_of(sorts, "state")
    views.sort(key=sorts[column], reverse=is_down)
    return desk.page(
        "sources.html",
        found=found,
        odd=sum(found.anomalies.values()),
        cut=desk.cut(views),
        silent=sum(_is_silent(view) for view in views),
        differing=sum(view.differences for view in views),
        **_words(),
    )


@pages.get("/sources/differences", permission=Permission.BUREAU_SOURCES_READ)
def differences() -> Response:
    """Where feeds contradict filed lots: to be settled with the operator, never taken over."""
    found = _differences(request.args.get("source"))
    asked = request.args.get("source", "")
    agreement = none_differ(guidance.source_views(work.session(), asked or None))
    return desk.page("differences.html", cut=desk.cut(found), asked=asked, agreement=agreement, **_words())


@pages.get("/sources/<path:name>", permission=Permission.BUREAU_SOURCES_READ)
def source(name: str) -> Response:
    """One source: its pulls, what was wrong with its last answers, the lots that nobody here knows."""
    view = next(iter(guidance.source_views(work.session(), name)), None)
    if view is None:
        raise SourceUnknown(name=name)
    problems = [(pull, problem) for pull in view.pulls for problem in pull.problems]
    by = view.switched_on_by
    name_of = desk.names_of(filter(None, [by, *(pull.put_off_by for pull in view.pulls)]))
    return desk.page(
        "source.html",
        source=view,
        problems=[each for each in problems if each[1].get("kind") != ProblemKind.UNKNOWN_LOT],
        unknown=[problem for _, problem in problems if problem.get("kind") == ProblemKind.UNKNOWN_LOT],
        differences=_differences(name),
        agreement=none_differ([view]),
        candidates=len(guidance.candidates(work.session(), view.id)),
        switched_on_by=name_of(by) if by else "",
        name_of=name_of,
        **source_health.health_of(view),
        **source_links.links_of(view.id),
        **_words(),
    )


@pages.post("/sources/<path:name>/switch-off", permission=Permission.BUREAU_SOURCES_EDIT, form="source")
def switch_off(name: str) -> BaseResponse:
    """Ask the source no more; its lots and counts stay."""
    source_id = guidance.by_name(work.session(), name).id
    service.disable(work.session(), auth.caller().actor, source_id, desk.now())
    flash(gettext("已停用；停车场和已有的数字都保留"))
    return redirect(url_for("bureau_sources.source", name=name), 303)


@pages.post("/sources/<path:name>/unlink", permission=Permission.BUREAU_SOURCES_EDIT, form="source")
def unlink(name: str) -> BaseResponse:
    """Take back a link that was wrong."""
    external_id = source_links.unlink(guidance.by_name(work.session(), name).id)
    flash(gettext("“%(external_id)s”的关联已取消，可以重新关联", external_id=external_id))
    return redirect(url_for("bureau_sources.source", name=name), 303)


def _differences(source_name: str | None) -> list[Told]:
    session, caller = work.session(), auth.caller()
    found = [each for each in guidance.differences(session) if source_name in (None, "", each.source)]
    cards = {card.id: card for card in lots.lot_cards(session, desk.today(), {each.lot_id for each in found})}
    return [
        Told(each, cards[each.lot_id])
        for each in found
        if each.lot_id in cards and caller.sees_district(cards[each.lot_id].district_code)
    ]


def none_differ(views: Sequence[SourceView]) -> str:
    """What is said of sources that list no difference: only what was read can agree."""
    static = [pull for view in views for pull in view.pulls if pull.kind is PullKind.STATIC]
    if any(pull.succeeded_at for pull in static):
        return N_("数据源与登记一致。")
    return N_("停车场资料还没有读到，无从比较。") if static else N_("只有余位，没有停车场资料可以比较。")


def _is_silent(view: SourceView) -> bool:
    return any(pull.silent_since_at is not None for pull in view.pulls)


def _gravity(pull: PullView) -> int:
    order = (PullState.FAILED, PullState.PROVISIONED, PullState.ACTIVE, PullState.DISABLED)
    return order.index(pull.state)


def _since(view: SourceView) -> datetime | None:
    return min((pull.succeeded_at for pull in view.pulls if pull.succeeded_at), default=None)


SORTS: Mapping[str, Callable[[SourceView], Any]] = {
    "name": lambda view: view.name,
    "state": lambda view: (min(map(_gravity, view.pulls), default=9), view.name),
    "lots": lambda view: view.lots,
    "differences": lambda view: view.differences,
    "good": lambda view: at.timestamp() if (at := _since(view)) else 0.0,
}


def _words() -> dict[str, Any]:
    return {
        "pull_kinds": PULL_KINDS,
        "pull_states": PULL_STATES,
        "why": WHY,
        "fields": FIELDS,
        "problem_words": PROBLEMS,
        "formats_of_feeds": FORMATS,
        "mapping_title": mapping_title,
    }
