"""What do the worst servers do? A server of the standard library that does all of it, on this machine only.

`with FaultServer() as server: fetcher.fetch(FetchRequest(server.url("/slow-body"), ...))`. Good documents are
put with `server.put(path, body, content_type)`; every other path misbehaves as its name says.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.0/8", "::1/128")


@dataclass(frozen=True)
class Document:
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()
    etag: bool = True


def gzip_bomb(inflated_bytes: int) -> bytes:
    """Zeros: a thousandth of their length when compressed."""
    return gzip.compress(bytes(inflated_bytes), compresslevel=9)


class _Handler(BaseHTTPRequestHandler):
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
        elif path in _FAULTS:
            _FAULTS[path](self)
        else:
            self._send(404, b"")

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        owner = self.server.owner
        owner.note_request(path, dict(self.headers))
        owner.posted.append((path, self.rfile.read(int(self.headers.get("Content-Length", 0)))))
        status, body = owner.answers.get(path, (404, b""))
        self._send(status, body, ("Content-Type", "application/json"))

    def _send(self, status: int, body: bytes, *headers: tuple[str, str], length: int | None = None) -> None:
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
        self._send(200, document.body, ("Content-Type", document.content_type), *told, *document.headers)

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


def _empty(handler: _Handler) -> None:
    handler._send(200, b"", ("Content-Type", "application/json"))


def _truncated(handler: _Handler) -> None:
    handler._send(200, b'{"parking": "1", "lots": [{"id"', length=4000)
    handler.close_connection = True


def _truncated_chunks(handler: _Handler) -> None:
    handler.begin(("Transfer-Encoding", "chunked"))
    handler.wfile.write(b"400\r\n" + b"x" * 100)


def _truncated_gzip(handler: _Handler) -> None:
    handler._send(200, gzip.compress(b"lots" * 1000)[:-20], ("Content-Encoding", "gzip"))


def _broken_gzip(handler: _Handler) -> None:
    handler._send(200, b"this is no gzip at all", ("Content-Encoding", "gzip"))


def _unknown_coding(handler: _Handler) -> None:
    handler._send(200, b"\x0b\x02\x80lots\x03", ("Content-Encoding", "br"))


def _wrong_type(handler: _Handler) -> None:
    page = b"<!DOCTYPE html><html><body><p>Wartung<br>bis 18 Uhr</body></html>"
    handler._send(200, page, ("Content-Type", "application/json"))


def _wrong_encoding(handler: _Handler) -> None:
    body = '<?xml version="1.0" encoding="UTF-8"?><d2LogicalModel>停车场</d2LogicalModel>'
    handler._send(200, body.encode("gb18030"), ("Content-Type", "application/xml; charset=utf-8"))


def _slow_body(handler: _Handler) -> None:
    handler.begin(("Content-Length", "100000"))
    handler.drip(b"x" * 100_000)


def _slow_headers(handler: _Handler) -> None:
    handler.close_connection = True
    handler.drip(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 10_000)


def _slow_status(handler: _Handler) -> None:
    handler.close_connection = True
    handler.drip(b"HTTP/1.1 200 " + b"O" * 10_000)


def _hang(handler: _Handler) -> None:
    handler.close_connection = True
    handler.wait(60)


def _endless(handler: _Handler) -> None:
    """10 GB, told beforehand."""
    handler.begin(("Content-Length", str(10_000_000_000)))
    _pour(handler, bytes(65_536), 10_000_000_000)


def _endless_untold(handler: _Handler) -> None:
    """10 GB without a word on the length."""
    handler.begin(("Connection", "close"))
    _pour(handler, bytes(65_536), 10_000_000_000)


def _endless_redirect(handler: _Handler) -> None:
    handler.close_connection = True
    handler.send_response(302)
    handler.send_header("Location", "/ok")
    handler.end_headers()
    _pour(handler, bytes(65_536), 10_000_000_000)


def _pour(handler: _Handler, block: bytes, total: int) -> None:
    owner = handler.server.owner
    for _ in range(total // len(block)):
        if owner.stopping.is_set():
            return
        handler.wfile.write(block)
        owner.poured += len(block)


def _bomb(handler: _Handler) -> None:
    handler._send(200, _bomb_of_200_mb(), ("Content-Encoding", "gzip"))


def _bomb_of_200_mb() -> bytes:
    member = gzip_bomb(10_000_000)
    return member * 20


def _redirect_loop(handler: _Handler) -> None:
    handler._send(302, b"", ("Location", "/redirect-loop"))


def _redirect_private(handler: _Handler) -> None:
    handler._send(301, b"", ("Location", f"http://127.0.0.1:{handler.server.owner.port}/secret"))


def _status(code: int) -> Callable[[_Handler], None]:
    return lambda handler: handler._send(code, b"sorry", ("Content-Type", "text/plain"))


def _unasked_304(handler: _Handler) -> None:
    handler.send_response(304)
    handler.end_headers()


def _reset(handler: _Handler) -> None:
    """Close with a reset instead of a good-bye."""
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def _reset_in_body(handler: _Handler) -> None:
    handler.begin(("Content-Length", "1000"))
    handler.wfile.write(b"x" * 10)
    handler.wfile.flush()
    handler.wait(0.05)
    _reset(handler)


def _once_a_connection(handler: _Handler) -> None:
    """Answer the first ask of a connection; at the second close it without a word."""
    handler.served += 1
    if handler.served == 1:
        handler._send(200, b"once")
    handler.close_connection = handler.served > 1


def _echo(handler: _Handler) -> None:
    """Refuse, and repeat all that was said; some do."""
    said = f"denied: {handler.path}\n{handler.headers}".encode()
    handler._send(403, said, ("Content-Type", "text/plain"), ("Set-Cookie", "id=1"), ("X-Echo", handler.path))


def _busy(handler: _Handler) -> None:
    handler._send(429, b"later", ("Retry-After", "120"), ("Content-Type", "text/plain"))


def _elsewhere(handler: _Handler) -> None:
    """Lead to another origin of this machine, with all that was said."""
    handler._send(302, b"", ("Location", f"http://localhost:{handler.server.owner.port}/caught?{handler.path}"))


def _odd_headers(handler: _Handler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nthis is no header\r\n\r\n{}")


def _who(handler: _Handler) -> None:
    """Say whose certificate the connection shows."""
    shown = handler.connection.getpeercert() or {}
    names = [value for part in shown.get("subject", ()) for _, value in part]
    handler._send(200, ",".join(names).encode())


def _garbage(handler: _Handler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")


_FAULTS: dict[str, Callable[[_Handler], None]] = {
    "/empty": _empty,
    "/truncated": _truncated,
    "/truncated-chunks": _truncated_chunks,
    "/truncated-gzip": _truncated_gzip,
    "/broken-gzip": _broken_gzip,
    "/unknown-coding": _unknown_coding,
    "/wrong-type": _wrong_type,
    "/wrong-encoding": _wrong_encoding,
    "/slow-body": _slow_body,
    "/slow-headers": _slow_headers,
    "/slow-status": _slow_status,
    "/hang": _hang,
    "/endless": _endless,
    "/endless-untold": _endless_untold,
    "/endless-redirect": _endless_redirect,
    "/gzip-bomb": _bomb,
    "/redirect-loop": _redirect_loop,
    "/redirect-private": _redirect_private,
    "/206": _status(206),
    "/404": _status(404),
    "/500": _status(500),
    "/503": _status(503),
    "/unasked-304": _unasked_304,
    "/reset": _reset,
    "/reset-in-body": _reset_in_body,
    "/once-a-connection": _once_a_connection,
    "/garbage": _garbage,
    "/echo": _echo,
    "/busy": _busy,
    "/elsewhere": _elsewhere,
    "/odd-headers": _odd_headers,
    "/who": _who,
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    address_family: ClassVar[socket.AddressFamily] = socket.AF_INET

    def __init__(self, owner: FaultServer, tls: ssl.SSLContext | None) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)
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
