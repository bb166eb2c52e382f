"""In which language does the command line tell what is wrong? In the terminal's: Chinese, else English."""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping

from parking.kernel.errors import ParkingError
from parking.portals._http.i18n import TRANSLATIONS, compiled_catalogues


def told(error: ParkingError, environ: Mapping[str, str]) -> str:
    """The error's sentence, a line for each field that it names, and its code."""
    translate = _translator(environ)
    sentence = translate(error.text)
    lines = [sentence % error.params if error.params else sentence]
    lines += [f"  {each.field}: {translate(each.text) % dict(each.params)}" for each in error.problems]
    return "\n".join(lines) + f"  ({error.code})"


def _translator(environ: Mapping[str, str]) -> Callable[[str], str]:
    locale = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    if locale.startswith("zh"):
        return gettext.NullTranslations().gettext
    folder = compiled_catalogues(TRANSLATIONS)
    return gettext.translation("messages", folder, languages=["en"], fallback=True).gettext
