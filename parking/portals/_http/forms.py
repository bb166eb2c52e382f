"""What stands in a form's fields? What was typed, where the form comes back; else what the page gives.

A form comes back in two ways: refused, with a sentence at each field that is wrong; or kept over an expired
login (see `resuming`). Templates ask through the macros of forms.html: no page has to think of either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, g, make_response, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from parking.kernel.addresses import without_user
from parking.kernel.errors import N_, Conflict, InvalidInput, ParkingError
from parking.portals._http.problems import of, sentence


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line of the error summary: the field it leads to ("" for the whole form), and what to do."""

    field: str
    sentence: str


def wrongs_of(error: ParkingError) -> list[Wrong]:
    """What an error says, in the reader's language: a line for each field, or one where it names no field."""
    told = of(error)
    lines = [Wrong(each.field, sentence(each.text, each.params)) for each in told.fields]
    return lines or [Wrong("", sentence(told.text, told.params))]


def refuse(error: ParkingError) -> None:
    """Let the forms of this page come back as they were typed, with what is wrong with them."""
    g.typed = request.form
    # In the order of the page: a browser sends its fields so; what it did not send comes last.
    places = {name: place for place, name in enumerate(request.form)}
    g.wrongs = sorted(wrongs_of(error), key=lambda each: places.get(each.field, len(places)))
    g.overtaken = isinstance(error, Conflict)


def show_again(endpoint: str, arguments: Mapping[str, Any], error: ParkingError | None = None) -> Response:
    """The page of a form once more, filled as it was sent; with an error's sentences and status, if any.

    The page is read in a session of its own: nothing of the refused work is seen or kept.
    """
    g.typed = request.form
    # "_files": they were lost on the way already, while the form waited for its account (see `resuming`).
    g.files_lost = "_files" in request.form or any(sent.filename for sent in request.files.values())
    if error is not None:
        refuse(error)
    g.shown_again = True
    g.shown_at = url_for(endpoint, **arguments)
    response = make_response(current_app.view_functions[endpoint](**arguments))
    if error is not None and response.status_code == 200:
        response.status_code = of(error).status
    return response


def is_shown_again() -> bool:
    """True while the page of a form is shown in answer to the form that was sent."""
    return bool(g.get("shown_again"))


def page_of(path: str, form: str | None = None) -> tuple[str, Mapping[str, Any]] | None:
    """The page that shows the form sent to `path`: the endpoint `form`, or at the same address."""
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return None
    try:
        if form is None:
            return adapter.match(path, method="GET")
        # By what was sent: a name that may hold slashes would take the address for another page.
        _, arguments = adapter.match(path, method="POST")
    except HTTPException:
        return None
    return form, arguments


def typed(name: str, value: object = "") -> object:
    """What stands in a field of one value."""
    sent: MultiDict[str, str] | None = g.get("typed")
    if sent is None or name not in sent:
        return "" if value is None else value
    return sent[name]


def typed_all(name: str, values: Iterable[object] = ()) -> list[str]:
    """What is ticked in a field of several values; nothing ticked is an answer too."""
    sent: MultiDict[str, str] | None = g.get("typed")
    return [str(each) for each in values] if sent is None else sent.getlist(name)


def version(value: int) -> object:
    """The version a form was made from. Who was overtaken has been told, and goes on from the present one."""
    return value if g.get("overtaken") else typed("version", value)


class VersionMissing(InvalidInput):
    """The form does not say from which version it was made: it is not one of our pages'."""

    code = "version_missing"
    text = N_("这张表单不完整，请重新载入后再提交")


def sent(name: str) -> str:
    """A field of the form that was sent, without blanks around it."""
    return request.form.get(name, "").strip()


def sent_version() -> int:
    """The version that the form was made from. Raises VersionMissing."""
    sent = request.form.get("version", "")
    if not sent.isascii() or not sent.isdecimal() or len(sent) > 9:
        raise VersionMissing
    return int(sent)


def wrongs() -> list[Wrong]:
    """The error summary of this page."""
    found: list[Wrong] = g.get("wrongs", [])
    return found


def wrong_at(name: str) -> str | None:
    """What is wrong with one field."""
    return next((each.sentence for each in wrongs() if each.field == name), None)


def files_lost() -> bool:
    """True where a form came back that had files: they must be chosen again."""
    return bool(g.get("files_lost"))


def init_forms(app: Flask) -> None:
    """Give the macros of forms.html what they ask for."""
    app.jinja_env.globals.update(
        typed=typed,
        without_user=without_user,
        typed_all=typed_all,
        typed_version=version,
        wrongs=wrongs,
        wrong_at=wrong_at,
        files_lost=files_lost,
    )
