"""How is the simulator served? By one event loop in this process, so that a signal ends it at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Event

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from parking.entrypoints.simulator.app import Simulator
from parking.entrypoints.simulator.barriers.street import Street

_PATIENCE_S = 2.0


def serve(
    simulator: Simulator, street: Street, host: str, port: int, stop: Event, ready: Callable[[], None]
) -> None:
    """Serve and let the barriers play until `stop` is set; `ready` is called once the port is open."""
    street.start()
    try:
        asyncio.run(_serve(simulator, host, port, stop, ready))
    finally:
        street.stop()


async def _serve(simulator: Simulator, host: str, port: int, stop: Event, ready: Callable[[], None]) -> None:
    server = Server(
        simulator,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        backlog=1024,
        log_enabled=False,
    )
    serving = asyncio.ensure_future(server.serve())
    ready()
    told = asyncio.ensure_future(asyncio.to_thread(stop.wait))
    await asyncio.wait([serving, told], return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    simulator.stopping.set()
    if serving.done():
        serving.result()
        return
    server.stop()
    await asyncio.wait([serving], timeout=_PATIENCE_S)
