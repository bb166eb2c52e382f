"""What do the worst servers do? A server of the standard library that does all of it, on this machine only.

`with FaultServer() as server: fetcher.fetch(FetchRequest(server.url("/slow-body"), ...))`. Good documents are
put with `server.put(path, body, content_type)`; every other path misbehaves as its name says.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from tests.adapters.fault_plays import FAULTS

LOOPBACK = ("127.0.0.0/8", "::1/128")


@dataclass(frozen=True)
class Document:
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()
    etag: bool = True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave in one piece, or each answer waits for a delayed acknowledgement.
    disable_nagle_algorithm = True
    server: _Server
    served = 0

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        owner = self.server.owner
        owner.note_request(path, dict(self.headers))
        owner.targets[path] = self.path
        document = owner.documents.get(path)
        if document is not None:
            self._document(document)
        elif path in FAULTS:
            FAULTS[path](self)
        else:
            self.send(404, b"")

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        owner = self.server.owner
        owner.note_request(path, dict(self.headers))
        owner.posted.append((path, self.rfile.read(int(self.headers.get("Content-Length", 0)))))
        status, body = owner.answers.get(path, (404, b""))
        self.send(status, body, ("Content-Type", "application/json"))

    def send(self, status: int, body: bytes, *headers: tuple[str, str], length: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def _document(self, document: Document) -> None:
        tag = f'"{sha256(document.body).hexdigest()[:16]}"'
        if document.etag and self.headers.get("If-None-Match") == tag:
            self.send_response(304)
            self.send_header("ETag", tag)
            self.end_headers()
            return
        told = (("ETag", tag),) if document.etag else ()
        self.send(200, document.body, ("Content-Type", document.content_type), *told, *document.headers)

    def wait(self, seconds: float) -> bool:
        """Sleep, but not beyond the server's end; True when it ended."""
        return self.server.owner.stopping.wait(seconds)

    def drip(self, data: bytes, pause_s: float = 0.05) -> None:
        for at in range(len(data)):
            self.wfile.write(data[at : at + 1])
            if self.wait(pause_s):
                return

    def begin(self, *headers: tuple[str, str]) -> None:
        self.send_response(200)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    address_family: ClassVar[socket.AddressFamily] = socket.AF_INET

    def __init__(self, owner: FaultServer, tls: ssl.SSLContext | None) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), Handler)
        if tls is not None:
            # The handshake belongs to the connection's own thread, or one slow client stops them all.
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def get_request(self) -> tuple[Any, Any]:
        accepted = super().get_request()
        self.owner.note_connection(accepted[0])
        return accepted

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is what most of these faults are about."""


class FaultServer:
    """Serves on a free port of 127.0.0.1 while the `with` block lasts."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.documents: dict[str, Document] = {}
        self.scheme = "http" if tls is None else "https"
        self.stopping = threading.Event()
        self.poured = 0
        self.connections = 0
        self.requests: Counter[str] = Counter()
        self.headers: dict[str, dict[str, str]] = {}
        # The last target of each path, with its query.
        self.targets: dict[str, str] = {}
        # What was posted, and what is answered to it by path: (status, body).
        self.posted: list[tuple[str, bytes]] = []
        self.answers: dict[str, tuple[int, bytes]] = {}
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._server = _Server(self, tls)
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        for sock in self._sockets:
            sock.close()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def put(
        self,
        path: str,
        body: bytes,
        content_type: str = "application/json",
        *headers: tuple[str, str],
        etag: bool = True,
    ) -> str:
        """Serve a document, answer 304 to its own ETag unless `etag` is off; returns its address."""
        self.documents[path] = Document(body, content_type, headers, etag)
        return self.url(path)

    def note_connection(self, sock: socket.socket) -> None:
        with self._lock:
            self.connections += 1
            self._sockets.append(sock)

    def note_request(self, path: str, headers: dict[str, str]) -> None:
        with self._lock:
            self.requests[path] += 1
            self.headers[path] = headers
