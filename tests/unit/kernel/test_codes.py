"""Is a code read that people keep on paper?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parking.kernel.codes import new_code, typed, written


@given(st.integers(0, 2**40 - 1))
def test_a_code_is_read_however_it_is_typed(bits: int) -> None:
    code = new_code(bits)
    for text in (
        written(code),
        code.lower(),
        f" {code[:4]} {code[4:]} ",
        code.replace("0", "O").replace("1", "l"),
    ):
        assert typed(text) == code
