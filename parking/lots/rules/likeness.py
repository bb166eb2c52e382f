"""Do two names mean the same lot? Reckoned on what is left when the words that every lot carries are gone."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

LIKE = 0.75
"""From this likeness on two names are proposed as the same lot."""

_COMMON = re.compile(
    r"公共|地下|地面|室外|社会|机动车|停车场|停车库|停车楼|停车区|车库|停车|car ?park|parking|lot"
)
_NOT_A_WORD = re.compile(r"[\W_]+")


def bare_name(name: str) -> str:
    """The telling part of a name: folded, without punctuation and without the words that all lots carry."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return _NOT_A_WORD.sub("", _COMMON.sub("", folded)) or _NOT_A_WORD.sub("", folded)


def likeness(a: str, b: str) -> float:
    """How alike two names are, from 0 to 1."""
    bare_a, bare_b = bare_name(a), bare_name(b)
    if not bare_a or not bare_b:
        return 0.0
    return SequenceMatcher(None, bare_a, bare_b, autojunk=False).ratio()
