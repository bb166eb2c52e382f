"""Does a server learn who we are, and nobody else? Every kind of credential, over real connections."""

from __future__ import annotations

import logging
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.http import HardenedFetcher
from parking.boundary.credentials import Credential, CredentialKind
from parking.boundary.fetching import Exchange, FetchFailed, FetchFailure, FetchRequest
from tests.adapters.fault_server import LOOPBACK, FaultServer
from tests.factories.certificates import Authority, an_authority

TLS = Path(__file__).parents[1] / "data" / "tls"
SECRET = "s3cr3t/of=the&city"
K = CredentialKind
KINDS = [
    Credential(K.BASIC, SECRET, "city"),
    Credential(K.BEARER, SECRET),
    Credential(K.HEADER, SECRET, "X-Api-Key"),
    Credential(K.QUERY, SECRET, "appkey"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def fetcher() -> Iterator[HardenedFetcher]:
    made = HardenedFetcher(ca_file=TLS / "certificate.pem", user_agent="city-parking (+ops@city.example)")
    yield made
    made.close()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return an_authority()


@pytest.fixture(scope="module")
def demanding(authority: Authority) -> Iterator[FaultServer]:
    with FaultServer(tls=authority.demanding(TLS)) as running:
        yield running


def ask(url: str, credential: Credential | None = None) -> FetchRequest:
    return FetchRequest(url, total_s=5.0, allowed_networks=LOOPBACK, credential=credential)


def failure(fetcher: HardenedFetcher, request: FetchRequest) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        fetcher.fetch(request)
    return caught.value


def test_every_kind_arrives_as_its_server_expects_it(server: FaultServer, fetcher: HardenedFetcher) -> None:
    url = server.put("/known", b"{}") + "?lot=1"
    for credential in KINDS:
        fetcher.fetch(ask(url, credential))
        said = server.headers["/known"]
        match credential.kind:
            case K.BASIC:
                assert b64decode(said["Authorization"].removeprefix("Basic ")).decode() == f"city:{SECRET}"
            case K.BEARER:
                assert said["Authorization"] == f"Bearer {SECRET}"
            case K.HEADER:
                assert said["X-Api-Key"] == SECRET
            case K.QUERY:
                assert server.targets["/known"] == "/known?lot=1&appkey=s3cr3t%2Fof%3Dthe%26city"
    fetcher.fetch(ask(url))
    assert server.targets["/known"] == "/known?lot=1"
    assert server.headers["/known"]["User-Agent"] == "city-parking (+ops@city.example)"
    assert not {"Authorization", "X-Api-Key"} & server.headers["/known"].keys()


@pytest.mark.parametrize("credential", KINDS, ids=[each.kind for each in KINDS])
@pytest.mark.parametrize("path", ["/echo", "/elsewhere", "/odd-headers", "/reset", "/garbage", "/truncated"])
def test_no_failure_and_no_log_tells_a_secret(
    path: str,
    credential: Credential,
    server: FaultServer,
    fetcher: HardenedFetcher,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    request = ask(server.url(path) + "?key=in-the-address", credential)
    try:
        fetched = fetcher.fetch(request)
        assert fetched.exchange is not None
        assert "s3cr3t" not in f"{fetched!r}{fetched.exchange!r}"
        told: Exchange | None = fetched.exchange()
    except FetchFailed as failed:
        told = failed.exchange
        assert "s3cr3t" not in f"{failed!r}{failed}{failed.__cause__}{failed.__context__}"
    assert told is not None
    lines = f"{told!r}{told.target}{told.sent}{told.told}{request!r}{caplog.text}"
    assert "s3cr3t" not in lines.replace(repr(request.url), "")
    assert "in-the-address" not in f"{told!r}{caplog.text}"


def test_nothing_is_shown_where_a_redirect_leads(server: FaultServer, fetcher: HardenedFetcher) -> None:
    before = server.requests["/caught"]
    failed = failure(fetcher, ask(server.url("/elsewhere"), KINDS[1]))
    assert failed.reason is FetchFailure.REDIRECTED
    assert server.requests["/caught"] == before
    assert failed.exchange is not None
    location = dict(failed.exchange.told)["Location"]
    assert location == f"http://localhost:{server.port}/caught?***"


def test_no_netrc_and_no_proxy_of_the_surroundings_is_used(
    server: FaultServer, fetcher: HardenedFetcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login other password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    fetcher.fetch(ask(server.put("/plain", b"{}")))
    assert "Authorization" not in server.headers["/plain"]


@pytest.mark.parametrize(
    "credential",
    [
        Credential(K.HEADER, "two\r\nlines: s3cr3t", "X-Api-Key"),
        Credential(K.HEADER, "s3cr3t", "Host"),
        Credential(K.BEARER, "s3cr3t 停车"),
        Credential(K.CERTIFICATE, "s3cr3t, and no PEM"),
    ],
    ids=["lines", "host", "not ASCII", "certificate over http"],
)
def test_what_no_ask_can_carry_is_refused_without_repeating_it(
    credential: Credential, server: FaultServer, fetcher: HardenedFetcher
) -> None:
    failed = failure(fetcher, ask(server.put("/known", b"{}"), credential))
    assert failed.reason is FetchFailure.CREDENTIAL_UNUSABLE
    assert "s3cr3t" not in repr(failed)


def test_who_is_asked_too_often_says_when_to_come_again(
    server: FaultServer, fetcher: HardenedFetcher
) -> None:
    assert failure(fetcher, ask(server.url("/busy"))).retry_after_s == 120
    assert failure(fetcher, ask(server.url("/503"))).retry_after_s is None
    failed = failure(fetcher, ask(server.url("/echo")))
    assert failed.exchange is not None
    assert (failed.exchange.status, dict(failed.exchange.told)["Set-Cookie"]) == (403, "***")
    assert failed.exchange.head.startswith(b"denied: /echo")


class TestWithACertificate:
    def test_each_source_shows_its_own(
        self, authority: Authority, demanding: FaultServer, fetcher: HardenedFetcher
    ) -> None:
        """Of one host, one after the other: a connection that is kept shows one certificate for good."""
        url = demanding.url("/who", host="localhost")
        north, south = (Credential(K.CERTIFICATE, authority.client(name)) for name in ("north", "south"))
        for credential, name in ((north, b"north"), (south, b"south"), (north, b"north")):
            assert fetcher.fetch(ask(url, credential)).body == name
        assert demanding.connections == 2

    def test_without_one_or_with_a_strangers_there_is_no_answer(
        self, demanding: FaultServer, fetcher: HardenedFetcher
    ) -> None:
        url = demanding.url("/who", host="localhost")
        stranger = Credential(K.CERTIFICATE, an_authority().client("stranger"))
        for credential in (None, stranger):
            failed = failure(fetcher, ask(url, credential))
            assert failed.reason in (FetchFailure.TLS_FAILED, FetchFailure.BROKE_OFF)

    def test_a_key_of_another_certificate_is_refused_and_nothing_is_left_on_disk(
        self,
        authority: Authority,
        demanding: FaultServer,
        fetcher: HardenedFetcher,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        end = "-----END PRIVATE KEY-----\n"
        key, _ = authority.client("north").split(end)
        _, certificate = authority.client("south").split(end)
        url = demanding.url("/who", host="localhost")
        failed = failure(fetcher, ask(url, Credential(K.CERTIFICATE, key + end + certificate)))
        assert failed.reason is FetchFailure.CREDENTIAL_UNUSABLE
        good = Credential(K.CERTIFICATE, authority.client("east"))
        assert fetcher.fetch(ask(url, good)).body == b"east"
        assert list(tmp_path.iterdir()) == []
