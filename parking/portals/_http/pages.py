"""What is a page of the two portals behind a login? A view with a permission, in one transaction.

A route that declares no permission cannot be registered. `nav` puts a page into its audience's navigation,
shown to those who may use it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import Blueprint, Flask, Response, current_app, request, url_for
from flask.blueprints import BlueprintSetupState

from parking.accounts.rules import Permission
from parking.kernel.errors import Conflict, InvalidInput, RuleBroken
from parking.portals._http import auth, forms, sessions, uploads, work
from parking.portals._http.services import services
from parking.portals._http.sessions import Audience

_KEY = "parking_pages"
_LIMITS = "parking_body_limits"
View = Callable[..., Any]


class PermissionMissing(TypeError):
    """A page was registered without saying who may use it."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a route says of itself. `body_limit` in bytes, where it is more than the application's."""

    audience: Audience
    permission: Permission
    nav: str | None = None
    nav_order: int = 100
    form: str | None = None
    body_limit: int | None = None


class Pages(Blueprint):
    """The pages of one subject for one audience, under /operator or /bureau.

    Templates lie in `templates/` beside the module. The blueprint named as its audience has the static files.
    """

    def __init__(self, name: str, import_name: str, audience: Audience | str) -> None:
        self.audience = Audience(audience)
        self._declared: dict[str, Declared] = {}
        own = name == self.audience
        super().__init__(
            name,
            import_name,
            url_prefix=f"/{self.audience}",
            template_folder="templates",
            static_folder="static" if own else None,
            static_url_path="/static" if own else None,
        )
        self.record(self._tell)

    def get(  # type: ignore[override] # a permission is asked for, which Flask's own does not know
        self, rule: str, *, permission: Permission, nav: str | None = None, nav_order: int = 100
    ) -> Callable[[View], View]:
        """A page that reads. `nav` is its name in the navigation (a msgid), `nav_order` its place there."""
        return self._route("GET", rule, Declared(self.audience, permission, nav, nav_order))

    def post(  # type: ignore[override] # see get
        self, rule: str, *, permission: Permission, form: str | None = None, body_limit: int | None = None
    ) -> Callable[[View], View]:
        """A form that is sent: the view works in one unit of work, which an error or an error answer undoes.

        Where the view raises InvalidInput, RuleBroken or Conflict, the page of the form comes back as typed,
        with the error's status (422, 409) and sentences: the view of this blueprint named `form`, which takes
        the same arguments, or else the page at the same address. Without either, the error page says it.
        """
        named = f"{self.name}.{form}" if form else None
        declared = Declared(self.audience, permission, form=named, body_limit=body_limit)
        return self._route("POST", rule, declared)

    def _route(self, method: str, rule: str, declared: Declared) -> Callable[[View], View]:
        if not isinstance(declared.permission, Permission):
            raise PermissionMissing(f"{rule} must name a Permission")

        def decorate(view: View) -> View:
            self._declared[view.__name__] = declared
            super(Pages, self).add_url_rule(
                rule, view.__name__, _guarded(declared, view), methods=[method], strict_slashes=False
            )
            return view

        return decorate

    def add_url_rule(self, rule: str, *_args: Any, **_options: Any) -> NoReturn:
        """Refused: `get` and `post` are the ways to add a page."""
        raise PermissionMissing(f"{rule} must be added by get() or post(), with a permission")

    def _tell(self, state: BlueprintSetupState) -> None:
        known = state.app.extensions.setdefault(_KEY, {})
        known.update({f"{self.name}.{endpoint}": declared for endpoint, declared in self._declared.items()})


def _guarded(declared: Declared, view: View) -> View:
    """The view behind its permission, inside its transaction."""

    @functools.wraps(view)
    def guarded(**arguments: Any) -> Response:
        auth.admit(declared.permission)
        if forms.is_shown_again() or request.method in work.SAFE:
            return work.read(view, arguments)
        if "_resume" in request.form and (page := forms.page_of(request.path, declared.form)):
            return forms.show_again(*page)
        try:
            return work.write(view, arguments)
        except (InvalidInput, RuleBroken, Conflict) as error:
            page = forms.page_of(request.path, declared.form)
            if page is None:
                raise
            return forms.show_again(*page, error)

    return guarded


def declared_pages(app: Flask) -> Mapping[str, Declared]:
    """What every page of an app says of itself, by endpoint."""
    known: Mapping[str, Declared] = app.extensions.get(_KEY, {})
    return known


def navigation() -> list[dict[str, object]]:
    """For templates: the pages of the present audience's navigation that the caller may use."""
    audience = sessions.audience_here()
    entries = [
        (declared.nav_order, declared.nav, url_for(endpoint))
        for endpoint, declared in declared_pages(current_app).items()
        if declared.nav and declared.audience is audience and auth.may(declared.permission)
    ]
    home = f"/{audience}"
    return [
        {"text": text, "url": url, "here": _is_here(url, home)}
        for _, text, url in sorted(entries, key=_place)
    ]


def _place(entry: tuple[int, str | None, str]) -> tuple[int, str]:
    """By place, then by address."""
    return entry[0], entry[2]


def _is_here(url: str, home: str) -> bool:
    path = request.path.rstrip("/")
    return path == url.rstrip("/") or (url.rstrip("/") != home and path.startswith(url.rstrip("/") + "/"))


def worker_is_silent() -> bool:
    """For templates: does nobody do the platform's regular work now?"""
    look = services().checks.get("worker")
    return look is not None and look() is not None


def init_pages(app: Flask) -> None:
    """Let larger bodies in where a page says so, and tell templates the navigation."""
    app.jinja_env.globals.update(navigation=navigation, worker_is_silent=worker_is_silent)
    app.before_request(_allow_body)


def allow_body(blueprint: Blueprint, view: str, limit: int) -> None:
    """Let a form that is for everybody be longer (bytes) than the application's bodies are."""

    def tell(state: BlueprintSetupState) -> None:
        state.app.extensions.setdefault(_LIMITS, {})[f"{blueprint.name}.{view}"] = limit

    blueprint.record(tell)


def _allow_body() -> None:
    endpoint = request.endpoint or ""
    declared = declared_pages(current_app).get(endpoint)
    public: Mapping[str, int] = current_app.extensions.get(_LIMITS, {})
    limit = declared.body_limit if declared is not None else public.get(endpoint)
    if limit is not None:
        uploads.allow(limit)
