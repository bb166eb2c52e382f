"""What does a marked Chinese sentence say in a language, where no page is being made?"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping
from functools import cache

from parking.portals._http.i18n import TRANSLATIONS, compiled_catalogues


def words_in(locale: str) -> Callable[[str, Mapping[str, object]], str]:
    """A function of a sentence and its values; "zh..." is the sentence as it stands, all else is English."""
    translate = translator(locale.startswith("zh"))

    def words(text: str, params: Mapping[str, object]) -> str:
        told = translate(text)
        return told % dict(params) if params else told

    return words


@cache
def translator(chinese: bool) -> Callable[[str], str]:
    """The catalogue's look-up."""
    if chinese:
        return gettext.NullTranslations().gettext
    folder = compiled_catalogues(TRANSLATIONS)
    return gettext.translation("messages", folder, languages=["en"], fallback=True).gettext
