"""How is a lot told by Nanjing's share message who may enter? Through the broker that it listens to.

The platform tells and the lot listens: lots have no public address. The message is posted to the broker's
HTTP interface (EMQX, version 5), which publishes it on the lot's topic.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime

import orjson

from integrations.gate_documents import json_object
from integrations.gate_values import zone_of
from parking.boundary.allow_lists import EntryNotTaken, ListEntry, PushLink, PushManifest, Step
from parking.boundary.fetching import FetchRequest
from parking.boundary.gates import GateUnreadable

_PATH = "/api/v5/publish"
_TOPIC = "parking/share/{lot_key}"
_HOURLY = "5"
_TOLD = "told"


class HourlyShares:
    """The telling side; see `boundary.allow_lists.AllowListPush`."""

    manifest = PushManifest(
        name="nanjing_share",
        vendor="南京 易停宝",
        message="共享时租 (parkingType 5)",
        state="message by its public document; the broker by EMQX's documents",
        takes_back=False,
    )

    def ask(self, link: PushLink, entry: ListEntry) -> FetchRequest | None:
        """The message for a pass. It has no counterpart that takes it back. Raises EntryNotTaken."""
        if entry.plate is None and entry.held == _TOLD and entry.asked_at < entry.until_at:
            raise EntryNotTaken("cannot_be_taken_back")
        if entry.plate is None or entry.held == _TOLD:
            return None
        zone = zone_of(link.time_zone)
        message = {
            "parkingLotId": link.lot_key,
            "parkingType": _HOURLY,
            "plateNumber": entry.plate,
            "startTime": _minute(entry.from_at.astimezone(zone)),
            "endTime": _minute(entry.until_at.astimezone(zone)),
        }
        body = {
            "topic": _TOPIC.format(lot_key=link.lot_key),
            "payload": orjson.dumps(message).decode(),
            "qos": 1,
        }
        key = b64encode(f"{link.app_id}:{link.secret}".encode()).decode()
        headers = (("Content-Type", "application/json"), ("Authorization", f"Basic {key}"))
        return FetchRequest(link.base_url.rstrip("/") + _PATH, post=orjson.dumps(body), headers=headers)

    def answer(self, _link: PushLink, _entry: ListEntry, body: bytes) -> Step:
        """Told once the broker has handed it on; where nobody listens it says so, and it is told again."""
        told = json_object(body)
        if not isinstance(told.get("id"), str):
            raise GateUnreadable("nobody_listens" if told.get("reason_code") == 16 else "not_published")
        return Step(_TOLD)


def _minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
