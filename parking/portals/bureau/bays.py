"""Which bays does a sensor system watch, and what did each tell last?"""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts.rules import Permission
from parking.kernel.vocabulary import SpaceClass
from parking.lots.errors import DeviceNotFound
from parking.lots.queries import DeviceView
from parking.lots.rules import DeviceKind
from parking.occupancy.queries.bays import bays_of
from parking.occupancy.service.bays import BayDraft, register_bays, remove_bay
from parking.portals._http import auth, work
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk, gates

pages = Pages("bureau_bays", __name__, "bureau")
_READ, _EDIT = Permission.BUREAU_DEVICES_READ, Permission.BUREAU_DEVICES_EDIT


@pages.get("/devices/<device_id>/bays", permission=_READ)
def bays(device_id: str) -> Response:
    """The bays of a sensor system, those in trouble first."""
    view = _sensors(device_id)
    found = bays_of(work.session(), device_id)
    here = [bay for bay in found if not bay.is_elsewhere]
    shown = sorted(
        found, key=lambda bay: (not bay.is_elsewhere, not bay.battery_low, bay.occupied is not None)
    )
    return desk.page(
        "gates/bays.html",
        view=view,
        cut=desk.cut(shown),
        bays=len(here),
        elsewhere=len(found) - len(here),
        taken=sum(bay.occupied is True for bay in here),
        silent=sum(bay.occupied is None for bay in here),
        low=sum(bay.battery_low for bay in here),
        **gates.words(),
    )


@pages.post("/devices/<device_id>/bays", permission=_EDIT)
def register(device_id: str) -> BaseResponse:
    """Register bays, one a line: the sensor's number, a comma, what people call it."""
    view = _sensors(device_id)
    if view.lot is None:
        raise DeviceNotFound
    new = register_bays(
        work.session(),
        auth.caller().actor,
        device_id,
        view.lot.id,
        SpaceClass(view.space_class or SpaceClass.GENERAL),
        _drafts(request.form.get("bays", "")),
        desk.now(),
    )
    return _back(device_id, gettext("已登记 %(count)s 个新车位", count=new))


@pages.post("/devices/<device_id>/bays/remove", permission=_EDIT)
def remove(device_id: str) -> BaseResponse:
    """Forget a bay whose sensor is gone."""
    view = _sensors(device_id)
    remove_bay(work.session(), auth.caller().actor, view.id, request.form.get("key", ""), desk.now())
    return _back(device_id, gettext("车位已去掉"))


def _sensors(device_id: str) -> DeviceView:
    view = gates.my_device(device_id)
    if view.kind is not DeviceKind.SENSOR:
        raise DeviceNotFound
    return view


def _drafts(typed: str) -> list[BayDraft]:
    lines = [line.replace("，", ",").partition(",") for line in typed.splitlines() if line.strip()]
    return [BayDraft(key.strip(), name.strip() or key.strip()) for key, _, name in lines]


def _back(device_id: str, said: str) -> BaseResponse:
    flash(said)
    return redirect(url_for("bureau_bays.bays", device_id=device_id), 303)
