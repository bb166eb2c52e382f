"""How does the web server get an answer whose length is known? Whole.

What it has to draw piece by piece costs it another turn of the interpreter for each: a signed passage took a
fifteenth more of the processor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_MOST = 1_000_000
"""Bytes; a longer file is read as it is sent."""


class WholeAnswers:
    """A WSGI application whose answers of known, moderate length are one list of one piece."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        lengths: list[int] = []

        def start(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
        ) -> Callable[[bytes], object]:
            lengths[:] = [int(value) for name, value in headers if name == "Content-Length"]
            return start_response(status, headers, exc_info)

        answer = self._app(environ, start)
        if not lengths or lengths[0] > _MOST:
            return answer
        try:
            return [b"".join(answer)]
        finally:
            if hasattr(answer, "close"):
                answer.close()
