"""Which cameras, sensors and vendors' clouds may tell us what passes, and how are they?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts.rules import Permission
from parking.kernel.errors import N_, FieldProblem
from parking.lots import queries as lots
from parking.lots import service
from parking.lots.errors import DeviceRefused
from parking.lots.queries import DeviceView, LaneView
from parking.lots.rules import DeviceDraft, DeviceKind, DeviceRole
from parking.portals._http import auth, forms, work
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals.bureau import desk, gates
from parking.visits.service.pulls import pause_those_of

pages = Pages("bureau_devices", __name__, "bureau")
_READ, _EDIT = Permission.BUREAU_DEVICES_READ, Permission.BUREAU_DEVICES_EDIT
_MINUTE_S = 60

SORTS: Mapping[str, Callable[[DeviceView], Any]] = {
    "name": lambda view: view.name,
    "state": lambda view: (view.disabled_at is not None, not view.silent, view.name),
    "dialect": lambda view: (view.dialect, view.name),
    "lot": lambda view: (view.lots[0].code if view.lots else "", view.name),
    "seen": lambda view: view.last_seen_at.timestamp() if view.last_seen_at else 0.0,
    "skew": lambda view: abs(view.skew_s or 0),
}
SHOWN = {"": N_("在用"), "silent": N_("没有消息"), "disabled": N_("停用了")}


@pages.get("/devices", permission=_READ, nav=N_("道闸设备"), nav_order=52)
def devices() -> Response:
    """The devices of my districts, those in trouble first."""
    everything = gates.my_devices()
    shown = next((each for each in SHOWN if each == request.args.get("show")), "")
    text = request.args.get("q", "").strip().casefold()
    views = [each for each in everything if _is_shown(each, shown) and _says(each, text)]
    column, is_down = desk.sort_of(SORTS, "state")
    views.sort(key=SORTS[column], reverse=is_down)
    return desk.page(
        "gates/devices.html",
        cut=desk.cut(views),
        shown=shown,
        names=SHOWN,
        counts={each: sum(_is_shown(view, each) for view in everything) for each in SHOWN},
        strangers=len(lots.strangers(work.session())),
        uncounted=len(gates.uncounted_lanes()),
        idle=gates.idle_devices(),
        q=request.args.get("q", ""),
        **gates.words(),
    )


def _is_shown(view: DeviceView, shown: str) -> bool:
    if shown == "silent":
        return view.silent
    return (view.disabled_at is not None) == (shown == "disabled")


def _says(view: DeviceView, text: str) -> bool:
    said = [
        view.name,
        view.serial,
        view.dialect,
        *(part for lot in view.lots for part in (lot.code, lot.name)),
    ]
    return not text or any(text in each.casefold() for each in said if each)


@pages.get("/devices/unknown", permission=_READ)
def unknown() -> Response:
    """Devices that spoke to us and that nobody registered: counted nowhere."""
    return desk.page("gates/unknown.html", cut=desk.cut(lots.strangers(work.session())), **gates.words())


@pages.get("/devices/uncounted-lanes", permission=_READ)
def uncounted_lanes() -> Response:
    """Lanes in which nobody's passages count: what a device or client tells of them is only kept."""
    return desk.page("gates/uncounted.html", cut=desk.cut(gates.uncounted_lanes()), **gates.words())


@pages.get("/devices/new", permission=_EDIT)
def new() -> Response:
    """The form of a new device; a lane's page and the list of unknown ones fill it in."""
    return desk.page("gates/device_form.html", view=None, given=request.args, **_form_words())


@pages.post("/devices/new", permission=_EDIT)
def register() -> Response:
    """Register a device; its address is told here and never again."""
    draft = _draft(request.form.get("signing_secret", "").strip() or None)
    made = service.register_device(
        work.session(),
        auth.caller().actor,
        draft,
        dialects=services().dialects,
        sealer=services().sealer,
        now=desk.now(),
        may_revive=gates.may_revive,
    )
    gates.flash_ended(made.ended)
    return _told_once(made, draft.name, draft.dialect)


@pages.get("/devices/<device_id>", permission=_READ)
def device(device_id: str) -> Response:
    """One device: how it is, which lots and lanes its words mean, its address and secrets."""
    view = gates.my_device(device_id)
    return desk.page(
        "gates/device.html",
        view=view,
        lot_names=gates.lots_of([view]),
        lanes=[lane for lot in view.lots for lane in _lanes(lot.id)],
        address=_address(view.dialect, "••••••"),
        dialect=services().dialects.get(view.dialect),
        idle=gates.idle_devices(),
        **gates.words(),
    )


@pages.get("/devices/<device_id>/edit", permission=_EDIT)
def edit(device_id: str) -> Response:
    """The form of a device that is registered."""
    return desk.page("gates/device_form.html", view=gates.my_device(device_id), given={}, **_form_words())


@pages.post("/devices/<device_id>/edit", permission=_EDIT)
def change(device_id: str) -> BaseResponse:
    """What the device is from now on."""
    stopped = service.change_device(
        work.session(),
        auth.caller().actor,
        gates.device_to_change(device_id).id,
        _draft(None),
        version=forms.sent_version(),
        dialects=services().dialects,
        now=desk.now(),
    )
    gates.flash_stopped(stopped)
    return _back(device_id, gettext("设备已保存"))


@pages.post("/devices/<device_id>/address", permission=_EDIT)
def rotate(device_id: str) -> Response:
    """A new address; the old one runs out after the days that were chosen."""
    view = gates.device_to_change(device_id)
    made = service.rotate_device_secret(
        work.session(), auth.caller().actor, device_id, overlap=gates.overlap(), now=desk.now()
    )
    return _told_once(made, view.name, view.dialect)


@pages.post("/devices/<device_id>/secret", permission=_EDIT, form="device")
def set_secret(device_id: str) -> BaseResponse:
    """What the vendor signs with from now on."""
    service.set_signing_secret(
        work.session(),
        auth.caller().actor,
        gates.device_to_change(device_id).id,
        request.form.get("signing_secret", ""),
        sealer=services().sealer,
        overlap=gates.overlap(),
        now=desk.now(),
    )
    return _back(device_id, gettext("签名密钥已保存"))


@pages.post("/devices/<device_id>/disable", permission=_EDIT)
def disable(device_id: str) -> BaseResponse:
    """Its address is good for nothing any more, and its cloud is not asked any more."""
    view, session, actor = gates.device_to_change(device_id), work.session(), auth.caller().actor
    gates.flash_stopped(service.disable_device(session, actor, view.id, desk.now()))
    if keys := pause_those_of(session, actor, view.id, desk.now()):
        flash(gettext("已暂停从云平台拉取：%(keys)s", keys=gettext("、").join(keys)))
    return _back(device_id, gettext("设备已停用"))


@pages.post("/devices/<device_id>/lots", permission=_EDIT, form="device")
def map_lot(device_id: str) -> BaseResponse:
    """A lot as the vendor names it; without one of ours the word means none any more."""
    view = gates.device_to_change(device_id)
    typed = gates.lot_id_of(request.form.get("lot_code", ""))
    lot_id = None if _is_removed() else gates.lot_to_speak_for(typed, "lot_code")
    if not _is_removed() and not lots.lot_cards(work.session(), desk.today(), [lot_id or ""]):
        raise DeviceRefused(problems=[FieldProblem("lot_code", "unknown_lot", N_("没有这个停车场"))])
    key = request.form.get("lot_key", "")
    gates.flash_stopped(
        service.map_lot(work.session(), auth.caller().actor, view.id, key, lot_id, desk.now())
    )
    return _back(device_id, gettext("对应关系已保存"))


@pages.post("/devices/<device_id>/lanes", permission=_EDIT, form="device")
def map_lane(device_id: str) -> BaseResponse:
    """A lane as the device names it."""
    lanes = {lane.id: lane for lot in gates.device_to_change(device_id).lots for lane in _lanes(lot.id)}
    lane = lanes.get(request.form.get("lane_id", ""))
    if lane is None:
        raise DeviceRefused(problems=[FieldProblem("lane_id", "missing", N_("请选择车道"))])
    service.map_lane(
        work.session(),
        auth.caller().actor,
        device_id,
        lane.lot.id,
        request.form.get("lane_key", ""),
        None if _is_removed() else lane.id,
        desk.now(),
    )
    return _back(device_id, gettext("对应关系已保存"))


def _is_removed() -> bool:
    return request.form.get("act") == "remove"


def _lanes(lot_id: str) -> list[LaneView]:
    return lots.lanes_of_lot(work.session(), lot_id)


def _draft(signing_secret: str | None) -> DeviceDraft:
    form = request.form
    lot_id = gates.lot_to_speak_for(gates.lot_id_of(form.get("lot_id", "")), "lot_id")
    minutes = form.get("silence_minutes", "").strip()
    profile = form.get("profile", "").strip() or None
    dialect = services().dialects.get(form.get("dialect", ""))
    if dialect is not None and (wrong := dialect.profile_problems(profile)):
        text = N_("%(key)s：%(reason)s")
        raise DeviceRefused(
            problems=[
                FieldProblem("profile", "wrong_profile", text, {"key": key, "reason": reason})
                for key, reason in wrong
            ]
        )
    return DeviceDraft(
        name=form.get("name", "").strip(),
        kind=next((each for each in DeviceKind if each == form.get("kind")), DeviceKind.CAMERA),
        dialect=form.get("dialect", ""),
        role=next((each for each in DeviceRole if each == form.get("role")), DeviceRole.EVIDENCE),
        serial=form.get("serial", "").strip() or None,
        lot_id=lot_id,
        lane_id=gates.lane_id_of(form.get("lane_id", ""), lot_id),
        space_class=gates.space_class(),
        time_zone=form.get("time_zone", "").strip(),
        # What is no number is out of range.
        silence_after_s=int(minutes) * _MINUTE_S if minutes.isdecimal() and len(minutes) < 7 else 0,
        signing_secret=signing_secret,
        profile=profile,
    )


def _form_words() -> dict[str, Any]:
    spoken = {name: each.manifest for name, each in services().dialects.items()}
    return gates.words() | {
        "dialects": [(name, f"{gettext(told.vendor)} · {name}") for name, told in sorted(spoken.items())],
        "city_zone": desk.city().time_zone,
    }


def _address(dialect: str, secret: str) -> str:
    return f"{services().public_url}/compat/{dialect}/{secret}/"


def _told_once(made: service.NewDevice, name: str, dialect: str) -> Response:
    return desk.page(
        "gates/new_address.html",
        name=name,
        device_id=made.device_id,
        address=_address(dialect, made.url_secret),
        dialect=services().dialects.get(dialect),
    )


def _back(device_id: str, said: str) -> BaseResponse:
    flash(said)
    return redirect(url_for("bureau_devices.device", device_id=device_id), 303)
