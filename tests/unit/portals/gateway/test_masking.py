"""What is kept of a call shows no plate, however it was written, and no body is too deep to be kept."""

from __future__ import annotations

import pytest

from parking.portals.gateway.masking import excerpt


@pytest.mark.parametrize(
    "body",
    [
        '{"plate":"苏F12345"}',
        '{"plate":{"number":"F12345"}}',
        '{"plate":[["F12345"]]}',
        '{"plateNumber":"F12345","carNo":"F12345","车牌号":"F12345"}',
        '{"lane":"苏F12345","note":"苏\u200bF12345","more":"苏Ｆ１２３４５"}',
        '{"苏F12345":1}',
        '{"plate":"苏F12345"',
        '{"car_number":"F12345"',
        "plate=%E8%8B%8FF12345",
        "plate=苏 F·12345",
        # As a program writes it that escapes all letters but those of English, half of one among them.
        '{"event_id":"\\u82cfF12345-1","lot":"\\ud800"}',
        '{"event_id":"\\u82cfF12345-1"',
    ],
)
def test_no_plate_is_shown(body):
    assert "12345" not in excerpt(body.encode())
    assert "１２３４５" not in excerpt(body.encode())


def test_a_lots_code_is_shown():
    assert '"WJ-015"' in excerpt('{"lot":"WJ-015","plate":"WJ苏1234X"}'.encode())


def test_what_is_in_no_known_encoding_is_not_shown():
    assert excerpt("车牌苏F12345".encode("gbk")) == "…"


def test_a_cut_within_a_letter_hides_nothing_else():
    assert excerpt("{车".encode() * 3_000).startswith("{车{车")


def test_a_deep_body_is_cut():
    for body in (b"[" * 900 + b"]" * 900, b'{"a":' * 900 + b"1" + b"}" * 900):
        assert excerpt(body).count("…") == 1
