"""Can an address lead us to a place inside? Not one connection may reach the listener on this machine."""

from collections.abc import Iterator

import pytest

from integrations import http_asks
from integrations.http import HardenedFetcher
from parking.boundary.fetching import FetchFailed, FetchFailure, FetchRequest
from tests.adapters.fault_server import FaultServer

# {port} is the listener's; every line is a way that has led some client astray.
TO_LOOPBACK = [
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://127.0.0.2:{port}/",
    "http://127.255.255.254:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0x7f.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://017700000001:{port}/",
    "http://0000.0000.0000.0000:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0:{port}/",
    "http://0x0:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://[::1]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://[::1%25lo]:{port}/",
    "https://127.0.0.1:{port}/",
    "https://[::1]:{port}/",
    "HTTP://127.0.0.1:{port}/",
    "hTtP://localhost:{port}/",
    # full-width digits and dots, circled letters
    "http://127。0。0。1:{port}/",
    "http://127．0．0．1:{port}/",
    "http://127｡0｡0｡1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://１２７.０.０.１:{port}/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/",
    "http://loc\u00adalhost:{port}/",
    # users, back-slashes, fragments and other quarrels between readers of addresses
    "http://example.com@127.0.0.1:{port}/",
    "http://example.com:80@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@example.com/",
    "http://user:pass@127.0.0.1:{port}/",
    "http://@127.0.0.1:{port}/",
    "http://example.com%40127.0.0.1:{port}/",
    "http://example.com\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@example.com/",
    "http://127.0.0.1:{port}#@example.com/",
    "http://127.0.0.1:{port}?@example.com/",
    "http://127.0.0.1:{port};@example.com/",
    "http:\\\\127.0.0.1:{port}\\",
    "http:///127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "http://127.0.0.1 :{port}/",
    " http://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/\r\nX-Injected: 1",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.0.1\x00.example.com:{port}/",
    "http://127.0.0.1%00.example.com:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://[::1]@127.0.0.1:{port}/",
    "http://[127.0.0.1]:{port}/",
    "http://127.0.0.1:00{port}/",
    "http://127.0.0.1:+{port}/",
    "http://:{port}/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:99999/",
    # other doors
    "gopher://127.0.0.1:{port}/_GET%20/",
    "dict://127.0.0.1:{port}/info",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "jar:http://127.0.0.1:{port}/!/",
    "data:text/plain,lots",
    "javascript:alert(1)",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
    "127.0.0.1:{port}",
    "",
]
ELSEWHERE_INSIDE = [
    "http://169.254.169.254/latest/meta-data/",
    "http://100.100.100.200/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://8.8.8.8:6379/",
]


@pytest.fixture(scope="module")
def listener() -> Iterator[FaultServer]:
    with FaultServer() as server:
        server.put("/", b"inside")
        yield server


@pytest.fixture(scope="module")
def fetcher() -> HardenedFetcher:
    return HardenedFetcher()


@pytest.mark.parametrize("url", TO_LOOPBACK + ELSEWHERE_INSIDE)
def test_no_address_leads_inside(url: str, listener: FaultServer, fetcher: HardenedFetcher) -> None:
    with pytest.raises(FetchFailed) as caught:
        fetcher.fetch(FetchRequest(url.replace("{port}", str(listener.port))))
    assert caught.value.reason in (FetchFailure.ADDRESS_REFUSED, FetchFailure.NAME_UNKNOWN)
    assert listener.connections == 0


def test_the_corpus_is_long_enough_to_mean_something() -> None:
    assert len(set(TO_LOOPBACK)) >= 60


@pytest.mark.parametrize("ranges", [("127.0.0.0/8",), ("127.0.0.1",), ("10.0.0.0/8", "127.0.0.0/16")])
def test_an_administrator_can_open_a_range_for_one_source(ranges: tuple[str, ...]) -> None:
    with FaultServer() as server:
        url = server.put("/", b"inside")
        assert HardenedFetcher().fetch(FetchRequest(url, allowed_networks=ranges)).body == b"inside"
        assert server.connections == 1


def test_an_open_range_of_one_source_does_not_serve_another(listener: FaultServer) -> None:
    fetcher = HardenedFetcher()
    with FaultServer() as server:
        url = server.put("/", b"inside")
        fetcher.fetch(FetchRequest(url, allowed_networks=("127.0.0.0/8",)))
        # The connection to that address is still open, and closed to whoever was not allowed it.
        with pytest.raises(FetchFailed, match="not a public address"):
            fetcher.fetch(FetchRequest(url, allowed_networks=("10.0.0.0/8",)))
        assert server.requests.total() == 1


def test_a_name_that_changes_its_address_after_the_check_gains_nothing(
    fetcher: HardenedFetcher, monkeypatch: pytest.MonkeyPatch, listener: FaultServer
) -> None:
    looked_up: list[str] = []
    connected: list[tuple[str, int]] = []

    def rebinding(host: str, port: int, timeout_s: float) -> list[str]:
        looked_up.append(host)
        return ["93.184.216.34"] if len(looked_up) == 1 else ["127.0.0.1"]

    def refuse(sock: object, place: tuple[str, int]) -> None:
        connected.append(place)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(fetcher._resolver, "addresses", rebinding)
    monkeypatch.setattr(http_asks._Plain, "connect", refuse, raising=False)
    with pytest.raises(FetchFailed):
        fetcher.fetch(FetchRequest("http://rebinding.example:8080/"))
    assert looked_up == ["rebinding.example"]
    assert connected == [("93.184.216.34", 8080)]
    assert listener.connections == 0
