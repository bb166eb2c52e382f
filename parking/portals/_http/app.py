"""How do the portals become one web application?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_smorest import Blueprint as JsonBlueprint
from werkzeug.exceptions import BadRequest
from werkzeug.middleware.proxy_fix import ProxyFix

from parking.kernel.errors import N_
from parking.portals._http import documents, health
from parking.portals._http.api import init_api
from parking.portals._http.auth import init_auth
from parking.portals._http.compression import init_compression
from parking.portals._http.csrf import init_csrf
from parking.portals._http.forms import init_forms
from parking.portals._http.i18n import init_i18n
from parking.portals._http.observability import init_observability
from parking.portals._http.pages import init_pages
from parking.portals._http.problems import Told, init_problems
from parking.portals._http.resuming import init_resuming
from parking.portals._http.services import PortalServices
from parking.portals._http.site import init_site
from parking.portals._http.whole import WholeAnswers
from parking.portals._http.work import init_work

_HERE = Path(__file__).parent
_BODY_LIMIT = 1_000_000
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class _Sessions(SecureCookieSessionInterface):
    """Whoever brings no cookie has an empty session; Flask would first build what reads one."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)


class _Application(Flask):
    """Flask with plain functions only: it would look at each function of each request whether it is async."""

    session_interface = _Sessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(
    services: PortalServices,
    pages: Sequence[Blueprint] = (),
    interfaces: Sequence[JsonBlueprint] = (),
    *,
    description: str = "",
) -> Flask:
    """An application that serves these pages and JSON interfaces with what all portals share."""
    app = _Application(
        "parking", static_folder=str(_HERE / "static"), template_folder=str(_HERE / "templates")
    )
    app.config.update(MAX_CONTENT_LENGTH=_BODY_LIMIT, SEND_FILE_MAX_AGE_DEFAULT=services.static_max_age)
    app.extensions["parking"] = services
    app.wsgi_app = WholeAnswers(app.wsgi_app)  # type: ignore[method-assign]
    if proxies := services.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0)  # type: ignore[method-assign]
    init_observability(app)
    init_compression(app)
    init_i18n(app, services.default_locale)
    init_site(app)
    init_work(app)
    init_auth(app)
    init_forms(app)
    # Before the check of the form's token, which reads the body.
    init_pages(app)
    init_csrf(app, services.secret_key, secure=services.secure_cookies, exempt=interfaces)
    init_resuming(app)
    app.before_request(_refuse_nul({each.name for each in interfaces}))
    init_api(app, interfaces, description=description)
    # After the API, whose own handler of HTTP errors this replaces.
    init_problems(app)
    app.register_blueprint(health.blueprint)
    if interfaces:
        app.register_blueprint(documents.blueprint)
    for blueprint in pages:
        app.register_blueprint(blueprint)
    app.after_request(_protect(services))
    return app


class _NulSent(BadRequest):
    """The address or a field holds a NUL; the fields are named."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        told = Told("nul", N_("含有空字符（NUL）"))
        self.data = {"messages": {"request": {name.replace("\0", "\ufffd"): [told] for name in names}}}


def _refuse_nul(raw: Collection[str]) -> Callable[[], None]:
    """No text of ours holds a NUL, and no table takes one: whoever sends one is told so.

    The bodies of the blueprints named by `raw` are left unread: machines sign them byte by byte.
    """

    def refuse() -> None:
        told: dict[str, list[str]] = {}
        # An address without the sign need not be taken apart.
        if "%00" in request.environ.get("QUERY_STRING", ""):
            told |= request.args.lists()
        if request.mimetype in _FORMS and request.blueprint not in raw:
            told |= request.form.lists()
        names = [name for name, texts in told.items() if any("\0" in each for each in (name, *texts))]
        if names or "\0" in request.environ.get("PATH_INFO", ""):
            raise _NulSent(names)

    return refuse


def _protect(services: PortalServices):  # type: ignore[no-untyped-def] # Flask's own type of a response hook
    """Headers that keep a page to itself: nothing from elsewhere, in nobody's frame."""
    tiles = " https://*.tianditu.gov.cn" if services.map_tianditu_key else ""
    policy = (
        f"default-src 'self'; img-src 'self' data:{tiles}; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'none'"
    )

    def protect(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", policy)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        return response

    return protect
