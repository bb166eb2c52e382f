"""Is a code read that people keep on paper?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parking.kernel.codes import new_code, typed, written

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def test_a_code_has_letters_that_nobody_takes_for_another() -> None:
    codes = {new_code() for _ in range(300)} | {new_code(12)}
    assert len(codes) == 301 and set("".join(codes)) == set(LETTERS)


@given(st.text(LETTERS, min_size=8, max_size=8))
def test_a_code_is_read_however_it_is_typed(code: str) -> None:
    for text in (
        written(code),
        code.lower(),
        f" {code[:4]} {code[4:]} ",
        code.replace("0", "O").replace("1", "l"),
    ):
        assert typed(text) == code
