"""Is a source that misbehaves given up in time and size, with its reason, and without a secret told?"""

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from integrations import http
from integrations.http import HardenedFetcher
from parking.boundary.fetching import FetchFailed, FetchFailure, FetchRequest
from tests.adapters.fault_server import LOOPBACK, FaultServer

TLS = Path(__file__).parents[1] / "data" / "tls"
F = FetchFailure


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture(scope="module")
def tls_server() -> Iterator[FaultServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    with FaultServer(tls=context) as running:
        yield running


@pytest.fixture
def fetcher() -> Iterator[HardenedFetcher]:
    made = HardenedFetcher()
    yield made
    made.close()


def ask(url: str, *, total_s: float = 5.0, max_bytes: int = 100_000, **more: str | None) -> FetchRequest:
    return FetchRequest(url, total_s=total_s, max_bytes=max_bytes, allowed_networks=LOOPBACK, **more)


def failure(fetcher: HardenedFetcher, request: FetchRequest) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        fetcher.fetch(request)
    return caught.value


def test_a_good_document_comes_whole_with_its_type_and_tag(
    server: FaultServer, fetcher: HardenedFetcher
) -> None:
    url = server.put(
        "/good", b'{"lots": []}', "application/json", ("Last-Modified", "Sat, 21 Nov 2026 00:00:00 GMT")
    )
    fetched = fetcher.fetch(ask(url))
    assert fetched.body == b'{"lots": []}'
    assert fetched.content_type == "application/json"
    assert fetched.etag is not None
    assert fetched.last_modified == "Sat, 21 Nov 2026 00:00:00 GMT"


def test_what_we_have_already_is_not_sent_again(server: FaultServer, fetcher: HardenedFetcher) -> None:
    url = server.put("/same", b"{}")
    first = fetcher.fetch(ask(url))
    second = fetcher.fetch(ask(url, etag=first.etag, last_modified="Sat, 21 Nov 2026 00:00:00 GMT"))
    assert second.body is None
    assert server.headers["/same"]["If-None-Match"] == first.etag
    assert server.headers["/same"]["If-Modified-Since"] == "Sat, 21 Nov 2026 00:00:00 GMT"
    server.put("/same", b'{"lots": []}')
    assert fetcher.fetch(ask(url, etag=first.etag)).body == b'{"lots": []}'


BY_FAULT = {
    "/truncated": F.BROKE_OFF,
    "/truncated-chunks": F.BROKE_OFF,
    "/truncated-gzip": F.BROKE_OFF,
    "/broken-gzip": F.BAD_ENCODING,
    "/unknown-coding": F.BAD_ENCODING,
    "/endless": F.TOO_LARGE,
    "/endless-untold": F.TOO_LARGE,
    "/gzip-bomb": F.TOO_LARGE,
    "/redirect-loop": F.REDIRECTED,
    "/redirect-private": F.REDIRECTED,
    "/endless-redirect": F.REDIRECTED,
    "/206": F.BAD_STATUS,
    "/404": F.BAD_STATUS,
    "/500": F.BAD_STATUS,
    "/503": F.BAD_STATUS,
    "/unasked-304": F.BAD_STATUS,
    "/reset": F.BROKE_OFF,
    "/reset-in-body": F.BROKE_OFF,
    "/garbage": F.BROKE_OFF,
}


@pytest.mark.parametrize("path", BY_FAULT)
def test_each_fault_has_its_reason_and_the_next_fetch_works(
    path: str, server: FaultServer, fetcher: HardenedFetcher
) -> None:
    good = server.put("/still-good", b"good")
    assert failure(fetcher, ask(server.url(path))).reason is BY_FAULT[path]
    assert fetcher.fetch(ask(good)).body == b"good"


# Each of these would go on for minutes: that the test ends at all shows that the total time holds.
SLOW = ["/slow-status", "/slow-headers", "/slow-body", "/hang"]


def test_the_total_time_holds_while_status_headers_or_body_drip(
    server: FaultServer, fetcher: HardenedFetcher
) -> None:
    with ThreadPoolExecutor(len(SLOW)) as threads:
        problems = list(threads.map(lambda path: failure(fetcher, ask(server.url(path), total_s=0.4)), SLOW))
    assert [problem.reason for problem in problems] == [F.TIMED_OUT] * len(SLOW)
    assert ["body" in problem.detail for problem in problems] == [False, False, True, False]
    assert all(problem.elapsed_s >= 0.4 for problem in problems)


def test_ten_gigabytes_are_left_unread(fetcher: HardenedFetcher) -> None:
    with FaultServer() as server:
        for path in ("/endless", "/endless-untold", "/endless-redirect"):
            failure(fetcher, ask(server.url(path)))
        assert server.poured < 50_000_000


def test_no_redirect_is_followed(fetcher: HardenedFetcher) -> None:
    with FaultServer() as server:
        failure(fetcher, ask(server.url("/redirect-private")))
        failure(fetcher, ask(server.url("/redirect-loop")))
        assert server.requests == {"/redirect-private": 1, "/redirect-loop": 1}


def test_connections_are_kept_and_shared_by_many_threads(fetcher: HardenedFetcher) -> None:
    with FaultServer() as server:
        urls = [server.put(f"/lot/{n}", f"body {n}".encode() * 50) for n in range(64)]
        with ThreadPoolExecutor(64) as threads:
            for _ in range(4):
                bodies = list(threads.map(lambda url: fetcher.fetch(ask(url, total_s=30)).body, urls))
                assert bodies == [f"body {n}".encode() * 50 for n in range(64)]
        # 256 answers over at most one connection a thread.
        assert server.connections <= 64
        assert server.requests.total() == 256


def test_a_kept_connection_that_died_meanwhile_is_replaced(
    server: FaultServer, fetcher: HardenedFetcher
) -> None:
    for _ in range(3):
        assert fetcher.fetch(ask(server.url("/once-a-connection"))).body == b"once"


def test_many_hosts_leave_a_bounded_number_of_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setattr(http, "_HOSTS_KEPT", 20)
    fetcher = HardenedFetcher()
    monkeypatch.setattr(fetcher._resolver, "addresses", lambda host, port, timeout_s: ["127.0.0.1"])
    for number in range(60):
        problem = failure(fetcher, ask(f"https://lot-{number}.example:{port}/"))
        assert problem.reason is F.CONNECT_FAILED
    assert len(fetcher._adapters["https"].poolmanager.pools) == 20


def test_no_failure_tells_a_query_string_a_path_or_a_user(
    server: FaultServer, fetcher: HardenedFetcher
) -> None:
    for path in (*BY_FAULT, "/nowhere"):
        problem = failure(fetcher, ask(server.url(f"{path}?key=s3cret")))
        assert "s3cret" not in str(problem)
        assert problem.__cause__ is None and problem.__context__ is None
    named = failure(fetcher, ask(f"http://clerk:s3cret@127.0.0.1:{server.port}/good"))
    assert named.reason is F.ADDRESS_REFUSED
    assert "s3cret" not in str(named) and "clerk" not in str(named)


def test_an_unknown_name_and_a_closed_port_are_told_apart(
    fetcher: HardenedFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert failure(fetcher, ask(f"http://127.0.0.1:{port}/")).reason is F.CONNECT_FAILED

    def unknown(host: str, port: int, timeout_s: float) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(fetcher._resolver, "addresses", unknown)
    assert failure(fetcher, ask("http://no-such-lot.example/")).reason is F.NAME_UNKNOWN


def test_the_environment_cannot_send_us_through_a_proxy(
    server: FaultServer, fetcher: HardenedFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    assert fetcher.fetch(ask(server.put("/direct", b"direct"))).body == b"direct"


class TestOverTls:
    def trusting(self) -> HardenedFetcher:
        return HardenedFetcher(ca_file=TLS / "certificate.pem")

    def test_a_trusted_name_is_asked_under_its_own_name(self, tls_server: FaultServer) -> None:
        tls_server.put("/good", b"good")
        fetcher = self.trusting()
        for _ in range(2):
            assert fetcher.fetch(ask(tls_server.url("/good", host="localhost"))).body == b"good"
        assert tls_server.headers["/good"]["Host"] == f"localhost:{tls_server.port}"

    def test_a_certificate_that_nobody_vouches_for_is_refused(
        self, tls_server: FaultServer, fetcher: HardenedFetcher
    ) -> None:
        problem = failure(fetcher, ask(tls_server.url("/good", host="localhost")))
        assert problem.reason is F.TLS_FAILED

    def test_a_certificate_of_another_name_is_refused(
        self, tls_server: FaultServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fetcher = self.trusting()
        monkeypatch.setattr(fetcher._resolver, "addresses", lambda host, port, timeout_s: ["127.0.0.1"])
        problem = failure(fetcher, ask(tls_server.url("/good", host="other-lot.example")))
        assert problem.reason is F.TLS_FAILED

    def test_a_server_without_tls_is_told_so(self, server: FaultServer) -> None:
        problem = failure(self.trusting(), ask(f"https://localhost:{server.port}/good"))
        assert problem.reason is F.TLS_FAILED

    @pytest.mark.parametrize("path", SLOW)
    def test_the_total_time_holds_there_too(self, path: str, tls_server: FaultServer) -> None:
        problem = failure(self.trusting(), ask(tls_server.url(path, host="localhost"), total_s=0.3))
        assert problem.reason is F.TIMED_OUT

    def test_the_total_time_holds_while_nobody_answers_the_handshake(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"https://localhost:{silent.getsockname()[1]}/"
            problem = failure(self.trusting(), ask(url, total_s=0.2))
        assert problem.reason is F.TIMED_OUT
        assert "TLS" in problem.detail

    def test_ten_gigabytes_are_left_unread(self, tls_server: FaultServer) -> None:
        problem = failure(self.trusting(), ask(tls_server.url("/endless-untold", host="localhost")))
        assert problem.reason is F.TOO_LARGE
