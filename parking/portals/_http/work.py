"""In which transaction does a page work? Reading in a read-only one, unsafe requests in one unit of work.

An answer that is an error keeps nothing, whatever was written before it; `keep` is for the few that must, as
a counted failure to log in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, make_response

from parking.kernel.db.unit_of_work import UnitOfWork, unit_of_work
from parking.portals._http.services import services

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
View = Callable[..., Any]


class _Undone(Exception):
    """Carries an answer out of a unit of work whose writes are to be thrown away."""

    def __init__(self, response: Response) -> None:
        self.response = response


def session() -> Session:
    """The session of this request: of its unit of work, or a read-only one that ends with the request."""
    work: UnitOfWork | None = g.get("work")
    if work is not None:
        return work.session
    if "reading" not in g:
        g.reading = services().sessions()
        g.reading.connection(execution_options={"postgresql_readonly": True})
    reading: Session = g.reading
    return reading


def after_commit(effect: Callable[[], None]) -> None:
    """Run `effect` once this request's work is safe. Raises RuntimeError on a page that only reads."""
    work: UnitOfWork | None = g.get("work")
    if work is None:
        raise RuntimeError("a page that only reads has nothing to commit")
    work.after_commit(effect)


def keep() -> None:
    """Commit this request's work although its answer is an error."""
    g.keep_work = True


def read(view: View, arguments: Mapping[str, Any]) -> Response:
    """The answer of a view that only reads."""
    return make_response(view(**arguments))


def write(view: View, arguments: Mapping[str, Any]) -> Response:
    """The answer of a view, whose writes are committed unless it raises or answers with an error."""
    g.keep_work = False
    try:
        with unit_of_work(services().sessions) as uow:
            g.work = uow
            response = make_response(view(**arguments))
            if response.status_code >= 400 and not g.keep_work:
                raise _Undone(response)
    except _Undone as undone:
        return undone.response
    finally:
        g.pop("work", None)
    return response


def end_reading(_error: BaseException | None = None) -> None:
    """Close the read-only session, if one was opened."""
    reading = g.pop("reading", None)
    if reading is not None:
        reading.close()


def init_work(app: Flask) -> None:
    """Close what a request opened."""
    app.teardown_request(end_reading)
