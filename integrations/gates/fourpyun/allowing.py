"""How is the P云 cloud told who may enter? By a reservation for each pass, taken back by its number.

The vendor's list of fixed vehicles would do as well, but is taken back by the plate, which is forgotten as
soon as a pass is withdrawn.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from integrations.gate_documents import json_object
from integrations.gate_values import Refused, at_path, text_or_none
from integrations.gates.fourpyun.protocol import signed
from parking.boundary.allow_lists import EntryNotTaken, ListEntry, PushLink, PushManifest, Step
from parking.boundary.fetching import FetchRequest
from parking.boundary.gates import GateUnreadable, SignatureWrong

_PATH = "/gate/1.0/parking/reserve/apply"
_FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
_REASON = "错时共享预约"
_COLOUR_UNKNOWN = "-1"
# Held: "apply:" and the vendor's number of the reservation; then that it is gone.
_APPLIED, _GONE = "apply:", "gone"
# Taken; taken, and the lot has to agree.
_TAKEN = ("1001", "1000")
_NOT_OURS = ("401", "403", "1401")
_BUSY = ("503",)


class Reservations:
    """The telling side; see `boundary.allow_lists.AllowListPush`."""

    manifest = PushManifest(
        name="fourpyun",
        vendor="P云 4PYun",
        message="parking/reserve/apply, DELETE",
        state="signature proven with the vendor's vectors; messages by its public documents",
    )

    def ask(self, link: PushLink, entry: ListEntry) -> FetchRequest | None:
        """Apply for a reservation, or cancel the one that is held."""
        held = entry.held or ""
        url = link.base_url.rstrip("/") + _PATH
        if entry.plate is not None and not held:
            form = signed(self._application(link, entry, entry.plate), link.secret)
            return FetchRequest(url, post=urlencode(form).encode(), headers=_FORM)
        if entry.plate is None and held.startswith(_APPLIED):
            number = held.removeprefix(_APPLIED)
            if not number:
                raise EntryNotTaken("number_unknown")
            asked = signed({"app_id": link.app_id, "apply_no": number}, link.secret)
            return FetchRequest(f"{url}?{urlencode(asked)}", delete=True)
        return None

    def answer(self, link: PushLink, entry: ListEntry, body: bytes) -> Step:
        """The number of the reservation, or that it is gone."""
        try:
            told = json_object(body)
            code = text_or_none(told.get("code"), "code") or ""
            if code in _NOT_OURS or "签名" in str(told.get("hint") or ""):
                raise SignatureWrong
            if code in _BUSY or not code:
                raise GateUnreadable("cloud_said_no", code)
            if code not in _TAKEN:
                raise EntryNotTaken(code)
            if entry.plate is None:
                return Step(_GONE)
            return Step(_APPLIED + (text_or_none(at_path(told, "payload", "apply_no"), "apply_no") or ""))
        except Refused as refused:
            raise GateUnreadable(refused.code, refused.field) from None

    @staticmethod
    def _application(link: PushLink, entry: ListEntry, plate: str) -> dict[str, str]:
        return {
            "app_id": link.app_id,
            "park_uuid": link.lot_key,
            "plate": plate,
            "plate_color": _COLOUR_UNKNOWN,
            "realname": link.desk_name,
            "mobile": link.desk_phone,
            "reason": _REASON,
            "start_time": _instant(entry.from_at),
            "end_time": _instant(entry.until_at),
        }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
