"""Which machines may call us, and with which keys?"""

from __future__ import annotations

from datetime import timedelta

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts import queries, service
from parking.accounts.rules import Permission
from parking.kernel.errors import N_
from parking.portals._http import auth, work
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals.bureau import desk

pages = Pages("bureau_clients", __name__, "bureau")
_MANAGE = Permission.BUREAU_CLIENTS_MANAGE
# For how long the old key of a client still works beside the new one, in days.
OVERLAPS = {0: N_("立即失效"), 7: N_("7 天后失效"), 30: N_("30 天后失效")}


@pages.get("/clients", permission=_MANAGE, nav=N_("接入方"), nav_order=88)
def clients() -> Response:
    """All machine clients and their keys by their first characters."""
    known = queries.clients(work.session())
    return desk.page("clients.html", clients=known, overlaps=desk.options(OVERLAPS))


@pages.post("/clients", permission=_MANAGE, form="clients")
def register() -> str:
    """Add a client; its key is told here and never again."""
    name = request.form.get("name", "")
    made = service.register_client(
        work.session(), auth.caller().actor, name=name, scopes=(), sealer=services().sealer, now=services().clock.now()
    )
    return _told_once(name, made.key)


@pages.post("/clients/<client_id>/key", permission=_MANAGE)
def rotate(client_id: str) -> str:
    """A new key; the old one runs out after the days that were chosen."""
    days = next((each for each in OVERLAPS if str(each) == request.form.get("overlap")), 7)
    made = service.rotate_client_key(
        work.session(),
        auth.caller().actor,
        client_id,
        overlap=timedelta(days=days),
        sealer=services().sealer,
        now=services().clock.now(),
    )
    names = {each.id: each.name for each in queries.clients(work.session())}
    return _told_once(names[client_id], made.key)


@pages.post("/clients/<client_id>/disable", permission=_MANAGE)
def disable(client_id: str) -> BaseResponse:
    """No key of this client is good any more."""
    service.disable_client(work.session(), auth.caller().actor, client_id, services().clock.now())
    flash(gettext("接入方已停用"))
    return redirect(url_for("bureau_clients.clients"), 303)


def _told_once(name: str, key: str) -> str:
    return render_template("bureau/new_key.html", name=name, key=key)
