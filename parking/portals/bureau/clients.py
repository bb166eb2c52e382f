"""Which machines may call us, with which keys, what may they do, and for which lots may they speak?"""

from __future__ import annotations

import re

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts import queries, service
from parking.accounts.rules import SCOPE_NAMES, Permission
from parking.kernel.errors import N_, FieldProblem
from parking.lots import queries as lots
from parking.lots import service as lots_service
from parking.lots.errors import GrantRefused
from parking.portals._http import auth, work
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals.bureau import desk, gates

pages = Pages("bureau_clients", __name__, "bureau")
_MANAGE = Permission.BUREAU_CLIENTS_MANAGE
# Between the codes of lots that were typed or pasted.
_BETWEEN = re.compile(r"[\s,，;；、]+")


@pages.get("/clients", permission=_MANAGE, nav=N_("接入方"), nav_order=88)
def clients() -> Response:
    """All machine clients: their keys by the first characters, what they may do, their lots."""
    session = work.session()
    return desk.page(
        "clients.html",
        clients=queries.clients(session),
        lots_of=lots.lots_of_clients(session),
        scope_names=SCOPE_NAMES,
    )


@pages.post("/clients", permission=_MANAGE, form="clients")
def register() -> Response:
    """Add a client; its key is told here and never again."""
    name = request.form.get("name", "")
    made = service.register_client(
        work.session(),
        auth.caller().actor,
        name=name,
        scopes=request.form.getlist("scopes"),
        sealer=services().sealer,
        sandbox=request.form.get("sandbox") == "yes",
        now=desk.now(),
    )
    _grant(made.client_id)
    return _told_once(name, made)


@pages.get("/clients/<client_id>", permission=_MANAGE)
def client(client_id: str) -> Response:
    """One client: its keys, scopes and lots."""
    session = work.session()
    return desk.page(
        "client.html",
        client=queries.client(session, client_id),
        lots=lots.lots_of_clients(session).get(client_id, []),
        scope_names=SCOPE_NAMES,
        overlaps=desk.options(gates.OVERLAPS),
    )


@pages.post("/clients/<client_id>", permission=_MANAGE)
def change(client_id: str) -> BaseResponse:
    """What the client may do from now on, and for which lots."""
    service.set_client_scopes(
        work.session(), auth.caller().actor, client_id, request.form.getlist("scopes"), desk.now()
    )
    stopped = _grant(client_id)
    flash(gettext("接入方已保存"))
    gates.flash_stopped(stopped)
    return redirect(url_for("bureau_clients.client", client_id=client_id), 303)


@pages.post("/clients/<client_id>/key", permission=_MANAGE, form="client")
def rotate(client_id: str) -> Response:
    """A new key; the old one runs out after the days that were chosen."""
    made = service.rotate_client_key(
        work.session(),
        auth.caller().actor,
        client_id,
        overlap=gates.overlap(),
        sealer=services().sealer,
        now=desk.now(),
    )
    return _told_once(queries.client(work.session(), client_id).name, made)


@pages.post("/clients/<client_id>/disable", permission=_MANAGE)
def disable(client_id: str) -> BaseResponse:
    """No key of this client is good any more."""
    stopped = lots_service.disable_client(work.session(), auth.caller().actor, client_id, desk.now())
    flash(gettext("接入方已停用"))
    gates.flash_stopped(stopped)
    return redirect(url_for("bureau_clients.clients"), 303)


def _grant(client_id: str) -> list[lots_service.StoppedLane]:
    codes = {code for code in _BETWEEN.split(request.form.get("lots", "")) if code}
    known = lots.ids_by_code(work.session(), codes) if codes else {}
    if unknown := sorted(codes - known.keys()):
        told = {"codes": ", ".join(unknown[:10])}
        raise GrantRefused(
            problems=[FieldProblem("lots", "unknown_lots", N_("登记库里没有这些编号：%(codes)s"), told)]
        )
    wanted = set(known.values())
    return lots_service.grant_lots(work.session(), auth.caller().actor, client_id, wanted, desk.now())


def _told_once(name: str, made: service.NewKey) -> Response:
    return desk.page("new_key.html", name=name, client_id=made.client_id, key=made.key)
