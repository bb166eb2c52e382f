"""Does a price in prose become the tariff that it tells, and is whatever else it says told?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from parking.city.rules import Calendar
from parking.entrypoints.cli.tariff_proposing import propose as command
from parking.tariffs.rules.document import read, write
from parking.tariffs.rules.prose import Proposal, Understanding, propose, propose_columns, words
from parking.tariffs.rules.quotes import Stay, quote
from parking.tariffs.rules.words import PROBLEMS

MONDAY = datetime(2026, 3, 1, 16, tzinfo=UTC)  # midnight in Shanghai and Singapore


def fee(proposal: Proposal, hours: float, day: int = 0, at: float = 9) -> float:
    """What a stay costs by what is proposed, in yuan or dollars."""
    assert proposal.document is not None
    entered = MONDAY + timedelta(days=day, hours=at)
    stay = Stay(entered, entered + timedelta(hours=hours))
    return quote(read(proposal.document), stay, Calendar()).fee_fen / 100


def row(*cells: str) -> Proposal:
    names = ("weekdays_rate_1", "weekdays_rate_2", "saturday_rate", "sunday_publicholiday_rate")
    return propose_columns(dict(zip(names, cells, strict=True)))


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("首小时5元，之后每小时2元，24小时封顶20元，30分钟内免费", [(0.5, 0), (0.6, 5), (3, 9), (12, 20)]),
        ("首小时4元, 之后1元/小时, 全天最高10元", [(1, 4), (3.1, 7), (12, 10)]),
        ("8:00-20:00每半小时3元，其余时间免费，24小时封顶三十元", [(1, 6), (11, 30), (20, 30)]),
        ("白天（7:00-19:00）每30分钟1元；夜间（19:00-次日7:00）每小时0.5元", [(2, 4), (12, 21)]),
        ("第一小时5元，第二小时起每小时3元，不足1小时按1小时计", [(1, 5), (1.1, 8)]),
        ("前2小时10元；以后每半小时¥1.5", [(2, 10), (3, 13)]),
        ("每小时3元，不足一小时按一小时", [(1, 3), (1.1, 6)]),
        # One price for two times of day, of which only the longer one comes to its second step.
        (
            "7:00-12:00 15:00-17:00 前2小时4元，之后每小时1元；17:00-7:00每次5元；其余时间免费",
            [(2, 4), (3, 5), (8, 9)],
        ),
        ("周末,节假日每小时2元,工作日免费", [(1, 0)]),
        ("8am to 6pm - $ 4.00 flat, 6pm to 8am - $2 per hr", [(2, 4)]),
        ("前30分钟免费，之后每小时2元", [(0.5, 0), (1.5, 2), (1.6, 4)]),
        ("每次5元", [(0.1, 5), (70, 5)]),
        (
            "$2.20 for 1st 2hrs; $1.10 for sub. ½ hr (Capped at $26 every 24hrs)",
            [(2, 2.2), (3, 4.4), (20, 26)],
        ),
        (
            "6.30am to 6.30pm - first 3 hours at $3.00 and subsequent half an hour $1.50; other times free",
            [(3, 3), (3.6, 6), (20, 22.5)],
        ),
    ],
)
def test_a_price_in_prose_costs_what_it_says(text: str, stays: list[tuple[float, float]]) -> None:
    proposal = propose(text)
    assert proposal.understanding is Understanding.WHOLE, proposal.not_understood
    assert [fee(proposal, hours) for hours, _ in stays] == [told for _, told in stays]
    assert write(read(proposal.document or {})) == proposal.document


def test_each_day_has_the_price_of_its_column() -> None:
    rates = row(
        "8am-4.59pm: $2 for 1st hr; $1 for sub. ½ hr or part thereof.",
        "Aft 5pm: $3 per entry",
        "Charges same as wkdays, but $2.50 per entry after 1pm",
        "$4 per entry (excluding eve of dinners)",
    )
    assert [phrase.words for phrase in rates.not_understood] == ["excluding eve of dinners"]
    assert rates.currency == "SGD"
    assert [fee(rates, 2, day) for day in (0, 4, 5, 6)] == [4, 4, 4, 4]
    assert [fee(rates, 2, day, at=14) for day in (0, 5, 6)] == [4, 2.5, 4]
    assert [fee(rates, 4, day, at=15) for day in (0, 5, 6)] == [7, 2.5, 4]
    # Five in the afternoon lasts until eight in the morning, when the next time that is told begins.
    assert fee(rates, 14, at=18) == 3


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("封顶20元", words.CAP_OF_WHAT),
        ("30分钟内免费", words.NO_PRICE),
        ("Car park closed at 11pm daily", words.NO_PRICE),
        ("Capped at $35 per 24hrs. $0.035 per min", words.NO_WHOLE_FEN),
        ("8am-5pm: $1 per hr", words.SILENT_HOURS),
        ("工作日每小时2元，周末每小时3元", words.SILENT_HOLIDAYS),
        ("周一至周五每小时2元", words.SILENT_DAYS),
        ("首小时5元", words.THEN_WHAT),
        ("8:00-20:00每小时2元；18:00-8:00每小时1元", words.TWO_PRICES),
        ("每小时2元；每小时3元", words.FITS_NOT),
        ("每小时2元，$3 per hr", words.OTHER_CURRENCY),
        ("小型车每小时2元，大型车每小时4元", words.UNKNOWN),
        ("夜间每小时1元", words.UNKNOWN),
        ("每小时5元，24小时封顶3元", PROBLEMS["cap_below_unit"]),
        ("8:00-9:00每小时2元,其余时间免费,24小时封顶10元,60分钟内免费", words.REFUSED["never_reached"]),
        # A minus is no dash between words, and no price is below nothing.
        ("每小时-3元", words.UNKNOWN),
        ("-$2 per hour", words.UNKNOWN),
        ("首小时5元，之后每小时－2元", words.UNKNOWN),
    ],
)
def test_what_is_not_said_or_not_understood_is_told_and_nothing_is_proposed(text: str, why: str) -> None:
    proposal = propose(text)
    assert proposal.document is None
    assert why in {phrase.text for phrase in proposal.not_understood}


def test_a_plain_comma_parts_chinese_sentences_as_theirs_does() -> None:
    for comma in ("，", ",", ", "):
        proposal = propose(f"雨天免费{comma}每小时2元{comma}24小时封顶20元")
        assert [phrase.words for phrase in proposal.not_understood] == ["雨天免费"]
        assert fee(proposal, 2) == 4


def test_a_contradiction_is_told_with_its_reason() -> None:
    [left] = propose("每小时5元，24小时封顶3元").not_understood
    assert left.text % left.params == "最高收费低于一个计费单位的价格 500"


def test_a_surcharge_in_words_leaves_the_proposal_partial() -> None:
    proposal = propose("$2 per hr (Lunch Hr Surcharge of additional $1.07 between 12pm - 2pm)")
    assert proposal.understanding is Understanding.PARTLY
    [left] = proposal.not_understood
    assert "Surcharge of additional $1.07" in left.words


def test_what_a_text_leaves_open_is_told_as_assumed() -> None:
    told = {phrase.text for phrase in propose("7am-6pm: $2 per hr; Aft 6pm: $3 per entry").assumed}
    assert {
        words.ASSUMED_BEGUN,
        words.ASSUMED_CROSSING,
        words.ASSUMED_OVERNIGHT,
        words.ASSUMED_CURRENCY,
    } == told


_WORDS = """
首 前 小时 半小时 30分钟 5元 ¥0.5 二十五元 每 / 之后 24小时 封顶 最高 每天 免费 内 其余时间 大型车 8:00-20:00
20:00后 工作日 周末 节假日 周一至周五 ， ； （ ） $1.20 $0.018 1st hr 2hrs ½ sub. per entry for Mon-Thu Sat,
Daily Sun/PH 7am-6pm Aft 6pm Same as wkdays Saturday but capped at 15 mins free onwards 2nd surcharge
"""


@given(st.lists(st.sampled_from(_WORDS.split()), max_size=14).map(" ".join))
def test_no_number_is_lost_whatever_the_text(text: str) -> None:
    proposal = propose(text)
    told = [*proposal.understood, *proposal.not_understood]
    covered = {at for phrase in told for at in range(phrase.start, phrase.end)}
    assert [char for at, char in enumerate(text) if char.isdigit() and at not in covered] == []
    assert all(text[each.start : each.end] == each.words for each in proposal.understood)
    if proposal.document is not None:
        assert write(read(proposal.document)) == proposal.document


def test_the_command_proposes_and_tells_what_is_left(tmp_path: Any) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("名称,价格\n东门,每小时2元\n西门,每小时2元；雨天免费\n", encoding="gb18030")
    done = CliRunner().invoke(command, [str(file), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "2 rows: 1 wholly understood" in done.output
    assert "2: 西门: partly: “雨天免费”" in done.output
    assert '"fen": 200' in (tmp_path / "out" / "00001.json").read_text()
    file.write_text("name,text\nA,$2 per hour\nB,每小时3元\n", encoding="utf-8")
    assert "1 of them are in USD, not in yuan" in CliRunner().invoke(command, [str(file)]).output
    file.write_text("name,text\nA," + "9" * 200_000, encoding="utf-8")
    assert "field larger than" in CliRunner().invoke(command, [str(file)]).output
