"""Stays to be paid for, and the networks that take the money, over real HTTP on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from sqlalchemy.orm import Session

from integrations.charging import NetworkAddress
from integrations.etc.bolink import BolinkNetwork
from integrations.etc.xinlian import XinlianNetwork
from integrations.http import HardenedFetcher
from integrations.payments.demo import DemoPayer
from parking.entrypoints.simulator.etc import PlayedBolink, PlayedXinlian
from parking.entrypoints.simulator.payments import Book, PlayedPayer, Reply
from parking.kernel.clock import Clock
from parking.visits.models import Visit

HERE = ("127.0.0.0/8",)
APP, KEY = "test-city", "a key of this test alone"


class Played(Protocol):
    """Whoever plays a network."""

    def handle(self, method: str, path: str, body: bytes) -> Reply | None: ...


@cache
def key_pair(_name: str) -> tuple[str, str]:
    """(private, public) in PEM; the same for a name during a run."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return private, public


def a_visit(
    session: Session, lot_id: str, entered_at: datetime, stayed: timedelta | None = None, **fields: Any
) -> Visit:
    """A stay, over where `stayed` says how long; its "sealed" plate is the text itself."""
    exited_at = entered_at + stayed if stayed is not None else None
    told: dict[str, Any] = {
        "lot_id": lot_id,
        "state": "open" if exited_at is None else "closed",
        "doubt": None,
        "stay": "casual",
        "stay_id": None,
        "seen_at": entered_at,
        "entered_at": entered_at,
        "entry_source": "device:gate",
        "entry_event_id": "entry",
        "entry_lane_id": None,
        "exited_at": exited_at,
        "exit_source": None,
        "exit_event_id": None,
        "exit_lane_id": None,
        "closed_at": exited_at,
        "plate_month": None,
        "plate_hash": None,
        "plate_sealed": "苏F12345".encode(),
        "plate_masked": "苏F·1**45",
        "plate_kind": "ordinary",
        "colour": "blue",
        "settled_at": None,
        "settled_by": None,
        "changed_at": exited_at or entered_at,
    }
    visit = Visit(**(told | fields))
    session.add(visit)
    session.flush()
    return visit


@dataclass
class Networks:
    """The three networks as they are played, and the adapters that speak to them."""

    xinlian: PlayedXinlian
    bolink: PlayedBolink
    payer: PlayedPayer
    adapters: dict[str, Any]
    address: str


@contextmanager
def networks(clock: Clock) -> Iterator[Networks]:
    """Serve all three on a free port; they and their adapters go by `clock`."""
    served: dict[str, Played] = {}
    with serving(served) as address:
        ours, theirs = key_pair("city"), key_pair("network")
        xinlian = PlayedXinlian(APP, theirs[0], ours[1], Book(clock.now))
        bolink = PlayedBolink(APP, KEY, Book(clock.now))
        payer = PlayedPayer(APP, KEY.encode(), f"{address}/demo", Book(clock.now))
        served.update({"xinlian": xinlian, "bolink": bolink, "demo": payer})
        fetcher = HardenedFetcher()

        def at(name: str, **more: Any) -> NetworkAddress:
            return NetworkAddress(f"{address}/{name}", APP, networks=HERE, **more)

        adapters = {
            "xinlian": XinlianNetwork(
                fetcher, at("xinlian", private_key=ours[0], public_key=theirs[1]), clock.now
            ),
            "bolink": BolinkNetwork(fetcher, at("bolink", secret=KEY)),
            "demo": DemoPayer(fetcher, at("demo", secret=KEY), clock.now),
        }
        try:
            yield Networks(xinlian, bolink, payer, adapters, address)
        finally:
            fetcher.close()


@contextmanager
def serving(served: dict[str, Played]) -> Iterator[str]:
    """Serve whoever is named in the first part of the path."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            name, _, rest = self.path.lstrip("/").partition("/")
            reply = served[name].handle(self.command, f"/{rest}", body)
            if reply is None or reply.length is not None:
                self.close_connection = True
            if reply is None:
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(reply.length or len(reply.body)))
            if reply.location:
                self.send_header("Location", reply.location)
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = _answer  # noqa: N815 - the names that the server asks for

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    server = Server(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
