"""How is Keytop's cloud asked for what passed, page by page, and how is its answer read?"""

from __future__ import annotations

from typing import Any

from integrations.gate_dialects import Heard
from integrations.gate_documents import json_object
from integrations.gate_values import mapping, whole_or, zone_of
from integrations.gates.keytop.protocol import clock, passage, posted
from integrations.time_windows import more_after, window_of
from parking.boundary.fetching import FetchRequest
from parking.boundary.gates import GateUnreadable, PullAnswer, PullQuestion

PAGE_SIZE = 1000


class GetCarInoutInfo:
    """The pull side; see `boundary.gates.PassagePull`."""

    def ask(self, question: PullQuestion) -> FetchRequest:
        """The request for one page of the window. Raises GateUnreadable for a cursor of another."""
        window, zone = window_of(question), zone_of(question.time_zone)
        body: dict[str, Any] = {
            "parkId": question.lot_key,
            "serviceCode": "getCarInoutInfo",
            "ts": int(question.asked_at.timestamp() * 1000),
            "reqId": question.nonce,
            "pageIndex": window.page,
            "pageSize": PAGE_SIZE,
            "startTime": clock(window.since, zone),
            "endTime": clock(window.until, zone),
        }
        return posted(question.base_url, "GetCarInoutInfo", question.app_id, body, question.secret)

    def answer(self, question: PullQuestion, body: bytes) -> PullAnswer:
        """Read one page. Raises GateUnreadable, also where the cloud says no."""
        window = window_of(question)
        document = json_object(body)
        if (code := whole_or(-1, document.get("code"), "code")) != 0:
            raise GateUnreadable("cloud_said_no", str(code))
        data = document.get("data")
        # Some releases send the page as a text.
        page = json_object(data.encode()) if isinstance(data, str) and data.strip() else _page(data)
        records = page.get("detailList") or []
        if not isinstance(records, list):
            raise GateUnreadable("not_a_list", "detailList")
        heard = Heard()
        for number, record in enumerate(records, 1):
            place = f"#{number}"
            told = heard.attempt(place, mapping, record, "detailList")
            if told is not None:
                heard.keep(heard.attempt(place, passage, told, question.lot_key, question.time_zone))
        size, total = (whole_or(-1, page.get(name), name) for name in ("pageSize", "totalCount"))
        more = more_after(window.page, PAGE_SIZE, size, total, len(records))
        return PullAnswer(heard.reading(lot_key=question.lot_key), window.after(more=more), more)


def _page(value: object) -> dict[str, Any]:
    """The page of the answer. No data at all is an empty page."""
    if value is None or value == "":
        return {}
    if not isinstance(value, dict):
        raise GateUnreadable("not_an_object", "data")
    return value
