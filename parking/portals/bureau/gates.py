"""What do the pages of lanes and devices share: whose duty they are, how sources are called?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any

from flask import flash, request
from flask_babel import gettext

from parking.accounts import queries as accounts
from parking.accounts.rules import Permission
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import SPACE_CLASS_NAMES, SpaceClass
from parking.lots import queries as lots
from parking.lots.errors import DeviceNotFound, DeviceRefused, LaneNotFound, LotNotFound
from parking.lots.queries import DeviceView, LaneView, LotCard, LotName
from parking.lots.rules import DeviceKind, DeviceRole, client_source, device_source
from parking.lots.service import EndedWord, StoppedLane
from parking.portals._http import auth, work
from parking.portals._http.gate_texts import DEVICE_KINDS, DEVICE_ROLES, LANE_DIRECTIONS
from parking.portals._http.services import services
from parking.portals.bureau import desk

# For how long what was replaced still works, in days.
OVERLAPS = {0: N_("立即失效"), 7: N_("7 天后失效"), 30: N_("30 天后失效")}


def idle_devices() -> set[str]:
    """The devices that are to count and of whose crossings none does, by the lanes as they are now.

    A sensor's bays count by themselves.
    """
    books = services().books
    if books is None:
        return set()
    book = books.read_again()
    return {
        each.id
        for each in book.devices.values()
        if each.role is DeviceRole.COUNTING
        and each.kind is not DeviceKind.SENSOR
        and not book.counts_somewhere(each)
    }


def flash_ended(ended: Iterable[EndedWord]) -> None:
    """Say which words a device that is registered anew brought along no more."""
    told = [
        gettext(
            "%(key)s（%(place)s）",
            key=each.vendor_key,
            place=" ".join(filter(None, (each.lot_name, each.lane_name))),
        )
        for each in ended
    ]
    if told:
        flash(
            gettext(
                "这个序列号以前登记过。它以前的这些对应关系已结束，需要的请重新登记：%(words)s",
                words=gettext("、").join(told),
            )
        )


def flash_stopped(stopped: Iterable[StoppedLane]) -> None:
    """Say where nobody counts any more, until somebody names who does."""
    if lanes := [f"{lane.lot_name} {lane.name}" for lane in stopped]:
        flash(gettext("这些车道现在没有计数来源，请重新选择：%(lanes)s", lanes=gettext("、").join(lanes)))


def overlap() -> timedelta:
    """What was chosen of them; a week where nothing sensible was."""
    return timedelta(days=next((each for each in OVERLAPS if str(each) == request.form.get("overlap")), 7))


def sees(view: DeviceView) -> bool:
    """Whether the caller's duties reach one of the lots for which a device speaks.

    One without a lot is seen by those whose duties are the whole city.
    """
    districts = [lot.district_code for lot in view.lots] or [None]
    return any(auth.caller().sees_district(code) for code in districts)


def my_devices() -> list[DeviceView]:
    """The devices that the caller's duties reach, by name."""
    return [view for view in lots.device_views(work.session(), desk.now()) if sees(view)]


def my_device(device_id: str) -> DeviceView:
    """One of them; another's is as unknown as none. Raises DeviceNotFound."""
    view = lots.device_view(work.session(), device_id, desk.now())
    if not sees(view):
        raise DeviceNotFound
    return view


def device_to_change(device_id: str) -> DeviceView:
    """One whose every lot is the caller's to edit: its address and words reach all of them.

    Raises DeviceNotFound, NotPermitted.
    """
    view = my_device(device_id)
    if not _may_edit_all(lot.district_code for lot in view.lots):
        raise auth.NotPermitted
    return view


def may_revive(lot_ids: Collection[str]) -> bool:
    """Whether a disabled device that spoke for these lots is the caller's to register anew."""
    return _may_edit_all(card.district_code for card in lots.lot_cards(work.session(), desk.today(), lot_ids))


def lot_to_speak_for(lot_id: str | None, field: str) -> str | None:
    """A lot that a device may be given by the caller; only whose duties are the whole city may give none.

    What is unknown stays as it is, to be refused. Raises DeviceRefused, alike for a lot elsewhere.
    """
    cards = lots.lot_cards(work.session(), desk.today(), [lot_id]) if lot_id else []
    if (cards or lot_id is None) and not _may_edit(cards[0].district_code if cards else None):
        raise DeviceRefused(problems=[FieldProblem(field, "unknown_lot", N_("没有这个停车场"))])
    return lot_id


def _may_edit_all(districts: Iterable[str | None]) -> bool:
    return all(_may_edit(code) for code in list(districts) or [None])


def _may_edit(district: str | None) -> bool:
    return auth.caller().may_in(Permission.BUREAU_DEVICES_EDIT, district)


def my_lot(lot_id: str) -> LotCard:
    """A lot of the caller's districts. Raises LotNotFound."""
    found = lots.lot_cards(work.session(), desk.today(), [lot_id])
    if not found or not auth.caller().sees_district(found[0].district_code):
        raise LotNotFound
    return found[0]


def my_lane(lane_id: str) -> LaneView:
    """An open lane of such a lot. Raises LaneNotFound."""
    lane = lots.lane_view(work.session(), lane_id)
    if not auth.caller().sees_district(lane.lot.district_code):
        raise LaneNotFound
    return lane


def uncounted_lanes() -> list[LaneView]:
    """The lanes of the caller's districts in which nobody's passages count."""
    return [
        lane
        for lane in lots.uncounted_lanes(work.session())
        if auth.caller().sees_district(lane.lot.district_code)
    ]


def source_names() -> Mapping[str, str]:
    """How the sources that may count are called: devices and clients by their names."""
    session = work.session()
    devices = {device_source(each.id): each.name for each in lots.device_views(session, desk.now())}
    return devices | {client_source(each.id): each.name for each in accounts.clients(session)}


def lot_id_of(typed: str) -> str | None:
    """A lot's id by the code (or id) that somebody typed; what is unknown stays as it is, to be refused."""
    text = typed.strip()
    return lots.ids_by_code(work.session(), {text}).get(text, text) if text else None


def lane_id_of(typed: str, lot_id: str | None) -> str | None:
    """A lane's id by the name that somebody typed; what is unknown stays as it is, to be refused."""
    text = typed.strip()
    lanes = lots.lanes_of_lot(work.session(), lot_id) if lot_id and text else ()
    return next((lane.id for lane in lanes if lane.name == text), text or None)


def space_class() -> SpaceClass | None:
    """The class that was chosen; None for none."""
    text = request.form.get("space_class", "")
    return next((each for each in SpaceClass if each == text), None)


def lots_of(views: Iterable[DeviceView]) -> dict[str, LotName]:
    """Every lot that these devices speak for, by its id."""
    return {lot.id: lot for view in views for lot in view.lots}


def words() -> dict[str, Any]:
    """The words of every page about gates."""
    return {
        "kinds": DEVICE_KINDS,
        "roles": DEVICE_ROLES,
        "directions": LANE_DIRECTIONS,
        "classes": SPACE_CLASS_NAMES,
        "overlaps": desk.options(OVERLAPS),
    }
