"""Are clouds asked for everything that passed, and is what they answer read for no more than it says?"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.registry import PASSAGE_PULLS
from integrations.time_windows import window_of
from parking.boundary.gates import (
    GateUnreadable,
    PassageTold,
    PullQuestion,
    SignatureWrong,
)
from parking.kernel.vocabulary import Direction
from tests.adapters.gate_talk import NOW, PLATE, SECRET


class TestAsking:
    QUESTION = PullQuestion("https://cloud.example/api/", "12250", SECRET, "P1", None, NOW, nonce="n1")

    @given(
        st.lists(
            st.tuples(st.integers(1, 86_400 * 3), st.integers(0, 4), st.sampled_from([900, 86_400])),
            max_size=8,
        )
    )
    def test_no_instant_falls_between_two_windows(self, rounds: list[tuple[int, int, int]]) -> None:
        cursor, at, reached = None, NOW, None
        for later_s, pages, look_back_s in rounds:
            at += timedelta(seconds=later_s)
            begun_at = at
            for page in range(pages + 1):
                question = replace(self.QUESTION, cursor=cursor, asked_at=at, look_back_s=look_back_s)
                window = window_of(question)
                assert (window.page, window.until) == (page + 1, begun_at)
                cursor = window.after(more=page < pages)
                at += timedelta(seconds=3)
            assert reached is None or window.since <= reached
            reached = window.until

    @pytest.mark.parametrize(
        "cursor", ["", "yesterday", "2026-11-21T00:00:00", "a/b/c", f"{NOW}/{NOW}/0", "1/2"]
    )
    def test_a_foreign_cursor_is_refused(self, cursor: str) -> None:
        for pull in PASSAGE_PULLS.values():
            with pytest.raises(GateUnreadable, match="bad_cursor"):
                pull.ask(replace(self.QUESTION, cursor=cursor))

    def test_a_cloud_that_was_silent_for_a_month_is_asked_for_a_week(self) -> None:
        month_ago = (NOW - timedelta(days=30)).isoformat()
        assert window_of(replace(self.QUESTION, cursor=month_ago)).since == NOW - timedelta(days=7)

    def test_a_page_as_text_is_a_page_and_one_bad_record_sinks_no_other(self) -> None:
        good = {"plateNo": PLATE, "capFlag": "2", "capTime": "2026-11-21T16:30:00", "nodeName": "N"}
        page = {"totalCount": "3", "detailList": [good, {**good, "capFlag": 3}, "x"]}
        body = json.dumps({"code": 0, "data": json.dumps(page)}).encode()
        answer = PASSAGE_PULLS["keytop"].answer(self.QUESTION, body)
        assert [problem.code for problem in answer.reading.problems] == ["unknown_direction", "not_an_object"]
        (passage,) = answer.reading.messages
        assert passage == PassageTold(NOW, None, Direction.EXIT, PLATE, lot_key="P1", lane_key="N")
        assert not answer.more

    @pytest.mark.parametrize(
        ("name", "answer", "code"),
        [
            ("keytop", {"code": 401, "message": "签名错误"}, "cloud_said_no"),
            ("keytop", {"message": "?"}, "cloud_said_no"),
            ("keytop", {"code": 0, "data": {"totalCount": 5, "detailList": []}}, "page_short"),
            ("keytop", {"code": 0, "data": {"detailList": {}, "totalCount": 0}}, None),
            ("keytop", {"code": 0, "data": 7}, "not_an_object"),
            ("hikvision_cloud", {"errorCode": 1004}, "token_refused"),
            ("hikvision_cloud", {"errorCode": 1006}, "cloud_said_no"),
            ("hikvision_cloud", {"errorCode": 0, "data": {"total": 900, "list": [{}]}}, "page_short"),
            ("hikvision_cloud", {"errorCode": 0, "data": None}, None),
        ],
    )
    def test_a_cloud_that_says_no_or_too_little_moves_no_cursor(
        self, name: str, answer: dict[str, object], code: str | None
    ) -> None:
        body = json.dumps(answer).encode()
        if code is None:
            read = PASSAGE_PULLS[name].answer(self.QUESTION, body)
            assert (read.reading.messages, read.more) == ((), False)
            return
        with pytest.raises((GateUnreadable, SignatureWrong), match=code):
            PASSAGE_PULLS[name].answer(self.QUESTION, body)

    @pytest.mark.parametrize("name", sorted(PASSAGE_PULLS))
    @given(body=st.binary(max_size=60) | st.recursive(
        st.none() | st.integers() | st.text(max_size=4) | st.just("list"),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["code", "errorCode", "data", "list", "detailList", "total", "plateNo"]), inner
        ),
    ).map(lambda value: json.dumps(value).encode()))  # fmt: skip
    @settings(max_examples=80)
    def test_no_answer_brings_the_asking_down(self, name: str, body: bytes) -> None:
        try:
            answer = PASSAGE_PULLS[name].answer(self.QUESTION, body)
        except (GateUnreadable, SignatureWrong):
            return
        assert window_of(replace(self.QUESTION, cursor=answer.cursor))

    def test_no_secret_is_shown(self) -> None:
        for pull in PASSAGE_PULLS.values():
            assert SECRET not in repr(self.QUESTION) + repr(pull.ask(self.QUESTION))
