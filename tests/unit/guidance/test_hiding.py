"""Claims about secrets in texts: hidden in whichever way they are escaped, and nothing else is."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.guidance.rules.hiding import without_secrets

# With what escapes begin, and what they are made of.
SECRETS = st.text("ab4f2u5CnxZ \"'\\/%&#;+-<>=:.?é停🅿", min_size=6, max_size=14)


def _lower(text: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), quote(text, safe=""))


WAYS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "json": lambda text: json.dumps(text)[1:-1],
    "json, text as it is": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "json, slashes too": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "json, by number": lambda text: "".join(f"\\u{unit:04X}" for unit in _utf_16(text)),
    "percent": lambda text: quote(text, safe=""),
    "percent, lower case": _lower,
    "percent, path": quote,
    "percent, every byte": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "form": quote_plus,
    "html": html.escape,
    "html, by number": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "html, by hexadecimal": lambda text: "".join(f"&#x{ord(c):X};" for c in text),
    "utf-7": lambda text: text.replace("+", "+-"),
}


def _utf_16(text: str) -> list[int]:
    wide = text.encode("utf-16-be")
    return [int.from_bytes(wide[at : at + 2], "big") for at in range(0, len(wide), 2)]


ways = st.sampled_from(sorted(WAYS))


@given(SECRETS, ways, ways)
def test_a_secret_is_hidden_in_every_way_of_writing_it_also_in_two_at_once(secret, first, second):
    written = WAYS[second](WAYS[first](secret))
    assert without_secrets(f"[{written}]\n[{secret}]", [secret]) == "[***]\n[***]"


@given(SECRETS, ways, st.data())
def test_so_is_one_that_breaks_off_in_the_middle(secret, way, data):
    written = WAYS[way](secret)
    cut = data.draw(st.integers(len(WAYS[way](secret[:5])), len(written)))
    assert without_secrets(f"[{written[:cut]}", [secret]) == "[***"


@pytest.mark.parametrize(
    "told",
    [
        '{"msg": "a\\"b\\u505c", "next": "/a%2Fb?x=1+2&amp;y", "p": "C:\\\\new"}',
        "100 % & more \\",
        "%E5%81",
        "",
    ],
)
def test_a_text_without_the_secret_is_left_as_it_is(told):
    assert without_secrets(told, ["s3cr3t/key", "another one"]) == told
    assert without_secrets(told, []) == told


def test_the_longer_of_two_secrets_leaves_no_rest():
    assert without_secrets("k=abcdef-ghi&", ["abcdef", "abcdef-ghi"]) == "k=***&"
