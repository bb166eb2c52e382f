"""Which signs of a text does nobody see, so that two names look alike or one is read in the wrong order?"""

from __future__ import annotations

import re

from parking.kernel.errors import N_

# Zero-width signs, and those that turn the direction of writing around (Trojan source, UTS 39).
HIDDEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
HIDDEN_TOLD = ("hidden_character", N_("含有看不见的字符（零宽字符或改变文字方向的字符），请删去后重新输入"))
