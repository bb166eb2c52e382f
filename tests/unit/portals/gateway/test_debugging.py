"""The debugger names what was signed wrongly, and is of no use to whoever holds no key."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from parking.lots.queries.gates import ClientFacts, SigningKey
from parking.portals.gateway.debugging import _MISTAKES, Brought, Diagnosis, Verdict, diagnose

NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
SECRET = bytes(range(32))
BODY = '{"lot": "320999-0001", "plate": "苏F12345"}'
TEXT = b64encode(SECRET)
STAMP = str(int(NOW.timestamp()))
WELL = f"msg_1.{STAMP}.{BODY}".encode()


def a_client(**more: object) -> ClientFacts:
    key = SigningKey("k1", "whsec_AAEC", SECRET, more.pop("expires_at", None))  # type: ignore[arg-type]
    facts = ClientFacts("c1", "client:c1", "某厂商", frozenset(), frozenset(), (key,), False, False)
    return replace(facts, **more)


def mac(signed: bytes, key: bytes = SECRET) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).digest()


def told(signature: str, content: str = BODY, **more: str) -> Brought:
    return replace(Brought("c1", "msg_1", STAMP, signature, content), **more)


def v1(signed: bytes, key: bytes = SECRET) -> str:
    return "v1," + b64encode(mac(signed, key)).decode()


def found(signature: str, **more: str) -> Diagnosis:
    return diagnose(a_client(), told(signature, **more), NOW)


@pytest.mark.parametrize(
    ("mistake", "signature"),
    [
        ("newline", v1(WELL + b"\n")),
        ("gbk", v1(f"msg_1.{STAMP}.{BODY}".encode("gbk"))),
        ("compact", v1(f"msg_1.{STAMP}.{BODY.replace(': ', ':').replace(', ', ',')}".encode())),
        ("escaped", v1(f"msg_1.{STAMP}.{json.dumps(json.loads(BODY))}".encode())),
        ("empty", v1(f"msg_1.{STAMP}.".encode())),
        ("body_only", v1(BODY.encode())),
        ("no_id", v1(f"{STAMP}.{BODY}".encode())),
        ("milliseconds", v1(f"msg_1.{STAMP}000.{BODY}".encode())),
        ("key_text", v1(WELL, TEXT)),
        ("key_whole", v1(WELL, b"whsec_" + TEXT)),
        ("hex", "v1," + mac(WELL).hex()),
        ("hex", "v1," + mac(WELL).hex().upper()),
        ("urlsafe", "v1," + urlsafe_b64encode(mac(WELL)).decode()),
        ("no_version", b64encode(mac(WELL)).decode()),
    ],
)
def test_a_usual_mistake_is_named(mistake, signature):
    diagnosis = found(signature)
    assert diagnosis.ours == WELL
    assert _MISTAKES[mistake] in diagnosis.remarks
    assert diagnosis.verdict in (Verdict.OTHERWISE, Verdict.RIGHT)


def test_it_is_shown_where_their_string_differs_from_ours():
    difference = found(v1(f"msg_1.{STAMP}000.{BODY}".encode())).difference
    assert difference is not None
    assert difference.at == len(f"msg_1.{STAMP}")
    assert difference.ours.startswith('.{"lot"')
    assert difference.theirs.startswith("000.")


def test_a_right_signature_is_right_and_an_old_key_is_named():
    assert found(v1(WELL)).verdict is Verdict.RIGHT
    old = diagnose(a_client(expires_at=NOW - timedelta(seconds=1)), told(v1(WELL)), NOW)
    assert (old.verdict, old.key_hint) == (Verdict.OLD_KEY, "whsec_AAEC")
    late = diagnose(a_client(), told(v1(WELL)), NOW + timedelta(hours=1))
    assert (late.verdict, late.skew_s) == (Verdict.RIGHT, -3600)


def test_whoever_holds_no_key_learns_nothing():
    """Unknown, disabled, another's: the same answer; and nothing of it is made with the key."""
    forged = v1(WELL, b"another key")
    answers = [
        diagnose(client, told(forged), NOW)
        for client in (None, a_client(), a_client(disabled=True), a_client(keys=()))
    ]
    assert {answer.verdict for answer in answers} == {Verdict.NO_MATCH}
    assert len(set(answers)) == 1
    secret = {b64encode(mac(WELL)).decode(), mac(WELL).hex(), TEXT.decode()}
    assert not [each for each in secret if each in repr(answers)]
    # A disabled client's right signature is no news either.
    assert diagnose(a_client(disabled=True), told(v1(WELL)), NOW).verdict is Verdict.NO_MATCH


@pytest.mark.parametrize("signature", ["", "v1,", "v1,é", "v2,abc", "v1,a b c d e f g h i j k", "\x00"])
def test_nonsense_matches_nothing(signature):
    assert found(signature, message_id="a.b", timestamp="١٢٣").verdict is Verdict.NO_MATCH


@pytest.mark.parametrize("depth", [300, 900, 9_000])
def test_a_content_that_is_too_deep_to_be_written_again_is_answered(depth):
    content = "[" * depth + "]" * depth
    assert diagnose(a_client(), told("v1," + "A" * 43 + "=", content), NOW).verdict is Verdict.NO_MATCH
