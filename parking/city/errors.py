"""What can be wrong with a city profile or its calendar?"""

from __future__ import annotations

from parking.kernel.errors import N_, Conflict, FieldProblem, InvalidInput, NotFound


class ProfileRefused(InvalidInput):
    """The profile as a whole was refused; each problem names its field."""

    code = "city_profile_refused"
    text = N_("城市档案有 %(count)s 处错误，未作任何更改")


class ProfileMissing(NotFound):
    """No profile was loaded, so that nothing can be placed."""

    code = "city_profile_missing"
    text = N_("尚未载入城市档案：请运行 parking city load FILE")


class CalendarDayRefused(InvalidInput):
    """A calendar day needs a name in both languages, and a date of the calendar."""

    code = "city_calendar_day_refused"
    text = N_("节假日内容有误")


class SettingUnknown(NotFound):
    """The console sets no value of this name, or a list has no such row."""

    code = "city_setting_unknown"
    text = N_("没有这项设置：%(key)s")


class SettingRefused(InvalidInput):
    """A value is not of its type, out of its bounds, or dated into the past."""

    code = "city_setting_refused"
    text = N_("设置的内容有误")


class SettingChanged(Conflict):
    """Somebody else set the value since it was read."""

    code = "city_setting_changed"
    text = N_("这项设置已被他人更改，请核对后再改")


class DistrictUnknown(InvalidInput):
    """A list was asked for a district that the city does not have: not the same as one without lots."""

    code = "district_unknown"
    text = N_("没有这个镇街")

    def __init__(self) -> None:
        super().__init__(problems=[FieldProblem("district", self.code, self.text)])
