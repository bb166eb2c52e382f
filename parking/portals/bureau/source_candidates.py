"""Which lots does a feed tell without saying where they lie, and where does a person say that they are?"""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts.rules import Permission
from parking.guidance import queries, service
from parking.guidance.errors import CandidateUnknown
from parking.guidance.queries import CandidateView
from parking.guidance.service.candidates import place_candidate
from parking.kernel.errors import N_, FieldProblem, InvalidInput
from parking.kernel.vocabulary import SPACE_CLASS_NAMES, Datum
from parking.lots import queries as lots
from parking.lots.errors import LotRefused
from parking.portals._http import auth, forms, places, work
from parking.portals._http.filing_texts import DATUMS
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals.bureau import desk

pages = Pages("bureau_source_candidates", __name__, "bureau")
_READ, _EDIT = Permission.BUREAU_SOURCES_READ, Permission.BUREAU_SOURCES_EDIT
_PLACE = "place"
_MOST = 10


class PlaceMissing(InvalidInput):
    """Nobody said where the lot lies, or which lot it is."""

    code = "place_missing"
    text = N_("请填写")


@pages.get("/sources/<path:name>/candidates", permission=_READ)
def candidates(name: str) -> Response:
    """The lots of a source that wait for a place."""
    source = queries.by_name(work.session(), name)
    found = queries.candidates(work.session(), source.id)
    return desk.page("sources/candidates.html", name=name, cut=desk.cut(found), classes=SPACE_CLASS_NAMES)


@pages.get("/sources/<path:name>/candidate", permission=_EDIT)
def candidate(name: str) -> Response:
    """One of them: a map to place it on, and lots of the register that it may be. `?id=`: the source's id."""
    waiting = _waiting(name, request.args.get("id", ""))
    asked = request.args.get("q")
    here = services()
    return desk.page(
        "sources/candidate.html",
        name=name,
        waiting=waiting,
        classes=SPACE_CLASS_NAMES,
        asked=waiting.name if asked is None else asked,
        found=_called(waiting.name if asked is None else asked),
        datums=DATUMS,
        centre=_centre(waiting),
        has_tiles=here.map_pmtiles is not None,
        tianditu_key=here.map_tianditu_key,
    )


@pages.get("/place", permission=_EDIT)
def check() -> Response:
    """For the map: the WGS-84 point of what was typed, whether it may be taken, and what lies there."""
    return places.answer()


@pages.post("/sources/<path:name>/candidate/place", permission=_EDIT, form="candidate")
def place(name: str) -> BaseResponse:
    """Enter it into the register, unfiled, at the place that was typed or picked."""
    waiting = _waiting(name, request.args.get("id", ""))
    told, problems = places.read_place(request.form, f"{_PLACE}_")
    if problems or told is None:
        fault = problems[0] if problems else FieldProblem("", "missing", N_("请填写纬度和经度"))
        raise PlaceMissing(problems=[FieldProblem(_PLACE, fault.code, fault.text, fault.params)])
    try:
        place_candidate(
            work.session(),
            auth.caller().actor,
            waiting.source_id,
            waiting.external_id,
            (told["lat"], told["lon"]),
            Datum(told["datum"]),
            desk.now(),
            is_another=bool(forms.sent("is_another")),
        )
    except LotRefused as refusal:
        faults = [FieldProblem(_PLACE, each.code, each.text, each.params) for each in refusal.problems]
        raise PlaceMissing(problems=faults) from refusal
    return _back(name, gettext("“%(lot)s”已收进登记，尚未备案", lot=waiting.name))


@pages.post("/sources/<path:name>/candidate/link", permission=_EDIT, form="candidate")
def link(name: str) -> BaseResponse:
    """Say that it is a lot that the register has."""
    waiting = _waiting(name, request.args.get("id", ""))
    code = forms.sent("other") or forms.sent("lot_code")
    lot_id = lots.ids_by_code(work.session(), [code]).get(code)
    if lot_id is None:
        told = N_("没有编号为 %(code)s 的停车场") if code else N_("请选一个，或填写编号")
        fault = FieldProblem("other" if code else "lot_code", "lot_missing", told, {"code": code})
        raise PlaceMissing(problems=[fault])
    actor, now = auth.caller().actor, desk.now()
    service.link_lot(work.session(), actor, waiting.source_id, waiting.external_id, lot_id, now)
    return _back(name, gettext("“%(lot)s”已关联到 %(code)s", lot=waiting.name, code=code))


def _waiting(name: str, external_id: str) -> CandidateView:
    """The candidate of an id. Raises SourceUnknown, CandidateUnknown."""
    source = queries.by_name(work.session(), name)
    found = queries.candidates(work.session(), source.id, external_id)
    if not found:
        raise CandidateUnknown
    return found[0]


def _called(text: str) -> list[lots.LotCard]:
    """Lots of the register that are called so, best first."""
    found = services().lookup.search(text.strip()[:60], limit=_MOST)
    ids = [place.id for place in found if place.kind == "lot"]
    cards = {card.id: card for card in lots.lot_cards(work.session(), desk.today(), ids)}
    return [cards[lot_id] for lot_id in ids if lot_id in cards]


def _centre(waiting: CandidateView) -> places.Known:
    """Where the map begins: at another lot of the source, else at the city's centre."""
    linked = list(queries.links(work.session(), waiting.source_id).values())
    cards = lots.lot_cards(work.session(), desk.today(), linked[:1])
    return places.Known(cards[0].name, cards[0].lat, cards[0].lon) if cards else places.centre_of(desk.city())


def _back(name: str, said: str) -> BaseResponse:
    flash(said)
    return redirect(url_for("bureau_source_candidates.candidates", name=name), 303)
