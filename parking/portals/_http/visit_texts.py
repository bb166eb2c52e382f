"""How are visits, their doubts and what was refused at the door called?"""

from __future__ import annotations

from collections.abc import Mapping

from parking.kernel.errors import N_
from parking.kernel.vocabulary import StayKind
from parking.visits.rules.pairing import Doubt, VisitState

DOUBTS: Mapping[Doubt, str] = {
    Doubt.SECOND_ENTRY: N_("未出场又进场"),
    Doubt.EXIT_WITHOUT_ENTRY: N_("无进场记录"),
    Doubt.BACKED_OUT: N_("车辆折返"),
    Doubt.TOO_LONG: N_("超过 30 天"),
    Doubt.ZERO_LENGTH: N_("时长为零"),
    Doubt.NEGATIVE: N_("出场早于进场"),
}
DOUBT_MEANINGS: Mapping[Doubt, str] = {
    Doubt.SECOND_ENTRY: N_("同一车辆再次进场，上一次没有出场记录；上一次按再次进场的时间结束。"),
    Doubt.EXIT_WITHOUT_ENTRY: N_("有出场、没有进场，多为漏识别或识别错号；进场记录补到后自动配对。"),
    Doubt.BACKED_OUT: N_("设备报告折返，或两分钟内从同一道闸进出；不计费。"),
    Doubt.TOO_LONG: N_("进场超过 30 天；没有出场的先结束，补到出场后仍会配对。"),
    Doubt.ZERO_LENGTH: N_("进场与出场是同一时刻；不计费。"),
    Doubt.NEGATIVE: N_("同一停车编号的出场早于进场，多为两台设备时钟不一致；不计费。"),
}
STAYS: Mapping[StayKind, str] = {
    StayKind.CASUAL: N_("临停"),
    StayKind.MONTHLY: N_("月租"),
    StayKind.SHARED: N_("共享"),
}
VISIT_STATES: Mapping[VisitState, str] = {
    VisitState.OPEN: N_("在场"),
    VisitState.CLOSED: N_("已结束"),
    VisitState.VOIDED: N_("已作废"),
}
REFUSALS: Mapping[str, str] = {
    "too_old": N_("超过 7 天的旧记录"),
    "clock_ahead": N_("设备时间超前"),
    "clock_behind": N_("设备时间落后 180 天以上"),
    "unknown_lot": N_("停车场未对应"),
    "unknown_lane": N_("车道未对应"),
    "unknown_device": N_("设备未登记"),
    "direction_missing": N_("未报进出方向"),
    "bad_event_id": N_("记录编号有误"),
    "holds_plate": N_("编号不能含车牌"),
    "event_id_reused": N_("编号已用于另一条记录"),
    "nothing_to_undo": N_("没有可撤销的记录"),
    "signature_wrong": N_("签名有误"),
    "serial_differs": N_("序列号与登记的不同"),
    "unreadable": N_("报文无法读取"),
    "truncated": N_("报文不完整"),
    "too_large": N_("报文太大"),
    "too_many_parts": N_("报文分段太多"),
    "missing": N_("缺少字段"),
    "too_long": N_("字段太长"),
    "not_a_text": N_("字段不是文字"),
    "not_a_number": N_("字段不是数字"),
    "not_a_time": N_("时间无法识别"),
    "out_of_range": N_("数值超出范围"),
    "unknown_direction": N_("不认识的进出方向"),
    "unknown_time_zone": N_("设备时区未知"),
    "sensor_broken": N_("车位检测器故障"),
    "not_a_list": N_("字段不是列表"),
    "not_an_entry": N_("不是进场记录"),
    "unsigned_list": N_("列表没有签名"),
    "unknown_path": N_("不认识的地址"),
    "path_differs": N_("地址与接入规则不同"),
    "not_published": N_("这种消息没有公开的格式"),
    "unknown_service": N_("不认识的服务名称"),
    "service_differs": N_("服务名称与地址不同"),
    "nobody_listens": N_("没有可送达的相机"),
    "profile_wrong": N_("接入规则写法有误"),
    "cloud_said_no": N_("厂商平台没有答应"),
    "entities_refused": N_("报文含有实体定义，不读取"),
    **dict.fromkeys(
        ("not_json", "not_xml", "not_a_form", "not_multipart", "not_an_object", "wrong_encoding"),
        N_("报文格式不对"),
    ),
    **dict.fromkeys(
        ("unknown_event", "unknown_message", "unknown_document", "no_event"), N_("不认识的消息种类")
    ),
    **dict.fromkeys(("ambiguous_name", "ambiguous_value", "repeated_field"), N_("字段有歧义，签名无法确认")),
}
"""Why something was not taken; a test finds an adapter's reason that is missing here."""
DIRECTIONS: Mapping[str, str] = {"entry": N_("进场"), "exit": N_("出场")}
