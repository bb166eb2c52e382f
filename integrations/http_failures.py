"""What went wrong in an ask? Told by its phase: the libraries' own texts hold whole addresses."""

from __future__ import annotations

import socket
import ssl
from http.client import HTTPException, IncompleteRead
from typing import Any

from urllib3.exceptions import HTTPError, SSLError

from integrations.http_addresses import AddressRefused
from integrations.http_asks import Ask
from integrations.http_bodies import BrokenOff, TooLarge, Undecodable
from parking.boundary.fetching import FetchFailure


class Refusal(Exception):
    """We do not take this answer, or have nothing good to ask with. `detail` holds no secret."""

    def __init__(self, reason: FetchFailure, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(reason, detail)


def causes_of(problem: BaseException) -> list[BaseException]:
    """The exception and all that are wrapped in it, however the libraries wrapped them."""
    found: list[BaseException] = []
    waiting: list[Any] = [problem]
    while waiting and len(found) < 20:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return found


def diagnosis(problem: Exception, ask: Ask) -> tuple[FetchFailure, str]:
    """The reason and a detail that may be shown; raises what is no failure of the other side."""
    causes = causes_of(problem)
    timed_out = ask.elapsed_s >= ask.total_s or any(isinstance(c, TimeoutError) for c in causes)
    match problem:
        case Refusal():
            return problem.reason, problem.detail
        case AddressRefused():
            return FetchFailure.ADDRESS_REFUSED, str(problem)
        case socket.gaierror() | UnicodeError():
            return FetchFailure.NAME_UNKNOWN, "no such name"
        case TooLarge():
            return FetchFailure.TOO_LARGE, "more than the limit"
        case Undecodable():
            return FetchFailure.BAD_ENCODING, str(problem)
        case BrokenOff():
            return FetchFailure.BROKE_OFF, "the body ends in the middle"
        case _ if any(isinstance(c, IncompleteRead) for c in causes):
            return FetchFailure.BROKE_OFF, "the body ends in the middle"
        case _ if timed_out:
            return FetchFailure.TIMED_OUT, ask.phase
        case SSLError() | ssl.SSLError():
            word = next((c.verify_message for c in causes if isinstance(c, ssl.SSLCertVerificationError)), "")
            return FetchFailure.TLS_FAILED, word or _alert(causes)
        case HTTPError() | HTTPException() | OSError() if ask.phase == "connecting":
            return FetchFailure.CONNECT_FAILED, _system_word(causes)
        case HTTPError() | HTTPException() | OSError():
            return FetchFailure.BROKE_OFF, f"{ask.phase}: {_system_word(causes)}"
    raise problem


def _alert(causes: list[BaseException]) -> str:
    """OpenSSL's name for it (TLSV13_ALERT_CERTIFICATE_REQUIRED), else the kind of the innermost exception."""
    named = (c.reason for c in causes if isinstance(c, ssl.SSLError) and isinstance(c.reason, str))
    return next(named, None) or type(causes[-1]).__name__


def _system_word(causes: list[BaseException]) -> str:
    """The operating system's word for it, else the kind of the innermost exception."""
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return type(causes[-1]).__name__
