"""How is Hikvision's cloud asked for what passed, page by page, and how is its answer read?"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson

from integrations.gate_dialects import Heard
from integrations.gate_documents import json_object
from integrations.gate_values import mapping, whole_or
from integrations.gates.hikvision_cloud.protocol import BAD_TOKEN, OK, passage, token
from integrations.time_windows import more_after, window_of
from parking.boundary.fetching import FetchRequest
from parking.boundary.gates import GateUnreadable, PullAnswer, PullQuestion, SignatureWrong

# The vendor advises 400 and allows 1000.
PAGE_SIZE = 400
_PATH = "/getVehicleRecords"


class GetVehicleRecords:
    """The pull side; see `boundary.gates.PassagePull`."""

    def ask(self, question: PullQuestion) -> FetchRequest:
        """The request for one page of the window. Raises GateUnreadable for a cursor of another."""
        window = window_of(question)
        body: dict[str, Any] = {
            "appkey": question.app_id,
            "time": int(question.asked_at.timestamp() * 1000),
            "nonce": question.nonce,
            "pageNo": window.page,
            "pageSize": PAGE_SIZE,
            "parkCode": question.lot_key,
            "startTime": int(window.since.timestamp() * 1000),
            "endTime": int(window.until.timestamp() * 1000),
        }
        signed = urlencode({"token": token(body, question.secret)})
        url = f"{question.base_url.rstrip('/')}{_PATH}?{signed}"
        return FetchRequest(url, post=orjson.dumps(body), headers=(("Content-Type", "application/json"),))

    def answer(self, question: PullQuestion, body: bytes) -> PullAnswer:
        """Read one page. Raises GateUnreadable where the cloud says no, SignatureWrong where it says 1004."""
        window = window_of(question)
        document = json_object(body)
        code = whole_or(-1, document.get("errorCode"), "errorCode")
        if code == BAD_TOKEN:
            raise SignatureWrong("token_refused")
        if code != OK:
            raise GateUnreadable("cloud_said_no", str(code))
        data = document.get("data") or {}
        if not isinstance(data, dict):
            raise GateUnreadable("not_an_object", "data")
        records = data.get("list") or []
        if not isinstance(records, list):
            raise GateUnreadable("not_a_list", "list")
        heard = Heard()
        for number, record in enumerate(records, 1):
            place = f"#{number}"
            told = heard.attempt(place, mapping, record, "list")
            if told is not None:
                heard.keep(heard.attempt(place, passage, told, question.lot_key, question.time_zone))
        size, total = (whole_or(-1, data.get(name), name) for name in ("pageSize", "total"))
        more = more_after(window.page, PAGE_SIZE, size, total, len(records))
        return PullAnswer(heard.reading(lot_key=question.lot_key), window.after(more=more), more)
