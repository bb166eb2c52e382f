"""How does a lot play whose vendor's cloud is told who may enter? It keeps a list and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from parking.entrypoints.simulator.admitting import RESERVE_PATH, Reserving, reserve
from parking.entrypoints.simulator.clouds import VENDORS, Cloud, CloudAnswer, ask, misbehaved, secret_of

METHODS = ("POST", "DELETE")


@dataclass(slots=True)
class ToldLot:
    """A lot in a vendor's cloud that we only tell."""

    slug: str
    code: str
    vendor: str
    cloud: Cloud

    def answer(
        self, method: str, path: str, query: Mapping[str, str], body: bytes, now: datetime
    ) -> CloudAnswer:
        """What the cloud says to a request at a path below its address."""
        if self.vendor in VENDORS:
            return ask(VENDORS[self.vendor], self.cloud, path, query, body, now)
        if (amiss := misbehaved(self.cloud)) is not None:
            return amiss
        if path != RESERVE_PATH or method not in METHODS:
            return CloudAnswer(body=orjson.dumps({"code": "404", "message": "接口不存在"}))
        lot = Reserving(self.cloud.app_id, secret_of(self.cloud), self.cloud.lot_key)
        return CloudAnswer(body=orjson.dumps(reserve(lot, self.cloud.admissions, method, query, body)))

    def told(self) -> Mapping[str, Any]:
        """The cloud as /control tells it."""
        return {
            "cloud": self.slug,
            "lot": self.code,
            "dialect": self.vendor,
            "plays": self.cloud.fault.value,
            "asked": self.cloud.asked,
            "admitted": len(self.cloud.admissions.listed),
        }
