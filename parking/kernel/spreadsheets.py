"""Which texts would a spreadsheet program run, and how are they told so that it does not?

An apostrophe before a text makes it text (CWE-1236). Blanks, quotes and control characters at its beginning
hide a formula from people, not from programs; full-width signs are formulas to some.
"""

from __future__ import annotations

import re

# A text with one more apostrophe must match as well, or taking the mark off would take too much.
_FORMULA = re.compile(r"""[\s"'\x00-\x1f]*[=+\-@＝＋－＠]|'*[\t\r\n\x00]""")
_MARK = "'"


def escaped(text: str) -> str:
    """The text as a cell may hold it; `unescaped` gives it back."""
    return _MARK + text if _FORMULA.match(text) else text


def unescaped(cell: str) -> str:
    """What a cell's text was before it was escaped."""
    rest = cell.removeprefix(_MARK)
    return rest if rest != cell and _FORMULA.match(rest) else cell
