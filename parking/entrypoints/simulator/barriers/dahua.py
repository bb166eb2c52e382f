"""How does a Dahua camera push (ITSAPI)? JSON; until it reads {"Result": true} it sends the same again."""

from __future__ import annotations

import base64
from datetime import datetime

import orjson

from parking.entrypoints.simulator.barriers.crossing import Crossing, Gate, Heard, Leads, Message, local
from parking.entrypoints.simulator.barriers.vzenith import PICTURE


class DahuaItsapi:
    """/NotificationInfo/TollgateInfo and /NotificationInfo/KeepAlive."""

    def tell(self, gate: Gate, crossing: Crossing, *, resent: bool = False) -> Message:
        plate = crossing.plate
        picture = base64.b64encode(PICTURE).decode()
        body = {
            "Picture": {
                "Plate": {
                    "IsExist": plate is not None,
                    "PlateNumber": plate or "",
                    "PlateColor": "Unknown" if plate is None else "Green" if crossing.is_electric else "Blue",
                    "PlateType": "",
                    "Confidence": 0 if plate is None else 95,
                    "Channel": 0,
                    "Region": "",
                    "UploadNum": 2 if resent else 1,
                    "BoundingBox": [0, 0, 0, 0],
                },
                "Vehicle": {"VehicleColor": "White", "VehicleType": "", "VehicleSign": ""},
                "SnapInfo": {
                    "DeviceID": gate.serial,
                    # The wall clock without an offset, in milliseconds; its zone in hours beside it.
                    "AccurateTime": local(crossing.at, "%Y-%m-%d %H:%M:%S.%f")[:-3],
                    "Direction": "Obverse" if crossing.leads is Leads.ENTRY else "Reverse",
                    "TimeZone": 8,
                    "AllowUser": False,
                    "BlockUser": False,
                },
                "NormalPic": {"PicName": "normal.jpg", "Content": picture},
                "CutoutPic": {"PicName": "cutout.jpg", "Content": picture},
            }
        }
        return Message("NotificationInfo/TollgateInfo", orjson.dumps(body))

    def take_back(self, gate: Gate, crossing: Crossing, at: datetime) -> Message | None:
        return None

    def beat(self, gate: Gate, at: datetime) -> Message | None:
        body = {"Active": "keepAlive", "DeviceID": gate.serial}
        return Message("NotificationInfo/KeepAlive", orjson.dumps(body))

    def hear(self, status: int, body: bytes) -> Heard:
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError:
            return Heard(is_acknowledged=False)
        return Heard(status == 200 and isinstance(answer, dict) and answer.get("Result") is True)
