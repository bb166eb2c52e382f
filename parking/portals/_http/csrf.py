"""Did this form come from a page of ours? A token that only our pages know, asked of every unsafe request.

The token lives in a signed cookie of its own, not in the login's session: a form that was opened before the
login expired is still recognised as ours afterwards, so that what was typed can be kept (see `resuming`).
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, session
from flask_smorest import Blueprint as JsonBlueprint
from flask_wtf.csrf import CSRFError, CSRFProtect  # type: ignore[import-untyped]

from parking.kernel.errors import N_, InvalidInput
from parking.portals._http.problems import answer
from parking.portals._http.sessions import cookie_name


class FormNotOurs(InvalidInput):
    """The form's token is missing or another browser's."""

    code = "form_not_ours"
    text = N_("这张表单已失效，或浏览器没有保存 Cookie。请返回表单、重新载入后再提交。")


def init_csrf(app: Flask, secret_key: str, *, secure: bool, exempt: Sequence[JsonBlueprint] = ()) -> None:
    """Ask every unsafe request for the token; JSON interfaces, which know no cookie, are exempt."""
    app.config.update(
        SECRET_KEY=secret_key,
        SESSION_COOKIE_NAME=cookie_name("forms", secure=secure),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_PATH="/",
        # As long as the browser is open: a limit in hours would throw long forms away.
        WTF_CSRF_TIME_LIMIT=None,
    )
    protect = CSRFProtect(app)
    app.register_error_handler(CSRFError, lambda _error: answer(FormNotOurs()))
    for blueprint in exempt:
        protect.exempt(blueprint)


def renew() -> None:
    """Forget the token of this browser: whoever logs out may leave it to another person."""
    session.clear()
