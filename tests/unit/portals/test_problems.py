"""What a schema refuses is told in the reader's language, also where the library says it in English."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields, validate

from parking.kernel.errors import FieldProblem
from parking.portals._http import problems
from parking.portals.gateway import schemas


def _said(schema: Schema, told: Any) -> list[FieldProblem]:
    with pytest.raises(ValidationError) as refused:
        schema.load(told)
    return list(problems.field_problems(refused.value.messages))


class _Every(Schema):
    """A field of each kind that our interfaces have, and each rule for one."""

    length = fields.List(fields.Integer(), validate=validate.Length(1, 3))
    short = fields.String(validate=validate.Length(max=2))
    long = fields.String(validate=validate.Length(min=2))
    within = fields.Integer(validate=validate.Range(1, 5))
    one_of = fields.String(validate=validate.OneOf(["a", "b"]))
    pattern = fields.String(validate=validate.Regexp("a"))
    mapping = fields.Dict()
    nested = fields.Nested(Schema)
    date = fields.Date()
    at = fields.AwareDateTime()
    utf8 = fields.String()
    number = fields.Float()
    flag = fields.Boolean()


WRONG = {
    "length": [],
    "short": "abc",
    "long": "a",
    "within": 9,
    "one_of": "c",
    "pattern": "b",
    "mapping": "x",
    "nested": "x",
    "date": "x",
    "at": "2026-11-21T18:30:00",
    "utf8": b"\xff",
    "number": 10**400,
    "flag": "x",
}


def test_everything_that_the_library_says_is_said_in_chinese() -> None:
    told = _said(_Every(), WRONG)
    assert {each.field.split(".")[0] for each in told} == WRONG.keys()
    assert not [each for each in told if each.text.isascii() or "said" in each.params]
    by_field = {each.field: each.text % each.params for each in told}
    assert by_field["length"] == "长度应在 1 到 3 之间"
    assert by_field["within"] == "应在 1 到 5 之间"
    assert by_field["one_of"] == "只能是：a, b"
    assert by_field["mapping"] == "应是一个 JSON 对象"


def test_a_batch_that_is_no_list_or_too_long_is_refused_in_words_once() -> None:
    for told in ({"passages": []}, {"passages": "x"}, {"passages": [{}] * 501}):
        [problem] = _said(schemas.BatchSchema(), told)
        assert not problem.text.isascii(), told
    [problem] = _said(schemas.EtcSchema(only=["fee_fen"]), {"fee_fen": -1})
    assert problem.code == "out_of_range"
