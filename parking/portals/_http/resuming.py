"""What becomes of a form that is sent after its login expired? It is kept, and comes back filled.

Nothing is stored: what was typed travels through the login pages in a sealed field that names the account
whose form it was, and is shown to that account alone. Files do not travel; the page says that they must be
chosen again.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from flask import Flask, Response, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from parking.kernel.sealing import SealBroken
from parking.portals._http import auth, forms
from parking.portals._http.auth import NotLoggedIn
from parking.portals._http.next_page import next_of_request
from parking.portals._http.pages import declared_pages
from parking.portals._http.services import services

_LONGEST = timedelta(days=1)
OWNER = "_for"
KEPT = "_kept"
RESUME = "_resume"
HAD_FILES = "_files"
_OURS = frozenset({"csrf_token", OWNER, KEPT, RESUME, HAD_FILES})


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form that waits for its account: where it was sent, and its fields in order."""

    account_id: str
    path: str
    fields: tuple[tuple[str, str], ...]
    had_files: bool


def owner() -> str:
    """For every form: whose it is, sealed; empty for nobody's."""
    asking = auth.caller_or_none()
    return "" if asking is None else _seal("owner", asking.account_id)


def keep_sent() -> str:
    """The form that was just sent without a login, sealed; empty where it was nobody's or has a password."""
    account_id = _open("owner", request.form.get(OWNER))
    names = set(request.form) - _OURS
    if account_id is None or any("password" in name for name in names):
        return ""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name in names]
    had_files = any(sent.filename for sent in request.files.values())
    query = request.query_string.decode("ascii", "replace")
    path = request.path + (f"?{query}" if query else "")
    kept = KeptForm(account_id, path, tuple(fields), had_files)
    return _seal("kept", asdict(kept))


def resume() -> Response | None:
    """The page that hands a kept form back, now that its account is logged in; None where there is none.

    Another account than the form's is not shown a word of it.
    """
    told = _open("kept", request.form.get(KEPT))
    asking = auth.caller_or_none()
    if told is None or asking is None:
        return None
    kept = KeptForm(told["account_id"], told["path"], tuple(map(tuple, told["fields"])), told["had_files"])
    if kept.account_id != asking.account_id:
        return make_response(render_template("another_account.html"))
    page = render_template("resume.html", kept=kept, comes_back=_comes_back(kept.path.partition("?")[0]))
    return make_response(page)


def _comes_back(path: str) -> bool:
    """True where the form's page can be shown filled; otherwise it can only be sent once more."""
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return False
    try:
        endpoint, _ = adapter.match(path, method="POST")
    except HTTPException:
        return False
    declared = declared_pages(current_app).get(str(endpoint))
    return forms.page_of(path, declared.form if declared else None) is not None


def _seal(purpose: str, told: object) -> str:
    here = services()
    plain = orjson.dumps({"at": here.clock.now(), "told": told})
    return urlsafe_b64encode(here.sealer.seal(plain, f"form:{purpose}")).decode()


def _open(purpose: str, sealed: str | None) -> Any:
    """What was sealed for this purpose, None where it was not, was changed, or is a day old."""
    here = services()
    try:
        plain = here.sealer.open(urlsafe_b64decode(sealed or ""), f"form:{purpose}")
    except (SealBroken, ValueError):
        return None
    read = orjson.loads(plain)
    return read["told"] if here.clock.now() - datetime.fromisoformat(read["at"]) < _LONGEST else None


def _to_login(error: NotLoggedIn) -> Response | BaseResponse:
    kept = keep_sent() if request.method == "POST" else ""
    if kept:
        page = render_template("log_in.html", audience=error.audience, kept=kept, next="")
        return make_response(page, 403)
    return redirect(url_for(f"{error.audience}.log_in", next=next_of_request()), 303)


def init_resuming(app: Flask) -> None:
    """Send strangers to their login, with the form that they had sent; let every form name its owner."""
    app.register_error_handler(NotLoggedIn, _to_login)
    app.jinja_env.globals.update(form_owner=owner)
