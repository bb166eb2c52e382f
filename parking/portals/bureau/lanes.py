"""Which lanes does a lot have, and whose passages count there?"""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts import queries as accounts
from parking.accounts.rules import Permission, Scope
from parking.lots import queries as lots
from parking.lots import service
from parking.lots.rules import DeviceRole, LaneDirection, LaneDraft, client_source, device_source
from parking.portals._http import auth, work
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk, gates

pages = Pages("bureau_lanes", __name__, "bureau")
_READ, _EDIT = Permission.BUREAU_DEVICES_READ, Permission.BUREAU_DEVICES_EDIT


@pages.get("/lots/<lot_id>/lanes", permission=_READ)
def lanes(lot_id: str) -> Response:
    """The lanes of a lot, the devices that speak for it, and the form of a new lane."""
    card, session = gates.my_lot(lot_id), work.session()
    return desk.page(
        "gates/lanes.html",
        card=card,
        lanes=lots.lanes_of_lot(session, lot_id),
        devices=lots.devices_of_lots(session, [lot_id], desk.now()),
        idle=gates.idle_devices(),
        sources=gates.source_names(),
        entrances=lots.entrances_of_lot(session, lot_id),
        **gates.words(),
    )


@pages.post("/lots/<lot_id>/lanes", permission=_EDIT)
def register(lot_id: str) -> BaseResponse:
    """A new lane; nothing counts there until a device or a client does."""
    service.register_lane(work.session(), auth.caller().actor, gates.my_lot(lot_id).id, _draft(), desk.now())
    return _back(lot_id, gettext("车道已登记"))


@pages.get("/lanes/<lane_id>", permission=_READ)
def lane(lane_id: str) -> Response:
    """One lane: what it is, and whose passages count."""
    found, session = gates.my_lane(lane_id), work.session()
    return desk.page(
        "gates/lane.html",
        lane=found,
        sources=gates.source_names(),
        countable=_countable(found.lot.id),
        entrances=lots.entrances_of_lot(session, found.lot.id),
        **gates.words(),
    )


@pages.post("/lanes/<lane_id>", permission=_EDIT)
def change(lane_id: str) -> BaseResponse:
    """What the lane is from now on."""
    found = gates.my_lane(lane_id)
    service.change_lane(work.session(), auth.caller().actor, lane_id, _draft(), desk.now())
    return _back(found.lot.id, gettext("车道已保存"))


@pages.post("/lanes/<lane_id>/counting", permission=_EDIT, form="lane")
def set_counting(lane_id: str) -> BaseResponse:
    """Whose passages count here; what is not offered is nobody."""
    found = gates.my_lane(lane_id)
    asked = request.form.get("source", "")
    source = next((each for each, _ in _countable(found.lot.id) if each == asked), None)
    service.set_counting_source(work.session(), auth.caller().actor, lane_id, source, desk.now())
    return _back(found.lot.id, gettext("计数来源已保存"))


@pages.post("/lanes/<lane_id>/close", permission=_EDIT, form="lane")
def close(lane_id: str) -> BaseResponse:
    """The lane is no more; its passages stay."""
    found = gates.my_lane(lane_id)
    service.close_lane(work.session(), auth.caller().actor, lane_id, desk.now())
    return _back(found.lot.id, gettext("车道已撤除"))


def _countable(lot_id: str) -> list[tuple[str, str]]:
    """Who may count in a lane of this lot: its devices that count, and clients that may speak for it."""
    session = work.session()
    devices = [
        (device_source(each.id), each.name)
        for each in lots.devices_of_lots(session, [lot_id], desk.now())
        if each.role is DeviceRole.COUNTING
    ]
    granted = lots.lots_of_clients(session)
    clients = [
        (client_source(each.id), each.name)
        for each in accounts.clients(session)
        if each.disabled_at is None
        and not each.sandbox
        and Scope.PASSAGES_WRITE in each.scopes
        and any(lot.id == lot_id for lot in granted.get(each.id, ()))
    ]
    return devices + clients


def _draft() -> LaneDraft:
    form = request.form
    return LaneDraft(
        name=form.get("name", ""),
        direction=next((each for each in LaneDirection if each == form.get("direction")), LaneDirection.TOLD),
        entrance_id=form.get("entrance_id") or None,
        space_class=gates.space_class(),
    )


def _back(lot_id: str, said: str) -> BaseResponse:
    flash(said)
    return redirect(url_for("bureau_lanes.lanes", lot_id=lot_id), 303)
