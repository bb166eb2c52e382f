"""In which language and letter size does this reader read? Chinese first; English from the catalogue.

The address (`?lang=`, `?size=`) outranks the cookie, the cookie the browser's list; what the address says is
remembered in a cookie, so that both work without JavaScript.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, current_app, g, request, url_for
from flask.wrappers import Response
from flask_babel import Babel

TRANSLATIONS = Path(__file__).with_name("translations")
LANGUAGES = {"zh": "zh-CN", "en": "en"}
"""Our short name of a language and what `<html lang>` says."""
SIZES = ("normal", "large")
_YEAR_S = 365 * 24 * 3600


def init_i18n(app: Flask, default_locale: str = "zh") -> None:
    """Give an app its languages: locale by request, the catalogue, the templates' globals, the cookies."""
    Babel(
        app,
        default_locale=default_locale,
        default_translation_directories=str(compiled_catalogues(TRANSLATIONS)),
        locale_selector=language,
    )
    app.config.setdefault("PARKING_DEFAULT_LANGUAGE", default_locale if default_locale in LANGUAGES else "zh")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(asset=asset, here=here, language=language, html_lang=html_lang, size=size)
    app.after_request(_remember)


def language() -> str:
    """`zh` or `en` for the present request."""
    chosen = g.get("language")
    if chosen is None:
        chosen = g.language = _choose_language()
    return str(chosen)


def _choose_language() -> str:
    for told in (request.args.get("lang"), request.cookies.get("lang")):
        if told in LANGUAGES:
            return told
    default = str(current_app.config["PARKING_DEFAULT_LANGUAGE"])
    if not request.accept_languages:
        return default
    # Whoever asks for neither language reads the city's own.
    best = request.accept_languages.best_match(
        ["zh", "zh-CN", "zh-Hans", "zh-Hans-CN", "en"], default=default
    )
    return best.split("-")[0]


def html_lang() -> str:
    """What `<html lang>` says for this request."""
    return LANGUAGES[language()]


def size() -> str:
    """`normal` or `large` letters for this request."""
    for told in (request.args.get("size"), request.cookies.get("size")):
        if told in SIZES:
            return told
    return "normal"


def here(**changes: object) -> str:
    """The present address with some of its query parameters changed; None takes one away."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in changes]
    kept += [(name, str(value)) for name, value in changes.items() if value is not None]
    # A form that came back stands at an address that may only be sent to.
    path = g.get("shown_at", request.path)
    return path + ("?" + urlencode(kept) if kept else "")


def asset(filename: str, endpoint: str = "static") -> str:
    """The address of a static file with a stamp of its content, so that browsers may keep it for a year."""
    folder = (
        current_app.static_folder
        if endpoint == "static"
        else current_app.blueprints[endpoint.split(".")[0]].static_folder
    )
    stamp = _stamp(Path(folder or ".") / filename)
    return url_for(endpoint, filename=filename, v=stamp)


@lru_cache(maxsize=64)
def _stamp(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def _remember(response: Response) -> Response:
    """Keep a chosen language or size for a year, and say that answers differ by them."""
    # Most calls of machines name neither: taking their address apart would cost them a twentieth.
    if not request.query_string and response.mimetype != "text/html":
        return response
    for name, known in (("lang", LANGUAGES), ("size", SIZES)):
        if request.args.get(name) in known:
            response.set_cookie(name, request.args[name], max_age=_YEAR_S, samesite="Lax", httponly=True)
    if "v" in request.args and (request.endpoint or "").endswith("static") and response.status_code == 200:
        response.cache_control.public = True
        response.cache_control.max_age = _YEAR_S
        response.cache_control.immutable = True
    elif response.mimetype == "text/html":
        response.vary.update(("Accept-Language", "Cookie"))
    return response


def compiled_catalogues(folder: Path) -> Path:
    """A folder whose catalogues are compiled and not older than their sources.

    An install compiles them ahead of time; where that was left out, or the source is newer, it is done here:
    in place, or in a temporary folder where the program's own may not be written.
    """
    stale = [po for po in folder.glob("*/LC_MESSAGES/*.po") if _is_stale(po)]
    try:
        for po in stale:
            _compile(po, po.with_suffix(".mo"))
    except OSError:
        return _compiled_elsewhere(folder)
    return folder


def _is_stale(po: Path) -> bool:
    mo = po.with_suffix(".mo")
    return not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime


def _compiled_elsewhere(folder: Path) -> Path:
    elsewhere = Path(tempfile.mkdtemp(prefix="parking-translations-"))
    for po in folder.glob("*/LC_MESSAGES/*.po"):
        target = elsewhere / po.relative_to(folder).with_suffix(".mo")
        target.parent.mkdir(parents=True)
        _compile(po, target)
    return elsewhere


def _compile(po: Path, mo: Path) -> None:
    """Write a compiled catalogue whole or not at all: several web workers may start at once."""
    with po.open("rb") as source:
        catalogue = read_po(source, locale=po.parent.parent.name)
    descriptor, unfinished = tempfile.mkstemp(dir=mo.parent, suffix=".unfinished")
    with os.fdopen(descriptor, "wb") as target:
        write_mo(target, catalogue)
    Path(unfinished).chmod(0o644)
    Path(unfinished).replace(mo)
