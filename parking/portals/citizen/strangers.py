"""What do the pages share on which somebody without an account does something? Bounds, and who it was."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request

from parking.accounts.rules.locking import hashed, network_of
from parking.kernel.errors import ParkingError
from parking.portals._http import formats
from parking.portals._http.problems import retry_after_s, sentence

LONGEST = 80
"""No code or number of ours is longer: the rest of what was typed is not looked at."""


def sent(name: str) -> str:
    """A field of the form that was sent, without blanks around it."""
    return request.form.get(name, "")[:LONGEST].strip()


def network(*key: str) -> str:
    """A hash of the network that asks, by which attempts are counted."""
    return hashed("network", *key, network_of(request.remote_addr or ""))


def sentence_of(problem: ParkingError) -> str:
    """What is wrong, in the reader's language."""
    return sentence(problem.text, problem.params)


def too_often(response: Response, problem: ParkingError) -> Response:
    """A page that says that something was tried too often, with when it may be tried again; else as it is."""
    if response.status_code == 429:
        response.headers["Retry-After"] = str(retry_after_s(problem.params))
    return response


def page(template: str, status: int, **context: Any) -> Response:
    """A page of this moment and this person: nobody between us may keep it."""
    response = make_response(render_template(f"citizen/{template}", formats=formats, **context), status)
    response.headers["Cache-Control"] = "no-store"
    return response
