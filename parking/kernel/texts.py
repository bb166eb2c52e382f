"""What may be wrong with a text that somebody wrote: missing, too long, or with signs that nobody sees?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parking.kernel.errors import N_, FieldProblem

# Zero-width signs, and those that turn the direction of writing around (Trojan source, UTS 39): with them two
# names look alike, or one is read in the wrong order.
HIDDEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
HIDDEN_TOLD = ("hidden_character", N_("含有看不见的字符（零宽字符或改变文字方向的字符），请删去后重新输入"))
MISSING = N_("缺少这一项")


def text_problems(field: str, text: str, most: int, missing: str | None = MISSING) -> Iterator[FieldProblem]:
    """Whether it is empty where it is needed (`missing` asks for it), longer than `most`, or holds a NUL.

    Blanks around it do not count.
    """
    told = text.strip()
    if missing is not None and not told:
        yield FieldProblem(field, "missing", missing)
    elif len(told) > most:
        yield FieldProblem(field, "too_long", N_("最多 %(most)s 个字"), {"most": most})
    elif "\0" in told:
        # No column takes it.
        yield FieldProblem(field, "control_character", N_("含有换行等控制字符"))
