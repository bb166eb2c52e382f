"""What are lanes, devices and what they do called on a page? Chinese here, English in the catalogue."""

from __future__ import annotations

from parking.kernel.errors import N_
from parking.lots.rules import DeviceKind, DeviceRole, LaneDirection

LANE_DIRECTIONS = {
    LaneDirection.ENTRY: N_("入口"),
    LaneDirection.EXIT: N_("出口"),
    LaneDirection.TOLD: N_("由每条记录说明"),
}

DEVICE_KINDS = {
    DeviceKind.CAMERA: N_("车牌识别相机"),
    DeviceKind.SENSOR: N_("泊位检测器"),
    DeviceKind.CLOUD: N_("厂商平台"),
}

DEVICE_ROLES = {DeviceRole.COUNTING: N_("计数"), DeviceRole.EVIDENCE: N_("只作旁证")}
