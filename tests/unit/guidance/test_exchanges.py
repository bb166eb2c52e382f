"""Claims about what is kept of a pull that went wrong: enough to see why, nothing that must not be seen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from parking.boundary.credentials import Credential, CredentialKind
from parking.boundary.feeds import Parsed, ProblemKind, RecordProblem
from parking.boundary.fetching import Exchange
from parking.guidance import service
from parking.guidance.queries import outgoing
from parking.guidance.rules.exchanges import LONGEST_BODY, MOST_KEPT, ExchangeText, exchange_text
from parking.guidance.rules.pulls import Answered, Failed, Lane, NotModified
from tests.factories.city import NOW, a_city
from tests.factories.sources import a_source

SECRET = "s3cr3t/key+1"
URL = "https://gate.example/live?appid=city-0001&fmt=json"
HEADER = Credential(CredentialKind.HEADER, SECRET, "X-Api-Key")
TOLD = ExchangeText(403, "GET https://gate.example/live", "Content-Type: text/plain", "denied")


def body_of(head: bytes, content_type: str = "application/json", *, cut: bool = False) -> str:
    exchange = Exchange(
        "GET", "https://gate.example/live", (), 403, (("Content-Type", content_type),), head, cut
    )
    return exchange_text(exchange, URL, HEADER).body


@pytest.mark.parametrize(
    "said",
    [
        f"key {SECRET} is unknown",
        json.dumps({"error": SECRET}).replace("/", "\\/"),
        "the query was ?k=s3cr3t%2Fkey%2B1",
        "<error>s3cr3t&#47;key+1</error>",
        "the query was ?k=s3cr3t%2fkey%2b1",
        "<error>s3cr3t&amp;#x2F;key+1</error>",
        '{"error": "\\u0073\\u0033cr3t\\/key%2B1"}',
        "broken off in the middle of s3cr3t/k",
        "broken off in the middle of s3cr3t%2",
        "for city-0001 there is no such feed",
    ],
)
def test_an_answer_that_repeats_what_we_said_is_kept_without_it(said):
    body = body_of(said.encode())
    assert "***" in body
    assert not any(secret in body for secret in ("s3cr3t", "city-0001"))


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ('{"plateNo": "x-1", "in": 1}', "x-1"),
        ('{"car": "苏F·12345"}', "12345"),
        ('{"car": "\\u82cfF12345"}', "12345"),
        ('{"tel": 51380000, "free": 3}', "51380000"),
        ("contact 13812345678 or desk@lot.example", "13812345678"),
        ("contact 13812345678 or desk@lot.example", "desk@"),
        (f"沪{' ' * 3_000}A{' ' * 3_000}12345", "12345"),
        ("<lot><accessToken>abcdef</accessToken></lot>", "abcdef"),
        ("/next?page=2&token=abcdef", "abcdef"),
        ('{"password":"a\\"bc"}', "bc"),
        ('{"hphm":"x-1"}', "x-1"),
        ("car WJ32 1234B left", "1234"),
        ("car 民航A1234 left", "1234"),
        ("car 苏F临1234 left", "1234"),
        ('{"car": "VA12345"}', "12345"),
        ("car 224001使 left", "224001"),
        ("call +86 138-1234-5678", "5678"),
        ("call 8613812345678", "12345678"),
        ("call 138 1234 5678", "5678"),
        ("call 0513-85123456", "85123456"),
        ("call (0513)85123456", "85123456"),
        ("call +86 513 8512 3456", "3456"),
        ('{"phoneNumber": 51380000}', "51380000"),
        ("token: zzz", "zzz"),
        ("token = zzz", "zzz"),
        ("{'token': 'zzz'}", "zzz"),
        ("Bearer qqq", "qqq"),
        ("authorization: Basic cXFx", "cXFx"),
        ("Cookie: a=1; b=qqq", "qqq"),
        ("密码：zzz", "zzz"),
    ],
)
def test_keys_plates_and_persons_are_hidden_wherever_they_stand(said, hidden):
    assert hidden in said.encode().decode("unicode_escape", "ignore") + said
    assert hidden not in body_of(said.encode())


@pytest.mark.parametrize(
    "said",
    [
        '{"id": "P-0513", "free": 138, "at": "2026-11-21T08:29:00+08:00", "lon": 120.86138123}',
        '{"id": "PK10023", "free": 7}',
        "id,free\n10,20\n0513,300\n1380,1234",
        "<lot><name>民航大厦停车场</name><free>12</free><epoch>1795219200</epoch></lot>",
    ],
)
def test_what_a_feed_says_of_lots_is_kept_as_it_was_said(said):
    assert body_of(said.encode()) == said


def test_a_text_is_read_in_its_encoding_and_what_is_none_is_not_kept():
    assert body_of("停车场 3".encode("gb18030"), "text/plain; charset=gbk") == "停车场 3"
    assert body_of("停车场 3".encode()[:-3], "text/plain") == "停车"
    assert body_of("车场".encode("utf-16"), "text/csv") == "车场"
    assert body_of(b"PK\x03\x04" + SECRET.encode(), "application/zip") == "(16 bytes, 50 4b 03 04 …)"
    assert body_of(b"lots", "text/plain; charset=zip") == "lots"
    assert "\x00" not in body_of(b"a\\u0000b")
    long = body_of(b"x" * 8_192, cut=True)
    assert (len(long), long[-2:]) == (LONGEST_BODY + 2, " …")


@pytest.fixture
def due(session):
    a_city(session)
    a_source(session, name="east", live_url=URL)
    [due] = service.claim_due(session, "me", NOW, Lane.FAST, 5)
    return due


def recorded(session, due, outcome, **later) -> list[tuple[str, str]]:
    now = NOW + timedelta(**later)
    [claimed] = [service.claim_one(session, "me", now, due.source_id, due.kind)] if later else [due]
    service.record_pull(session, claimed, outcome, now)
    return [(each.reason, each.body) for each in outgoing.exchanges(session, due.source_id)]


def test_a_failure_is_kept_once_in_ten_minutes_and_the_last_few_for_a_day(session, due):
    failed = Failed("bad_status", exchange=lambda: TOLD)
    assert recorded(session, due, failed) == [("bad_status", "denied")]
    assert len(recorded(session, due, failed, minutes=9)) == 1
    other = Failed("not_json", exchange=lambda: replace(TOLD, body="<html>"))
    assert recorded(session, due, other, minutes=9)[0] == ("not_json", "<html>")
    for n in range(2, 9):
        kept = recorded(session, due, failed, minutes=11 * n)
    assert len(kept) == MOST_KEPT
    assert service.forget_exchanges(session, NOW + timedelta(days=1, minutes=66)) == 3
    assert len(outgoing.exchanges(session, due.source_id)) == 2


def test_a_good_answer_is_not_kept_and_one_with_faulty_records_is(session, due):
    def answered(*kinds: ProblemKind) -> Answered:
        problems = tuple(RecordProblem(f"#{n}", kind) for n, kind in enumerate(kinds))
        return Answered(Parsed(problems=problems), exchange=lambda: TOLD)

    assert recorded(session, due, NotModified()) == []
    faulty = answered(ProblemKind.NEGATIVE, ProblemKind.UNKNOWN_LOT)
    assert recorded(session, due, faulty, minutes=1)[0][0] == "nothing_usable"


def test_what_an_answer_says_of_itself_is_kept_without_secrets_too():
    told = (("Location", "/in;token=abcdef123;p"), ("X-Car", "苏F12345"), ("X-Echo", SECRET))
    kept = exchange_text(Exchange("GET", "https://gate.example/live", (), 302, told, b""), URL, HEADER).answer
    assert "Location: /in" in kept
    assert not any(secret in kept for secret in ("abcdef123", "12345", "s3cr3t"))


def test_a_coding_that_cannot_be_is_no_coding():
    assert body_of(b"denied", 'text/plain; charset="a\0b"') == "denied"


def test_a_password_that_json_escapes_is_not_kept():
    basic = Credential(CredentialKind.BASIC, 'ZZZ"tok\\123', "city")
    told = Exchange(
        "GET", URL, (), 401, (), b'{"msg": "bad ZZZ\\"tok\\\\123", "again": "ZZZ\\u0022tok\\u005c1'
    )
    assert exchange_text(told, URL, basic).body == '{"msg": "bad ***", "again": "***'
