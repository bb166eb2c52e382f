"""A payer for demonstrations: a person pays, or refuses, on a small page of the simulator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from integrations.charging import Clock, NetworkAddress, about, believed, post, understood
from integrations.payments.demo import protocol
from integrations.signing import key_bytes, utc_now
from parking.boundary.charges import (
    Callback,
    ChargeAnswer,
    ChargeAsk,
    NetworkEntry,
    NetworkManifest,
)
from parking.boundary.fetching import Fetcher
from parking.kernel.errors import N_

MANIFEST = NetworkManifest(
    name="demo",
    vendor="演示支付",
    authenticates=N_("双向：用共同的密钥对 data 原文做 HMAC-SHA256"),
    state=N_("只供演示，不收钱"),
    etc=False,
)


class DemoPayer:
    """The demo `boundary.charges.ChargeNetwork`. Raises ValueError where the address lacks something."""

    manifest = MANIFEST

    def __init__(self, fetcher: Fetcher, address: NetworkAddress, clock: Clock = utc_now) -> None:
        address.needed("url", "app_id", "secret")
        self._fetcher, self._address, self._clock = fetcher, address, clock
        self._key = key_bytes(address.secret or "")

    def request(self, ask: ChargeAsk) -> ChargeAnswer:
        """Open an order; the person pays at its `pay_url`. Raises NetworkSilent."""
        return self._answer(protocol.ORDERS, protocol.ask_fields(ask), ask.charge_id)

    def query(self, charge_id: str) -> ChargeAnswer:
        """What became of it. Raises NetworkSilent."""
        return self._answer(protocol.QUERY, {"order": charge_id}, charge_id)

    def refund(self, charge_id: str, refund_id: str, amount_fen: int) -> ChargeAnswer:
        """Give back. Raises NetworkSilent."""
        fields = {"order": charge_id, "refund": refund_id, "amount_fen": amount_fen}
        return self._answer(protocol.REFUND, fields, charge_id)

    def read_callback(self, call: Callback) -> ChargeAnswer:
        """What the payer tells by itself. Raises CallbackRefused."""
        return believed(
            lambda: protocol.read_answer(
                protocol.opened(self._address.app_id, self._key, call.body, call.received_at)
            )
        )

    def acknowledge(self, answer: ChargeAnswer) -> bytes:
        """What stops it from calling again."""
        return b'{"ok":true}'

    def entries(self, on: date) -> tuple[NetworkEntry, ...]:
        """Its list of a city day. Raises NetworkSilent."""
        return understood(protocol.read_entries, self._call(protocol.LIST, {"on": on.isoformat()}))

    def _answer(self, path: str, fields: Mapping[str, Any], charge_id: str) -> ChargeAnswer:
        return about(charge_id, understood(protocol.read_answer, self._call(path, fields)))

    def _call(self, path: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        now = self._clock()
        body = protocol.envelope(self._address.app_id, self._key, fields, now)
        told = post(self._fetcher, self._address, path, body, "application/json")
        return understood(protocol.opened, self._address.app_id, self._key, told, self._clock())


NETWORK = DemoPayer
