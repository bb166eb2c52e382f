"""Which addresses may be kept, and what of a refused one may stand on a form again?"""

from __future__ import annotations

import pytest

from parking.kernel.addresses import address_problems, without_user


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("https://gate.example/a@b?key=1@2", []),
        ("HTTP://gate.example:8080/停车", []),
        ("http://gate.example/x\r\nX-Key: b", ["bad_address"]),
        ("http://gate.example/x\t", ["bad_address"]),
        ("http://gate.example/a b", ["bad_address"]),
        ("http://gate.example\\@evil.example/", ["bad_address"]),
        ("ftp://gate.example/", ["bad_address"]),
        ("https://li:Secr3t@gate.example/", ["password_in_address"]),
        ("https://li@gate.example/", ["password_in_address"]),
    ],
)
def test_an_address_is_one_line_of_the_web_without_a_user(url, codes):
    assert [problem.code for problem in address_problems("url", url)] == codes


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://gate.example/a@b", "https://gate.example/a@b"),
        ("ftp://gate.example/", "ftp://gate.example/"),
        ("https://li:Secr3t@gate.example/x?y=1", "https://gate.example/x?y=1"),
        ("https://li:Se/cr@3t@gate.example/x", "https://gate.example/x"),
        ("li:Secr3t@gate.example/x", "gate.example/x"),
    ],
)
def test_a_refused_address_comes_back_without_its_password(url, shown):
    assert without_user(url) == shown
