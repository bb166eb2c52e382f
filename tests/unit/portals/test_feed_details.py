"""Does every word of an adapter reach a Chinese page in Chinese, and an English one in English?"""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
from flask import Flask

from integrations.registry import MAPPING_RULES, SOURCE_ADAPTERS
from parking.boundary.feeds import BreakReason, ProblemKind
from parking.boundary.fetching import FetchFailure
from parking.boundary.files import FileRefused
from parking.guidance.rules.pulls import PullKind, PullState, Reason
from parking.portals._http import i18n
from parking.portals.bureau import mapping_titles, texts
from parking.portals.bureau.feed_details import sentence_of, told_detail, told_failure

ROOT = Path(__file__).parents[3]
# Where the text stands in each call, or by the name "detail".
PLACES = {
    "AddressRefused": 0, "BrokenOff": 0, "FeedBroken": 1, "FetchFailed": 1, "RecordProblem": 3,
    "Refusal": 1, "Refused": 2, "Undecodable": 0, "_unusable": 0, "refuse": 3,
}  # fmt: skip
ENGLISH = re.compile(r"[A-Za-z]{2}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def written(node: ast.expr) -> set[str]:
    """The texts that an expression may be, a value standing where one is quoted; none for a mere value."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.IfExp):
        return written(node.body) | written(node.orelse)
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "7" for part in node.values]
        literal = "".join(part.value for part in node.values if isinstance(part, ast.Constant))
        return {"".join(map(str, parts))} if ENGLISH.search(literal) else set()
    return set()


def flat(nodes: list[ast.expr]) -> list[ast.expr]:
    return [one for node in nodes for one in (node.elts if isinstance(node, ast.Tuple) else [node])]


def details_of(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [getattr(to, "id", getattr(to, "attr", "")) for to in flat(targets)]
            if {"detail", "reason", "phase"} & set(names):
                found |= {text for each in flat([node.value]) for text in written(each)}
        elif isinstance(node, ast.Return) and "failures" in file.name and isinstance(node.value, ast.Tuple):
            found |= written(node.value.elts[1])
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = PLACES.get(name, 99)
            found |= {text for each in node.args[place : place + 1] for text in written(each)}
            found |= {
                text
                for each in node.keywords
                if each.arg in ("detail", "phase")
                for text in written(each.value)
            }
    return {text for text in found if ENGLISH.search(text)}


@pytest.fixture(scope="module")
def details() -> set[str]:
    """What adapters, the fetcher and the rules of guidance may write as a detail."""
    files = [
        *ROOT.glob("integrations/*.py"),
        *ROOT.glob("integrations/sources/**/*.py"),
        *ROOT.glob("parking/guidance/**/*.py"),
    ]
    files = [file for file in files if not file.name.startswith("gate_")]
    return {text for file in files for text in details_of(file)}


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask("words")
    i18n.init_i18n(app)
    return app


def test_every_detail_of_a_problem_or_failure_has_a_sentence(details: set[str]) -> None:
    assert {"7 is no number", "told the same", "no such name", "looking up the name"} <= details
    assert len(details) > 60
    assert {text for text in details if sentence_of(text) is None} == set()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (texts.WHY, (*FetchFailure, *BreakReason, *Reason)),
        (texts.PROBLEMS, tuple(ProblemKind)),
        (texts.PULL_STATES, tuple(PullState)),
        (texts.PULL_KINDS, tuple(PullKind)),
        (texts.FORMATS, tuple(SOURCE_ADAPTERS)),
        (mapping_titles.TITLES, tuple(MAPPING_RULES.presets)),
    ],
)
def test_every_code_that_a_page_shows_has_a_word(words, named) -> None:
    assert {str(each) for each in named} - set(words) == set()


def test_a_preset_is_called_in_english_what_it_calls_itself(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        for name, text in MAPPING_RULES.presets.items():
            assert mapping_titles.mapping_title(f"preset:{name}") == tomllib.loads(text)["title"]


def test_a_detail_speaks_the_language_of_its_reader_and_keeps_what_it_quotes(app: Flask) -> None:
    told = [
        ("六十 is no number", "“六十”不是数字", "“六十” is not a number"),
        (
            "https://a.example: 10.0.0.1 is not a public address",
            "https://a.example：10.0.0.1 不是公网地址",
            "https://a.example: 10.0.0.1 is not a public address",
        ),
        (
            "http://a.example: agreeing on TLS: Connection reset by peer",
            "http://a.example：建立加密连接时：连接被对方断开",
            "http://a.example: agreeing on TLS: Connection reset by peer",
        ),
        (
            "missing_field x 20, repeated x 3",
            "缺少字段 20 处，重复 3 处",
            "A field is missing × 20, Repeated × 3",
        ),
        (
            "name too_long, lat swapped",
            "名称：文字太长；lat：经度与纬度写反了",
            "Name: too long; lat: longitude and latitude are swapped",
        ),
        ("60%(free)s is no number", "“60%(free)s”不是数字", "“60%(free)s” is not a number"),
        ("8 Uhr bis 20 Uhr", "8 Uhr bis 20 Uhr", "8 Uhr bis 20 Uhr"),
    ]
    for place, language in ((1, "zh"), (2, "en")):
        with app.test_request_context(f"/?lang={language}"):
            for each in told:
                assert told_detail(each[0]) == each[place]
    # No workbook is an image, and its size is looked at before it is read.
    others = {"file_too_large", "image_too_many_pixels"}
    refusals = [each for each in FileRefused.__subclasses__() if each.__module__ == FileRefused.__module__]
    codes = {each.code for each in refusals} - others
    with app.test_request_context("/?lang=zh"):
        assert all(CHINESE.search(told_detail(code)) for code in codes)
        assert told_failure("not_xml", "a document type is not allowed") == (
            "回答不是有效的 XML：不接受文档类型声明（DOCTYPE）"
        )
        assert told_detail(None) == ""
