"""What can be wrong with a lot, its hours or its spaces?"""

from __future__ import annotations

from parking.kernel.errors import N_, Conflict, FieldProblem, InvalidInput, NotFound, RuleBroken


class UnreadableHours(InvalidInput):
    """The text is no OSM opening hours."""

    code = "lot_hours_unreadable"
    text = N_("开放时间“%(text)s”无法识别，请按 OSM opening_hours 书写，例如 Mo-Fr 07:00-22:00; PH off")


class LotRefused(InvalidInput):
    """Fields of a lot are wrong; each problem names its field."""

    code = "lot_refused"
    text = N_("停车场信息有 %(count)s 处错误")


class LotNotFound(NotFound):
    """No lot has this id."""

    code = "lot_not_found"
    text = N_("没有这个停车场")


class LotCodeTaken(Conflict):
    """Another lot has this code or this filing number."""

    code = "lot_code_taken"
    text = N_("停车场编号或备案编号已被使用：%(taken)s")


class LotChanged(Conflict):
    """Somebody else changed the lot since it was read."""

    code = "lot_changed"
    text = N_("停车场信息已被他人更改，请刷新后重试")


class SpacesBelowZero(RuleBroken):
    """A ledger entry would leave fewer than no spaces, or fewer than no metres."""

    code = "lot_spaces_below_zero"
    text = N_("台账合计将小于零：现有 %(standing)s，变动 %(change)s")


class EmptyEntry(InvalidInput):
    """A ledger entry changes neither spaces nor metres."""

    code = "lot_ledger_entry_empty"
    text = N_("台账变动不能为零")


class ReasonRefused(InvalidInput):
    """The sign of a change contradicts its reason."""

    code = "lot_ledger_reason_refused"
    text = N_("台账原因与增减方向不符")


class UnreadableFile(InvalidInput):
    """A file that is to be imported cannot be read as a table of lots; its problem says why."""

    code = "lot_file_unreadable"
    text = N_("文件无法读取")

    def __init__(self, code: str, text: str, **params: object) -> None:
        super().__init__(problems=[FieldProblem("file", code, text, params)])


class TextTooLong(RuleBroken):
    """A text of the register is longer than a cell of a workbook, which would cut it in silence."""

    code = "lot_text_too_long"
    text = N_("停车场 %(code)s 的 %(field)s 超过 %(most)s 个字，单元格放不下：请先缩短")


class LaneNotFound(NotFound):
    """No open lane has this id."""

    code = "lane_not_found"
    text = N_("没有这条车道")


class LaneRefused(InvalidInput):
    """Fields of a lane are wrong; each problem names its field."""

    code = "lane_refused"
    text = N_("车道信息有误")


class LaneNameTaken(Conflict):
    """Another open lane of the lot has this name."""

    code = "lane_name_taken"
    text = N_("该停车场已有名为 %(name)s 的车道")


class LaneCountedAlready(Conflict):
    """A lane has one counting source at a time, and it is another one."""

    code = "lane_counted_already"
    text = N_("车道 %(name)s 已有计数来源；请先把它改为旁证，或把本设备登记为旁证")


class LaneInUse(Conflict):
    """A device stands at the lane: it must go first."""

    code = "lane_in_use"
    text = N_("车道 %(name)s 上还有设备，请先移走或停用")


class DeviceNotFound(NotFound):
    """No device has this id, or it is disabled and the step needs a working one."""

    code = "device_not_found"
    text = N_("没有这台设备")


class DeviceRefused(InvalidInput):
    """Fields of a device are wrong; each problem names its field."""

    code = "device_refused"
    text = N_("设备信息有误")


class DeviceSerialTaken(Conflict):
    """Another working device of this dialect has this serial."""

    code = "device_serial_taken"
    text = N_("序列号 %(serial)s 已登记给另一台设备")


class DeviceChanged(Conflict):
    """Somebody else changed the device since it was read."""

    code = "device_changed"
    text = N_("设备信息已被他人更改，请刷新后重试")


class GrantRefused(InvalidInput):
    """A client cannot be given these lots; each problem names its field."""

    code = "grant_refused"
    text = N_("停车场编号有误")


class LentBeyondSpaces(RuleBroken):
    """Lent spans that overlap would lend more spaces of a class than the ledger gives it."""

    code = "lot_lent_beyond_spaces"
    text = N_("同一时刻出借的车位将多于该类车位的登记数")
