"""Shandong Xinlian's ETC: the fee is deducted by the plate, in their cloud, after the vehicle left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from secrets import randbelow
from typing import Any

import orjson

from integrations.charging import (
    Clock,
    NetworkAddress,
    about,
    all_pages,
    believed,
    day_text,
    post,
    understood,
)
from integrations.etc.xinlian import protocol
from integrations.signing import utc_now
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
    name="xinlian",
    vendor="山东信联 ETC",
    authenticates=N_("双向：对 base64(data) 做 SHA256withRSA 签名"),
    state=N_("还没有在渠道的测试环境中试过"),
    etc=True,
)


class XinlianNetwork:
    """`boundary.charges.ChargeNetwork` of Xinlian. Raises ValueError where the address lacks a key."""

    manifest = MANIFEST

    def __init__(self, fetcher: Fetcher, address: NetworkAddress, clock: Clock = utc_now) -> None:
        address.needed("url", "app_id", "private_key", "public_key")
        self._fetcher, self._address, self._clock = fetcher, address, clock
        self._signer = protocol.Signer(address.private_key or "", address.public_key or "")

    def request(self, ask: ChargeAsk) -> ChargeAnswer:
        """Ask for the deduction once. Raises NetworkSilent."""
        return self._answer(protocol.ASK, protocol.ask_params(ask, self._address.zone), ask.charge_id)

    def query(self, charge_id: str) -> ChargeAnswer:
        """What became of it. Raises NetworkSilent."""
        return self._answer(protocol.QUERY, {"pay_serial_no": charge_id}, charge_id)

    def refund(self, charge_id: str, refund_id: str, amount_fen: int) -> ChargeAnswer:
        """Give back. Raises NetworkSilent."""
        params = {"pay_serial_no": charge_id, "refund_serial_no": refund_id, "refund_amount": amount_fen}
        return self._answer(protocol.REFUND, params, charge_id)

    def read_callback(self, call: Callback) -> ChargeAnswer:
        """What they tell by themselves. Raises CallbackRefused."""
        return believed(
            lambda: protocol.read_answer(self._opened(protocol.NOTIFY, call.body), self._address.zone)
        )

    def acknowledge(self, answer: ChargeAnswer) -> bytes:
        """What stops them from calling again."""
        return orjson.dumps({"code": "0000", "msg": "success"})

    def entries(self, on: date) -> tuple[NetworkEntry, ...]:
        """Their list of a day, page by page. Raises NetworkSilent."""
        return all_pages(
            lambda page: understood(
                protocol.read_entries,
                self._call(protocol.LIST, {"bill_date": day_text(on), "page": page}),
                self._address.zone,
            )
        )

    def _answer(self, biz_id: str, params: Mapping[str, Any], charge_id: str) -> ChargeAnswer:
        told = self._call(biz_id, params)
        return about(charge_id, understood(protocol.read_answer, told, self._address.zone))

    def _call(self, biz_id: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        number = protocol.waste_sn(self._clock(), self._address.zone, randbelow(10**8))
        body = protocol.envelope(self._signer, self._address.app_id, biz_id, number, params)
        told = post(self._fetcher, self._address, "", body, "application/json; charset=utf-8")
        return understood(self._opened, biz_id, told)

    def _opened(self, biz_id: str, told: bytes) -> Mapping[str, Any]:
        """The content of a message of this kind. Raises NotTheirs, ValueError."""
        answered, found = protocol.opened(self._signer, self._address.app_id, told)
        if answered != biz_id:
            raise ValueError("biz_id")
        return found


NETWORK = XinlianNetwork
