"""A clerk writes a tariff by forms, tries it, and a second officer publishes it; the sign says the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from parking.accounts.rules import OfficerRole
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.tariffs import queries, service
from tests.factories.accounts import an_officer
from tests.factories.city import DISTRICTS, NOW, a_city
from tests.factories.console import Console, a_console
from tests.factories.lots import a_lot
from tests.factories.tariffs import APPROVER, a_draft

_STEP = "plans[0].schedules[0].bands[0].steps[0]"
_CAP = "plans[0].schedules[0].cap"


@pytest.fixture
def console(sessions: Sessions) -> Iterator[Console]:
    with a_console(sessions) as found:
        yield found


def test_from_a_template_to_the_sign_at_the_entrance(console: Console) -> None:
    with unit_of_work(console.sessions) as uow:
        a_city(uow.session)
        lot = a_lot(uow.session, district_code=DISTRICTS[0])
        other = a_lot(uow.session, district_code=DISTRICTS[1])
        clerk = an_officer(uow.session, "reviewer1")
        admin = an_officer(uow.session, "admin1", [OfficerRole.ADMINISTRATOR])
        stranger = an_officer(uow.session, "reviewer2", districts=DISTRICTS[1:2])
    console.begin(NOW)
    browser = console.officer(clerk.token).open("/bureau/tariffs/new")
    browser.press("建立草稿", name="", code="城区 1")
    assert browser.status == 422 and "请填写名称" in browser.text and "编号为 1 到 40" in browser.text
    browser.press("建立草稿", name="城区停车场", code="OFF-1", template="hourly")
    draft = browser.path.removesuffix("/edit")

    # Day and night by a button; what is wrong stands at its field, and what was typed is kept.
    browser.press("分出一个时段")
    assert browser.status == 200 and "20:00–08:00" in browser.text
    wrong = {f"{_STEP}.fee": "四元", "plans[0].schedules[0].bands[1].until": "07:00"}
    browser.press("保存草稿", wrong)
    assert browser.status == 422
    assert "第 1 个时段 › 第 1 级 › 单价：应为金额，如 2 或 2.50" in browser.text
    (field,) = browser.page.xpath(f'//input[@name="{_STEP}.fee"]')
    assert field.get("value") == "四元" and field.get("aria-invalid") == "true"
    browser.press("检查一遍", {f"{_STEP}.fee": "4"})
    assert "第 2 个时段 › 结束：与下一时段之间有空缺：下一时段从 08:00 开始" in browser.text
    night = {"plans[0].schedules[0].bands[1].until": "8：00", _CAP: "25"}
    browser.press("保存草稿", night | {"from_on": "2026-11-21", "examples[0].fen": "1"})
    assert browser.status == 200 and "每 60 分钟 ¥4" in browser.text, browser.text

    # Its examples do not all come out: nobody can publish it.
    assert "样例 1、2、3 算出来的金额与应收不符" in browser.text
    assert "批准并发布" not in console.officer(admin.token).open(draft).text
    browser.open(f"{draft}/edit")
    for number, fee in enumerate(("0", "8", "25")):
        browser.press("检查一遍", {f"examples[{number}].fen": fee})
    browser.press("保存草稿")
    for asked, says in {
        "coupon=amount&value=1.5": "优惠券：减免 ¥1.50",
        "coupon=per_cent&value=101": "优惠券的数值不对",
        "coupon=tariff&value=nobody": "优惠券所用的收费标准不存在",
        "exemption=fire": "这次停车",
    }.items():
        assert says in browser.open(f"{draft}/try?{asked}").text
    for far in ("try?from=0001-01-01T00:00", "try?until=9999-12-31T00:00", "compare?month=9999-12"):
        assert browser.open(f"{draft}/{far}").status == 200
    browser.open(f"{draft}/try?from=2026-11-23T09:00&until=2026-11-23T10:31")
    assert (
        "¥8" in browser.text
        and "11:00" not in browser.text
        and "超过 30 分钟，到 1 小时" in " ".join(browser.rows)
    )
    browser.press("金额正确，加为样例")
    assert len([row for row in browser.rows if "✓ 相符" in row]) == 4
    assert console.officer(stranger.token).open(f"{draft}/edit").status == 200
    approver = console.officer(admin.token).open(draft)
    before = approver.another()
    browser.open(f"{draft}/edit").press("保存草稿", {"examples[1].fen": "9"})
    before.press("批准并发布")
    assert before.status == 409 and "请重新查看" in before.text
    browser.open(f"{draft}/edit").press("保存草稿", {"examples[1].fen": "8"})
    approver.open(draft).press("批准并发布")
    assert approver.status == 200 and "已发布" in approver.main and "待施行" in approver.main
    assert browser.open(f"{draft}/edit").status != 200

    # To the lots: those of the filter, from a day on.
    approver.open("/bureau/tariffs").follow("城区停车场").follow("设定停车场")
    approver.press("选中的改用这个标准")
    assert approver.status == 422 and "请至少选择一个停车场" in approver.text
    approver.press("选中的改用这个标准", lot_id=[lot.id], from_on="2026-11-21")
    assert [lot.code in row for row in approver.rows] == [True, False]
    without = approver.open("/bureau/tariffs/without").rows
    # The first has one from tomorrow on.
    assert len(without) == 2 and "城区停车场" in without[0] and "城区停车场" not in without[1]
    here = console.officer(stranger.token).open("/bureau/tariffs").follow("城区停车场")
    assert lot.name not in here.text and "另有 1 个停车场在其他镇（街道）" in here.text

    console.begin(NOW.replace(day=21, hour=20))
    sign = console.officer(clerk.token).open(f"/lots/{lot.id}/price-sign?paper=a3")
    assert sign.status == 200
    for words in (lot.name, "每 60 分钟 ¥4", "OFF-1-1", "12345", "2026年11月21日", "minutes"):
        assert words in sign.text, words
    assert sign.open(f"/lots/{other.id}/price-sign").status == 404


def test_a_price_in_prose_becomes_a_draft_with_what_was_not_understood(console: Console) -> None:
    with unit_of_work(console.sessions) as uow:
        a_city(uow.session)
        clerk = an_officer(uow.session, "reviewer1")
    console.begin(NOW)
    browser = console.officer(clerk.token).open("/bureau/tariffs").follow("从文字导入")
    browser.press("读一读", text="30分钟以内免费，每小时3元，24小时最高20元。会员送洗车券。")
    assert "没有读懂的" in browser.text and "洗车" in browser.text
    browser.press("存为草稿", name="", code="P-1")
    assert browser.status == 422 and "请填写名称" in browser.text
    browser.press("存为草稿", name="文字", code="P-1")
    assert browser.path.endswith("/edit") and "已存为草稿" in browser.main
    assert "洗车" in browser.page.xpath('//input[@name="note"]')[0].get("value")

    browser.open("/bureau/tariffs/prose").press("读一读", text="$2.00 per hour")
    assert "没有换算" in browser.text and "每 60 分钟 USD 2" in browser.text and "¥2" not in browser.text
    browser.press("存为草稿", name="外币", code="P-2")
    assert browser.status == 422 and "不是人民币" in browser.text
    browser.press("存为草稿", name="外币", code="P-2", amounts="yes")
    assert browser.page.xpath('//input[@name="note"]')[0].get("value").startswith("金额是 USD")


def test_who_has_lots_elsewhere_does_not_change_a_tariff_of_other_districts(console: Console) -> None:
    with unit_of_work(console.sessions) as uow:
        a_city(uow.session)
        lot = a_lot(uow.session, district_code=DISTRICTS[0])
        version = a_draft(uow.session)
        stranger = an_officer(uow.session, "reviewer2", districts=DISTRICTS[1:2])
        statistician = an_officer(uow.session, "counts", [OfficerRole.STATISTICIAN])
        service.publish(uow.session, APPROVER, version, NOW)
        tariff_id = queries.version(uow.session, version).tariff_id
        service.assign(uow.session, APPROVER, lot.id, tariff_id, None, NOW.date(), NOW)
    console.begin(NOW)
    here = console.officer(stranger.token).open(f"/bureau/tariffs/{tariff_id}")
    assert here.status == 200 and "照此起草新版" not in here.text
    assert "照此起草新版" not in console.officer(statistician.token).open(f"/bureau/tariffs/{tariff_id}").text
