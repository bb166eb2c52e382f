"""An answer of known length reaches the server in one piece, and whatever hangs on its end still happens."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, send_file
from werkzeug.test import EnvironBuilder

from parking.portals._http.whole import WholeAnswers


@pytest.fixture
def app() -> Flask:
    app = Flask("whole")
    app.closed = []  # type: ignore[attr-defined]

    @app.get("/short")
    def short() -> Response:
        response = Response([b"a", b"b"], headers={"Content-Length": "2"})
        response.call_on_close(lambda: app.closed.append("short"))  # type: ignore[attr-defined]
        return response

    @app.get("/stream")
    def stream() -> Response:
        def pieces() -> Iterator[bytes]:
            yield b"a"
            app.closed.append("asked on")  # type: ignore[attr-defined]
            yield b"b"

        return Response(pieces())

    @app.get("/file")
    def file() -> Response:
        return send_file(io.BytesIO(b"x" * 2_000_000), mimetype="application/octet-stream")

    return app


def answered(app: Flask, path: str, method: str = "GET") -> tuple[Any, list[str]]:
    told: list[str] = []
    environ = EnvironBuilder(path, method=method).get_environ()
    return WholeAnswers(app)(environ, lambda status, *_: told.append(status)), told  # type: ignore[func-returns-value,return-value]


def test_what_is_short_comes_whole_and_is_closed_at_once(app: Flask) -> None:
    answer, told = answered(app, "/short")
    assert (answer, told, app.closed) == ([b"ab"], ["200 OK"], ["short"])  # type: ignore[attr-defined]


def test_what_has_no_length_is_drawn_as_it_is_made(app: Flask) -> None:
    answer, _ = answered(app, "/stream")
    assert app.closed == []  # type: ignore[attr-defined]
    assert b"".join(answer) == b"ab" and app.closed == ["asked on"]  # type: ignore[attr-defined]


def test_a_long_file_is_read_as_it_is_sent(app: Flask) -> None:
    answer, _ = answered(app, "/file")
    assert not isinstance(answer, list)
    assert len(b"".join(answer)) == 2_000_000


def test_a_question_for_the_head_has_no_body(app: Flask) -> None:
    answer, told = answered(app, "/short", "HEAD")
    assert (b"".join(answer), told) == (b"", ["200 OK"])
