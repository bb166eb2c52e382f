"""In which language does the command line tell what is wrong? In the terminal's: Chinese, else English.

A terminal that names no language (LANG=C) reads that of PARKING_DEFAULT_LOCALE, where it is set.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from parking.kernel.errors import ParkingError
from parking.portals._http.catalogue import words_in

_NO_LANGUAGE = ("", "C", "POSIX")


def told(error: ParkingError, environ: Mapping[str, str]) -> str:
    """The error's sentence, a line for each field that it names, and its code."""
    lines = [sentence(error.text, error.params, environ)]
    lines += [f"  {each.field}: {sentence(each.text, each.params, environ)}" for each in error.problems]
    return "\n".join(lines) + f"  ({error.code})"


def sentence(text: str, params: Mapping[str, object], environ: Mapping[str, str]) -> str:
    """A marked Chinese sentence in the terminal's language, its values filled in; `..._fen` is money."""
    words = words_in(_locale(environ))
    shown = {name: _shown(name, value) for name, value in params.items()}
    # What kind of value is wanted is a marked word itself.
    return words(
        text, {name: words(str(each), {}) if name == "wanted" else each for name, each in shown.items()}
    )


def say(text: str, **params: object) -> str:
    """As `sentence`, for the terminal that we were started from."""
    return sentence(text, params, os.environ)


def _locale(environ: Mapping[str, str]) -> str:
    told = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return environ.get("PARKING_DEFAULT_LOCALE", "") if told.split(".")[0] in _NO_LANGUAGE else told


def _shown(name: str, value: object) -> object:
    return f"¥{value / 100:.2f}" if name.endswith("_fen") and isinstance(value, int) else value
