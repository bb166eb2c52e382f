"""A vendor's cloud of the simulator behind a real address of this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from parking.entrypoints.simulator.clouds import CloudAnswer

# Method, path, query and body of a request to its answer.
Answers = Callable[[str, str, Mapping[str, str], bytes], CloudAnswer]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answers: Answers = self.server.answers  # type: ignore[attr-defined]
        answer = answers(self.command, parts.path, dict(parse_qsl(parts.query)), body)
        if answer.never:
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_POST = do_DELETE = _answer  # noqa: N815 - the base class's names

    def log_message(self, *_args: object) -> None:
        pass


@contextmanager
def played(answers: Answers) -> Iterator[str]:
    """The address at which a cloud answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.answers = answers  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
