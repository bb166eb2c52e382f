"""What is a mapping called on a page? One that ships by its title in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext

from parking.boundary.feeds import PRESET
from parking.kernel.errors import N_

TITLES: Mapping[str, str] = {
    "aarhus": N_("奥胡斯（丹麦）：停车楼"),
    "basel": N_("巴塞尔（瑞士）：停车诱导系统"),
    "bielefeld": N_("比勒费尔德（德国）：停车场"),
    "brussels": N_("布鲁塞尔（比利时）：停车场"),
    "frankfurt": N_("法兰克福（德国）：DATEX II 余位，按 XML 读取"),
    "freiburg": N_("弗赖堡（德国）：停车楼和停车诱导系统"),
    "freiburg_2016": N_("弗赖堡（德国）：2016 年的位置"),
    "freiburg_layer": N_("弗赖堡（德国）：只有诱导系统图层"),
    "germany_archive": N_("德国多个城市的存档"),
    "goldbeck": N_("Goldbeck：工作簿模板里的停车楼"),
    "hamburg": N_("汉堡（德国）：地理门户的停车场"),
    "heidelberg": N_("海德堡（德国）：停车楼"),
    "heilbronn_goldbeck": N_("海尔布隆（德国）：Goldbeck 的运营接口"),
    "hong_kong": N_("香港：停车场和余位"),
    "ingolstadt": N_("因戈尔施塔特（德国）：位置"),
    "kaiserslautern": N_("凯泽斯劳滕（德国）：停车诱导系统"),
    "malaga": N_("马拉加（西班牙）：市属停车场，一天的记录"),
    "malaga_catalogue": N_("马拉加（西班牙）：停车场目录"),
    "opendata_swiss": N_("瑞士铁路：停车换乘"),
    "rosenheim": N_("罗森海姆（德国）：停车诱导系统"),
    "salzburg": N_("萨尔茨堡（奥地利）：有余位的停车场"),
    "shenzhen_card": N_("深圳：单个停车场的资料"),
    "shenzhen_lots": N_("深圳：停车场列表"),
    "singapore_availability": N_("新加坡：余位"),
    "singapore_register": N_("新加坡：建屋发展局的停车场名录"),
    "singapore_snapshots": N_("新加坡：记录下来的余位"),
    "stuttgart": N_("斯图加特（德国）：市里的 DATEX II，按 XML 读取"),
    "taipei": N_("台北：路外停车场"),
}


def mapping_title(mapping: str) -> str:
    """What a mapping is called where a source names it: ours by its own name."""
    name = mapping.removeprefix(PRESET)
    return gettext(TITLES[name]) if mapping.startswith(PRESET) and name in TITLES else mapping
