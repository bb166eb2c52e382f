"""A vendor's programmer begins: examples that run, a debugger that gives nothing away, a log of calls."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from lxml import html
from werkzeug.serving import make_server

from integrations.registry import GATE_DIALECTS
from parking.accounts.rules import OfficerRole
from parking.accounts.service.calls import hear
from parking.kernel.db.unit_of_work import unit_of_work
from parking.portals.gateway import developers
from parking.portals.gateway.calling import gateway_of
from tests.databases import migrate
from tests.factories.accounts import an_officer
from tests.factories.console import Console, a_console
from tests.factories.gateway import BASE, Caller, a_gateway_city

EXAMPLES = Path(developers.__file__).with_name("examples")
COMMANDS = {
    "curl": ["sh", str(EXAMPLES / "send_passage.sh")],
    "Python": [sys.executable, str(EXAMPLES / "send_passage.py")],
    # Java's compiler and its collectors of garbage would work longer for so short a program than it does.
    "Java": ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", str(EXAMPLES / "SendPassage.java")],
}
NEEDS = {"curl": "curl", "Python": sys.executable, "Java": "javac"}


@pytest.fixture
def gateway(sessions) -> tuple[Flask, Caller, str]:
    """The gateway behind an address, and a client with a lot."""
    city = a_gateway_city(sessions)
    return city.app, city.mine, city.lot.id


@pytest.mark.parametrize("language", developers.EXAMPLE_FILES)
def test_an_example_of_the_page_tells_a_passage(gateway, language):
    if shutil.which(NEEDS[language]) is None:
        pytest.skip(f"{NEEDS[language]} is not installed")
    app, caller, lot_id = gateway
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        env = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "PARKING_URL": f"http://127.0.0.1:{server.port}",
            "PARKING_CLIENT": caller.client.id,
            "PARKING_KEY": caller.client.key,
            "PARKING_LOT": lot_id,
        }
        ended, refused = (
            subprocess.run(
                COMMANDS[language], env=env | more, capture_output=True, text=True, timeout=60, check=False
            )
            for more in ({}, {"PARKING_LOT": "nowhere"})
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert ended.returncode == 0, ended.stderr
    assert '"outcome":"new"' in ended.stdout
    assert '"counted":true' in ended.stdout
    # Who runs it learns why, not only that, it was refused.
    assert refused.returncode != 0
    assert '"code":"unknown_lot"' in refused.stdout + refused.stderr


def test_each_dialect_has_a_page_with_the_path_the_fields_and_the_answer(gateway):
    app, _, _ = gateway
    page = app.test_client()
    index = page.get("/developers").get_data(as_text=True)
    for name, dialect in GATE_DIALECTS.items():
        assert f'href="/developers/dialects/{name}"' in index
        told = page.get(f"/developers/dialects/{name}").get_data(as_text=True)
        assert f"/compat/{name}/&lt;secret&gt;" in told and "<table>" in told and "应答" in told
        assert "本平台>" not in told
        # What the console says to type in is what the page says.
        for path in dialect.manifest.paths:
            assert path.rpartition("/")[2] in told
    assert page.get("/developers/dialects/nobody").status_code == 404


def test_each_sentence_of_a_dialect_s_page_is_told_in_both_languages(gateway):
    app, _, _ = gateway
    blocks = "|".join(f"//main//{each}" for each in ("h1", "h2", "p[not(@class)]", "li", "th", "td"))
    for name in GATE_DIALECTS:
        page = html.fromstring(app.test_client().get(f"/developers/dialects/{name}").get_data(as_text=True))
        for code in page.xpath("//main//code"):
            code.drop_tree()
        told = [" ".join(each.text_content().split()) for each in page.xpath(blocks)]
        assert len(told) > 20, name
        chinese, english = (
            {each for each in told if re.search(words, each)}
            for words in ("[\u4e00-\u9fff]{3}", r"\b[A-Za-z][a-z]+\b")
        )
        assert english <= {each for each in told if re.search("[\u4e00-\u9fff]", each)}, name
        assert chinese <= english, name


def test_the_dialects_are_listed_in_the_readers_language(gateway):
    app, _, _ = gateway
    chinese = re.compile("[\u4e00-\u9fff]")
    for language, is_chinese in (("zh-CN", True), ("en", False)):
        page = app.test_client().get("/developers", headers={"Accept-Language": language})
        shown = html.fromstring(page.get_data(as_text=True)).xpath("//h2[@id='dialects']/following::ul[1]/li")
        assert len(shown) == len(GATE_DIALECTS)
        for each in shown:
            maker, spoken = each.xpath("./a")[0].text_content(), each.xpath("./br")[0].tail
            proof = each.xpath("./span")[0].text_content()
            for text in (maker, spoken, proof):
                assert bool(chinese.search(text)) is is_chinese, text


def test_the_debugger_compares_with_what_reached_us_only_for_whoever_holds_the_key(gateway, sessions):
    app, caller, _ = gateway
    page = app.test_client()
    app.config["WTF_CSRF_ENABLED"] = False
    sent = b'{"lot":"x"}'
    headers = caller.headers(sent)
    # On its way something added a line break.
    refused = page.post(BASE + "/heartbeats", data=sent + b"\n", headers=headers)
    assert refused.get_json()["code"] == "signature_wrong"
    gateway_of(app).calls.write(sessions)
    typed = {
        "client": caller.client.id,
        "id": headers["webhook-id"],
        "timestamp": headers["webhook-timestamp"],
        "signature": headers["webhook-signature"],
        "content": sent.decode(),
    }
    known = page.post("/developers/signature", data=typed).get_data(as_text=True)
    assert "签名正确" in known
    assert "正文 12 字节，与这里不同" in known
    forged = typed | {"signature": "v1," + "A" * 43 + "="}
    unknown = page.post("/developers/signature", data=forged).get_data(as_text=True)
    assert "没有找到相符的签名" in unknown
    assert "12 字节" not in unknown
    with unit_of_work(sessions) as uow:
        migrate(uow.session, "20261122_1975")
    before = page.post("/developers/signature", data=typed).get_data(as_text=True)
    assert "无法与这里比较" in before and "与这里不同" not in before
    for told in (known, unknown):
        assert caller.client.key.removeprefix("whsec_") not in told
    assert headers["webhook-signature"] not in unknown


@pytest.fixture
def bureau(sessions) -> Iterator[Console]:
    with a_console(sessions) as running:
        yield running


def test_the_bureau_reads_what_a_client_sent(gateway, bureau, sessions):
    app, caller, lot_id = gateway
    with unit_of_work(sessions) as uow:
        officer = an_officer(uow.session, "admin", [OfficerRole.ADMINISTRATOR], now=datetime.now(UTC))
        hear(uow.session, caller.client.id, lot_id, -2, datetime.now(UTC))
    caller.post("/passages", {"lot": lot_id, "at": "x", "plate": "苏F12345"})
    gateway_of(app).calls.write(sessions)
    bureau.begin(datetime.now(UTC))
    person = bureau.officer(officer.token)
    person.open(f"/bureau/clients/{caller.client.id}/calls")
    assert "422" in person.text
    assert "苏F·1**45" in person.text
    assert "12345" not in person.text
