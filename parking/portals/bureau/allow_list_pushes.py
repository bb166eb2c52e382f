"""Which vendors' clouds are told who may enter, when was the list last taken, and what was refused?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts.rules import Permission
from parking.kernel.errors import N_
from parking.lots import queries as lots
from parking.portals._http import auth, work
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals.bureau import desk, passage_pulls
from parking.sharing.errors.pushes import PushMissing
from parking.sharing.queries.pushes import PushView, not_taken, push_views
from parking.sharing.rules.pushes import PushDraft, PushReason, PushState
from parking.sharing.service import pushes as service

pages = Pages("bureau_allow_list_pushes", __name__, "bureau")
_READ, _EDIT = Permission.BUREAU_DEVICES_READ, Permission.BUREAU_DEVICES_EDIT

STATES = {
    PushState.PROVISIONED: N_("等待首次成功"),
    PushState.ACTIVE: N_("正常"),
    PushState.FAILED: N_("失败"),
    PushState.PAUSED: N_("已暂停"),
}
WHY: Mapping[str, str] = {
    **passage_pulls.WHY,
    PushReason.WRITER_UNKNOWN: N_("没有这种平台的下发程序"),
    PushReason.WRITER_ERROR: N_("下发程序出错"),
    "signature_wrong": N_("平台说签名不对，请核对密钥"),
    "nobody_listens": N_("停车场没有连上消息代理"),
    "not_published": N_("消息代理没有收下"),
}
REFUSED: Mapping[str, str] = {
    PushReason.TOO_MANY_STEPS: N_("平台的回答前后不一"),
    "number_unknown": N_("平台没有给编号，撤不回，到期自行失效"),
    "plate_has_card": N_("该车牌在平台上已有月卡"),
    "card_missing": N_("平台收下了，却查不到"),
    "cannot_be_taken_back": N_("这种消息不能撤回，到期自行失效"),
}
_GRAVITY = (PushState.FAILED, PushState.PROVISIONED, PushState.ACTIVE, PushState.PAUSED)


def _age(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0


SORTS: Mapping[str, Callable[[PushView], Any]] = {
    "lot": lambda view: view.lot_code,
    "state": lambda view: (_GRAVITY.index(view.state), -view.refused, view.lot_code),
    "taken": lambda view: _age(view.succeeded_at),
    "refused": lambda view: (-view.refused, view.lot_code),
}


@pages.get("/allow-list-pushes", permission=_READ, nav=N_("名单下发"), nav_order=53)
def pushes() -> Response:
    """Every lot of my districts whose vendor is told, those in trouble first."""
    views = [view for view in push_views(work.session(), desk.now()) if _sees(view)]
    column, is_down = desk.sort_of(SORTS, "state")
    views.sort(key=SORTS[column], reverse=is_down)
    return desk.page(
        "allow_list_pushes/list.html",
        cut=desk.cut(views),
        failed=sum(view.state is PushState.FAILED for view in views),
        refused=sum(view.refused for view in views),
        **_words(),
    )


@pages.get("/allow-list-pushes/new", permission=_EDIT)
def new() -> Response:
    """The form of a new one."""
    adapters = services().allow_list_pushes.values()
    return desk.page(
        "allow_list_pushes/new.html",
        adapters=[
            (each.manifest.name, f"{each.manifest.vendor} · {each.manifest.message}") for each in adapters
        ],
        given=request.args,
    )


@pages.post("/allow-list-pushes/new", permission=_EDIT)
def add() -> BaseResponse:
    """Tell a lot's vendor from now on."""
    told: dict[str, Any] = {name: request.form.get(name, "").strip() for name in _FIELDS}
    code = request.form.get("lot", "").strip()
    lot_id = lots.ids_by_code(work.session(), [code]).get(code, "")
    card = next(iter(lots.lot_cards(work.session(), desk.today(), [lot_id])), None) if lot_id else None
    if card is None or not auth.caller().may_in(_EDIT, card.district_code):
        lot_id = ""
    push_id = service.add_push(
        work.session(),
        auth.caller().actor,
        PushDraft(lot_id=lot_id, **told),
        services().allow_list_pushes,
        services().sealer,
        desk.now(),
    )
    return _back(push_id, gettext("已开始下发"))


@pages.get("/allow-list-pushes/<push_id>", permission=_READ)
def push(push_id: str) -> Response:
    """One lot: how its vendor's cloud is, and what it did not take."""
    view = _mine(push_id)
    refused = not_taken(work.session(), push_id)
    writer = services().allow_list_pushes.get(view.adapter)
    takes_back = writer is None or writer.manifest.takes_back
    return desk.page(
        "allow_list_pushes/one.html", view=view, refused=refused, takes_back=takes_back, **_words()
    )


@pages.post("/allow-list-pushes/<push_id>/now", permission=_EDIT, form="push")
def tell_now(push_id: str) -> BaseResponse:
    """Let the worker try at once."""
    service.tell_now(work.session(), auth.caller().actor, _mine(push_id).id, desk.now())
    return _back(push_id, gettext("马上就去下发"))


@pages.post("/allow-list-pushes/<push_id>/pause", permission=_EDIT)
def pause(push_id: str) -> BaseResponse:
    """Tell nothing for the time being."""
    service.pause(work.session(), auth.caller().actor, _mine(push_id).id, desk.now())
    return _back(push_id, gettext("已暂停下发"))


@pages.post("/allow-list-pushes/<push_id>/resume", permission=_EDIT)
def resume(push_id: str) -> BaseResponse:
    """Tell what changed meanwhile."""
    service.resume(work.session(), auth.caller().actor, _mine(push_id).id, desk.now())
    return _back(push_id, gettext("已恢复下发"))


@pages.post("/allow-list-pushes/<push_id>/secret", permission=_EDIT, form="push")
def change_secret(push_id: str) -> BaseResponse:
    """Sign with another secret from now on."""
    secret = request.form.get("secret", "").strip()
    service.change_secret(
        work.session(), auth.caller().actor, _mine(push_id).id, secret, services().sealer, desk.now()
    )
    return _back(push_id, gettext("密钥已更换"))


_FIELDS = ("adapter", "lot_key", "base_url", "app_id", "secret", "desk_name", "desk_phone")


def _sees(view: PushView) -> bool:
    return auth.caller().sees_district(view.district_code)


def _mine(push_id: str) -> PushView:
    """One that the caller's duties reach; another's is as unknown as none. Raises PushMissing."""
    view = next(iter(push_views(work.session(), desk.now(), push_id)), None)
    if view is None or not _sees(view):
        raise PushMissing
    return view


def _words() -> dict[str, Any]:
    return {"states": STATES, "why": WHY, "refused_for": REFUSED}


def _back(push_id: str, said: str) -> BaseResponse:
    flash(said)
    return redirect(url_for("bureau_allow_list_pushes.push", push_id=push_id), 303)
