"""What do the worst servers answer? One function for each path of the fault server that misbehaves."""

from __future__ import annotations

import gzip
import socket
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.adapters.fault_server import Handler


def gzip_bomb(inflated_bytes: int) -> bytes:
    """Zeros: a thousandth of their length when compressed."""
    return gzip.compress(bytes(inflated_bytes), compresslevel=9)


def _empty(handler: Handler) -> None:
    handler.send(200, b"", ("Content-Type", "application/json"))


def _truncated(handler: Handler) -> None:
    handler.send(200, b'{"parking": "1", "lots": [{"id"', length=4000)
    handler.close_connection = True


def _truncated_chunks(handler: Handler) -> None:
    handler.begin(("Transfer-Encoding", "chunked"))
    handler.wfile.write(b"400\r\n" + b"x" * 100)


def _truncated_gzip(handler: Handler) -> None:
    handler.send(200, gzip.compress(b"lots" * 1000)[:-20], ("Content-Encoding", "gzip"))


def _broken_gzip(handler: Handler) -> None:
    handler.send(200, b"this is no gzip at all", ("Content-Encoding", "gzip"))


def _unknown_coding(handler: Handler) -> None:
    handler.send(200, b"\x0b\x02\x80lots\x03", ("Content-Encoding", "br"))


def _wrong_type(handler: Handler) -> None:
    page = b"<!DOCTYPE html><html><body><p>Wartung<br>bis 18 Uhr</body></html>"
    handler.send(200, page, ("Content-Type", "application/json"))


def _wrong_encoding(handler: Handler) -> None:
    body = '<?xml version="1.0" encoding="UTF-8"?><d2LogicalModel>停车场</d2LogicalModel>'
    handler.send(200, body.encode("gb18030"), ("Content-Type", "application/xml; charset=utf-8"))


def _slow_body(handler: Handler) -> None:
    handler.begin(("Content-Length", "100000"))
    handler.drip(b"x" * 100_000)


def _slow_headers(handler: Handler) -> None:
    handler.close_connection = True
    handler.drip(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 10_000)


def _slow_status(handler: Handler) -> None:
    handler.close_connection = True
    handler.drip(b"HTTP/1.1 200 " + b"O" * 10_000)


def _hang(handler: Handler) -> None:
    handler.close_connection = True
    handler.wait(60)


def _endless(handler: Handler) -> None:
    """10 GB, told beforehand."""
    handler.begin(("Content-Length", str(10_000_000_000)))
    _pour(handler, bytes(65_536), 10_000_000_000)


def _endless_untold(handler: Handler) -> None:
    """10 GB without a word on the length."""
    handler.begin(("Connection", "close"))
    _pour(handler, bytes(65_536), 10_000_000_000)


def _endless_redirect(handler: Handler) -> None:
    handler.close_connection = True
    handler.send_response(302)
    handler.send_header("Location", "/ok")
    handler.end_headers()
    _pour(handler, bytes(65_536), 10_000_000_000)


def _pour(handler: Handler, block: bytes, total: int) -> None:
    owner = handler.server.owner
    for _ in range(total // len(block)):
        if owner.stopping.is_set():
            return
        handler.wfile.write(block)
        owner.poured += len(block)


def _bomb(handler: Handler) -> None:
    handler.send(200, _bomb_of_200_mb(), ("Content-Encoding", "gzip"))


def _bomb_of_200_mb() -> bytes:
    member = gzip_bomb(10_000_000)
    return member * 20


def _redirect_loop(handler: Handler) -> None:
    handler.send(302, b"", ("Location", "/redirect-loop"))


def _redirect_private(handler: Handler) -> None:
    handler.send(301, b"", ("Location", f"http://127.0.0.1:{handler.server.owner.port}/secret"))


def _status(code: int) -> Callable[[Handler], None]:
    return lambda handler: handler.send(code, b"sorry", ("Content-Type", "text/plain"))


def _unasked_304(handler: Handler) -> None:
    handler.send_response(304)
    handler.end_headers()


def _reset(handler: Handler) -> None:
    """Close with a reset instead of a good-bye."""
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def _reset_in_body(handler: Handler) -> None:
    handler.begin(("Content-Length", "1000"))
    handler.wfile.write(b"x" * 10)
    handler.wfile.flush()
    handler.wait(0.05)
    _reset(handler)


def _once_a_connection(handler: Handler) -> None:
    """Answer the first ask of a connection; at the second close it without a word."""
    handler.served += 1
    if handler.served == 1:
        handler.send(200, b"once")
    handler.close_connection = handler.served > 1


def _echo(handler: Handler) -> None:
    """Refuse, and repeat all that was said; some do."""
    said = f"denied: {handler.path}\n{handler.headers}".encode()
    handler.send(403, said, ("Content-Type", "text/plain"), ("Set-Cookie", "id=1"), ("X-Echo", handler.path))


def _busy(handler: Handler) -> None:
    handler.send(429, b"later", ("Retry-After", "120"), ("Content-Type", "text/plain"))


def _elsewhere(handler: Handler) -> None:
    """Lead to another origin of this machine, with all that was said."""
    handler.send(
        302, b"", ("Location", f"http://localhost:{handler.server.owner.port}/caught?{handler.path}")
    )


def _odd_headers(handler: Handler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nthis is no header\r\n\r\n{}")


def _who(handler: Handler) -> None:
    """Say whose certificate the connection shows."""
    shown = handler.connection.getpeercert() or {}
    names = [value for part in shown.get("subject", ()) for _, value in part]
    handler.send(200, ",".join(names).encode())


def _garbage(handler: Handler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")


FAULTS: dict[str, Callable[[Handler], None]] = {
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
