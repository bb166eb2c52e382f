"""Which cookie says who is logged in? One for each audience; it holds a random token and nothing else.

The session itself is a row of the database. Officers and members have cookies of their own, so that logging
in here does not log out there.
"""

from __future__ import annotations

from enum import StrEnum

from flask import request
from werkzeug.wrappers import Response

from parking.portals._http.services import services


class Audience(StrEnum):
    """Who logs in where: the first part of the address and of the permission."""

    OPERATOR = "operator"
    BUREAU = "bureau"


def cookie_name(name: str, *, secure: bool) -> str:
    """`__Host-` makes the browser refuse a cookie that another host or path tries to plant."""
    return f"__Host-{name}" if secure else name


def _name(audience: Audience) -> str:
    return cookie_name(f"{audience}_session", secure=services().secure_cookies)


def token(audience: Audience) -> str | None:
    """The token that this browser sent for the audience."""
    return request.cookies.get(_name(audience))


def remember(response: Response, audience: Audience, new_token: str) -> None:
    """Hand the browser a token, until it is closed. The database decides how long the token is good for."""
    response.set_cookie(
        _name(audience),
        new_token,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=services().secure_cookies,
    )


def forget(response: Response, audience: Audience) -> None:
    """Take the token away."""
    response.delete_cookie(
        _name(audience), path="/", httponly=True, samesite="Lax", secure=services().secure_cookies
    )


def audience_here() -> Audience | None:
    """The audience of the present address, also where there is no page."""
    first = request.path.split("/", 2)[1]
    return next((each for each in Audience if each == first), None)
