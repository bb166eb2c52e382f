"""Does a notice arrive, signed, and does a channel that fails say so without a secret?"""

from __future__ import annotations

import hmac
import json
import socketserver
import threading
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from hashlib import sha256

import pytest

from integrations.http import HardenedFetcher
from integrations.notify.console import ConsoleChannel
from integrations.notify.mail import MailChannel, MailServer
from integrations.registry import NOTICE_CHANNELS, ChannelAddress
from integrations.signing import key_bytes, signed_headers
from parking.bootstrap import notice_channel
from parking.boundary.notices import Notice, NoticeNotSent
from parking.settings import Settings, SettingsWrong
from tests.adapters.fault_server import LOOPBACK, FaultServer

NOTICE = Notice(
    id="notice-7",
    key="reset_code",
    subject="重置密码",
    text="您的重置码是 abcde",
    params={"code": "abcde"},
    phone="13800000001",
    email="somebody@example.org",
)
SECRET = "whsec_" + b64encode(b"k" * 32).decode()


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def fetcher() -> Iterator[HardenedFetcher]:
    made = HardenedFetcher()
    yield made
    made.close()


def channel(fetcher, name, url, networks=LOOPBACK):
    return NOTICE_CHANNELS[name](fetcher, ChannelAddress(url, SECRET, networks))


def test_the_signature_is_that_of_the_standard_s_own_example():
    # From the specification of Standard Webhooks, "Verifying webhooks", its test vector.
    key = key_bytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = dict(signed_headers(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', at))
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("name", ["sms", "webhook"])
def test_a_posted_notice_is_signed_and_keeps_its_id(server, fetcher, name):
    server.answers["/in"] = (204, b"")
    server.posted.clear()
    for _ in range(2):
        channel(fetcher, name, server.url("/in")).send(NOTICE)
    headers = server.headers["/in"]
    assert headers["webhook-id"] == "notice-7"
    [(_, first), (_, second)] = server.posted
    assert first == second
    signed = f"notice-7.{headers['webhook-timestamp']}.".encode() + second
    right = b64encode(hmac.new(b"k" * 32, signed, sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{right}"
    told = json.loads(second)
    assert (told.get("phone") or told["data"]["phone"]) == NOTICE.phone
    assert told["id"] == "notice-7"


@pytest.mark.parametrize(
    ("answer", "networks", "reason"),
    [
        ((500, b""), LOOPBACK, "bad_status"),
        ((302, b""), LOOPBACK, "redirected"),
        ((200, b""), (), "address_refused"),
    ],
)
def test_a_notice_that_did_not_arrive_says_why_and_nothing_else(server, fetcher, answer, networks, reason):
    server.answers["/in"] = answer
    with pytest.raises(NoticeNotSent) as failed:
        channel(fetcher, "sms", server.url("/in?token=hidden"), networks).send(NOTICE)
    assert str(failed.value) == reason
    assert failed.value.__cause__ is None


def test_a_text_message_needs_a_phone_and_a_mail_an_address(server, fetcher):
    nobody = Notice("notice-8", "k", "s", "t", {})
    server.posted.clear()
    channel(fetcher, "sms", server.url("/in")).send(nobody)
    channel(fetcher, "mail", "smtp://bureau@127.0.0.1:1").send(nobody)
    assert server.posted == []


def test_the_console_tells_what_is_said_and_not_to_whom():
    lines: list[str] = []
    ConsoleChannel(lines.append).send(NOTICE)
    assert lines == ["[notice-7] 重置密码: 您的重置码是 abcde"]


def test_every_channel_of_the_settings_is_in_the_registry():
    assert set(NOTICE_CHANNELS) == {"console", "sms", "mail", "webhook"}
    for name in NOTICE_CHANNELS:
        assert Settings.from_env({"PARKING_NOTIFY": name}).notify == name


class _Smtp(socketserver.StreamRequestHandler):
    """As much of a mail server as smtplib asks for; refuses recipients at `refused.example`."""

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = []
                while (part := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(part.removeprefix(b"."))
                self.server.mails.append(b"".join(lines))  # type: ignore[attr-defined]
                self.wfile.write(b"250 taken\r\n")
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"550 no\r\n" if b"@refused.example" in line else b"250 ok\r\n")


@pytest.fixture
def mail_server() -> Iterator[socketserver.ThreadingTCPServer]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as running:
        running.mails = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_a_mail_arrives_from_the_bureau_in_chinese(mail_server):
    url = f"smtp://notices%40bureau.example@127.0.0.1:{mail_server.server_address[1]}"
    MailChannel(MailServer.from_url(url, None)).send(NOTICE)
    [raw] = mail_server.mails
    mail = message_from_bytes(raw, policy=policy.default)
    assert (mail["Subject"], mail["From"], mail["To"]) == (
        "重置密码",
        "notices@bureau.example",
        "somebody@example.org",
    )
    assert mail["Message-ID"] == "<notice-7@bureau.example>"
    assert mail.get_content().strip() == NOTICE.text


def test_a_password_never_goes_over_an_open_line(mail_server):
    url = f"smtp://notices@127.0.0.1:{mail_server.server_address[1]}"
    with pytest.raises(NoticeNotSent):
        MailChannel(MailServer.from_url(url, "hidden")).send(NOTICE)
    assert mail_server.mails == []


def test_a_refused_recipient_is_not_quoted(mail_server):
    url = f"smtp://notices@127.0.0.1:{mail_server.server_address[1]}"
    refused = Notice("notice-9", "k", "s", "t", {}, email="somebody@refused.example")
    with pytest.raises(NoticeNotSent) as failed:
        MailChannel(MailServer.from_url(url, None)).send(refused)
    assert str(failed.value) == "SMTPRecipientsRefused"


@pytest.mark.parametrize(
    ("name", "url"),
    [("mail", ""), ("mail", "https://mail.example"), ("mail", "smtp://"), ("sms", ""), ("webhook", "")],
)
def test_an_address_that_a_channel_cannot_use_is_refused_at_the_start(fetcher, name, url):
    settings = Settings.from_env({"PARKING_NOTIFY": name, "PARKING_NOTIFY_URL": url})
    with pytest.raises(SettingsWrong, match="PARKING_NOTIFY_URL"):
        notice_channel(settings, fetcher)
