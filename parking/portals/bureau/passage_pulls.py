"""Which vendors' clouds do we ask for what passed, how are they, and how old is what they told?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts.rules import Permission
from parking.kernel.errors import N_
from parking.portals._http import auth, work
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals._http.visit_texts import REFUSALS
from parking.portals.bureau import desk, gates, texts
from parking.visits.errors import CloudPullMissing
from parking.visits.queries.pulls import CloudPullView, pull_views
from parking.visits.rules.pulls import PullDraft, PullState, Reason
from parking.visits.service import pulls as service

pages = Pages("bureau_passage_pulls", __name__, "bureau")
_READ, _EDIT = Permission.BUREAU_DEVICES_READ, Permission.BUREAU_DEVICES_EDIT

STATES = {
    PullState.PROVISIONED: N_("等待首次成功"),
    PullState.ACTIVE: N_("正常"),
    PullState.FAILED: N_("失败"),
    PullState.DISABLED: N_("已暂停"),
}
WHY: Mapping[str, str] = {
    **{str(code): text for code, text in texts.WHY.items()},
    Reason.ADAPTER_UNKNOWN: N_("没有这种平台的读取程序"),
    Reason.ADAPTER_ERROR: N_("读取程序出错"),
    Reason.DEVICE_DISABLED: N_("对应的设备已停用"),
    Reason.LOT_UNMAPPED: N_("厂商的车场编号还没有对应到停车场"),
    Reason.SECRET_UNREADABLE: N_("密钥读不出来，请重新填写"),
    Reason.PAGE_REPEATED: N_("平台反复回答同一页"),
    Reason.TOO_BUSY: N_("本平台繁忙，稍后重试"),
    Reason.NOT_STORED: N_("未能保存，稍后重试"),
    "cloud_said_no": N_("平台拒绝了请求，返回码"),
    "token_refused": N_("平台说签名不对，请核对密钥"),
    "page_short": N_("一页的记录比平台说的少"),
    "not_json": N_("回答不是 JSON"),
    "empty": N_("回答是空的"),
    "not_an_object": N_("回答的格式不对"),
    "not_a_list": N_("回答的格式不对"),
    "bad_cursor": N_("进度记录损坏"),
}
PROBLEMS: Mapping[str, str] = {
    **REFUSALS,
    "unknown_direction": N_("方向无法识别"),
    "missing": N_("缺少字段"),
    "too_long": N_("内容太长"),
    "not_a_time": N_("时间无法识别"),
    "not_an_object": N_("不是一条记录"),
}
_GRAVITY = (PullState.FAILED, PullState.PROVISIONED, PullState.ACTIVE, PullState.DISABLED)


def _age(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0


SORTS: Mapping[str, Callable[[CloudPullView], Any]] = {
    "name": lambda view: (view.device_name, view.lot_key),
    "state": lambda view: (_GRAVITY.index(view.state), view.device_name, view.lot_key),
    "good": lambda view: _age(view.succeeded_at),
    "known": lambda view: _age(view.complete_until_at),
}


@pages.get("/passage-pulls", permission=_READ, nav=N_("云平台拉取"), nav_order=53)
def pulls() -> Response:
    """Every pull of my districts, those in trouble first."""
    views = [view for view in pull_views(work.session()) if _sees(view)]
    column, is_down = desk.sort_of(SORTS, "state")
    views.sort(key=SORTS[column], reverse=is_down)
    failed = sum(view.state is PullState.FAILED for view in views)
    return desk.page("passage_pulls/list.html", cut=desk.cut(views), failed=failed, **_words())


@pages.get("/passage-pulls/new", permission=_EDIT)
def new() -> Response:
    """The form of a new pull."""
    clouds = [
        (device.id, f"{device.name} · {device.dialect}")
        for device in gates.my_devices()
        if device.disabled_at is None and device.dialect in services().passage_pulls
    ]
    return desk.page("passage_pulls/new.html", clouds=clouds, given=request.args)


@pages.post("/passage-pulls/new", permission=_EDIT)
def add() -> BaseResponse:
    """Ask a lot of a cloud from now on."""
    form = request.form
    device_id = form.get("device_id", "")
    if device_id:
        gates.device_to_change(device_id)
    interval = form.get("interval_s", "").strip()
    draft = PullDraft(
        device_id=device_id,
        lot_key=form.get("lot_key", "").strip(),
        base_url=form.get("base_url", "").strip(),
        app_id=form.get("app_id", "").strip(),
        secret=form.get("secret", "").strip(),
        # What is no number is out of range.
        interval_s=int(interval) if interval.isdecimal() and len(interval) < 7 else 0,
    )
    pull_id = service.add_pull(
        work.session(),
        auth.caller().actor,
        draft,
        services().passage_pulls,
        services().sealer,
        desk.now(),
    )
    return _back(pull_id, gettext("已开始拉取"))


@pages.get("/passage-pulls/<pull_id>", permission=_READ)
def pull(pull_id: str) -> Response:
    """One pull: how it is and what was wrong with its last answers."""
    return desk.page("passage_pulls/one.html", view=_mine(pull_id), **_words())


@pages.post("/passage-pulls/<pull_id>/now", permission=_EDIT, form="pull")
def ask_now(pull_id: str) -> BaseResponse:
    """Let the worker ask at once."""
    service.ask_soon(work.session(), auth.caller().actor, _mine(pull_id).id, desk.now())
    return _back(pull_id, gettext("马上就去拉取"))


@pages.post("/passage-pulls/<pull_id>/pause", permission=_EDIT)
def pause(pull_id: str) -> BaseResponse:
    """Ask no more for the time being."""
    service.pause(work.session(), auth.caller().actor, _mine(pull_id).id, desk.now())
    return _back(pull_id, gettext("已暂停拉取"))


@pages.post("/passage-pulls/<pull_id>/resume", permission=_EDIT)
def resume(pull_id: str) -> BaseResponse:
    """Go on from where it stopped."""
    service.resume(work.session(), auth.caller().actor, _mine(pull_id).id, desk.now())
    return _back(pull_id, gettext("已恢复拉取"))


@pages.post("/passage-pulls/<pull_id>/secret", permission=_EDIT, form="pull")
def change_secret(pull_id: str) -> BaseResponse:
    """Sign with another secret from now on."""
    service.change_secret(
        work.session(),
        auth.caller().actor,
        _mine(pull_id).id,
        request.form.get("secret", "").strip(),
        services().sealer,
        desk.now(),
    )
    return _back(pull_id, gettext("密钥已更换"))


def _sees(view: CloudPullView) -> bool:
    return auth.caller().sees_district(view.district_code)


def _mine(pull_id: str) -> CloudPullView:
    """A pull that the caller's duties reach; another's is as unknown as none. Raises CloudPullMissing."""
    view = next(iter(pull_views(work.session(), pull_id)), None)
    if view is None or not _sees(view):
        raise CloudPullMissing
    return view


def _words() -> dict[str, Any]:
    return {"states": STATES, "why": WHY, "problem_words": PROBLEMS}


def _back(pull_id: str, said: str) -> BaseResponse:
    flash(said)
    return redirect(url_for("bureau_passage_pulls.pull", pull_id=pull_id), 303)
