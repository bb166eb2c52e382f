"""Bolink's ETC: the fee is deducted by the plate through the union's cloud."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson

from integrations.charging import NetworkAddress, about, all_pages, believed, day_text, post, understood, yuan
from integrations.etc.bolink import protocol
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
    name="bolink",
    vendor="泊链 ETC",
    authenticates=N_("双向：对 data 原文和共同的密钥做 MD5"),
    state=N_("还没有在渠道的测试环境中试过"),
    etc=True,
)
_FORM = "application/x-www-form-urlencoded"


class BolinkNetwork:
    """`boundary.charges.ChargeNetwork` of Bolink. Raises ValueError where the address lacks something."""

    manifest = MANIFEST

    def __init__(self, fetcher: Fetcher, address: NetworkAddress) -> None:
        address.needed("url", "app_id", "secret")
        self._pay_type = address.variant or "my"
        if self._pay_type not in protocol.PAY_TYPES:
            raise ValueError("unknown pay_type")
        self._fetcher, self._address, self._key = fetcher, address, address.secret or ""

    def request(self, ask: ChargeAsk) -> ChargeAnswer:
        """Ask for the deduction once. Raises NetworkSilent."""
        return self._answer(protocol.ASK, protocol.ask_fields(ask, self._pay_type), ask.charge_id)

    def query(self, charge_id: str) -> ChargeAnswer:
        """What became of it. Raises NetworkSilent."""
        return self._answer(protocol.QUERY, {"order_id": charge_id}, charge_id)

    def refund(self, charge_id: str, refund_id: str, amount_fen: int) -> ChargeAnswer:
        """Give back. Raises NetworkSilent."""
        fields = {"order_id": charge_id, "refund_id": refund_id, "total": yuan(amount_fen)}
        return self._answer(protocol.REFUND, fields, charge_id)

    def read_callback(self, call: Callback) -> ChargeAnswer:
        """What they tell by themselves. Raises CallbackRefused."""
        return believed(
            lambda: protocol.read_answer(protocol.opened(self._address.app_id, self._key, call.body))
        )

    def acknowledge(self, answer: ChargeAnswer) -> bytes:
        """What stops them from calling again."""
        return orjson.dumps({"state": 1, "order_id": answer.charge_id})

    def entries(self, on: date) -> tuple[NetworkEntry, ...]:
        """Their list of a day, page by page. Raises NetworkSilent."""
        return all_pages(
            lambda page: understood(
                protocol.read_entries, self._call(protocol.LIST, {"date": day_text(on), "page": page})
            )
        )

    def _answer(self, path: str, fields: Mapping[str, Any], charge_id: str) -> ChargeAnswer:
        return about(charge_id, understood(protocol.read_answer, self._call(path, fields)))

    def _call(self, path: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        body = protocol.form(self._address.app_id, self._key, fields)
        told = post(self._fetcher, self._address, path, body, _FORM)
        return understood(protocol.opened, self._address.app_id, self._key, told)


NETWORK = BolinkNetwork
