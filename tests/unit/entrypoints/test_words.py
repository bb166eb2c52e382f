"""In which language does the command line speak?"""

from __future__ import annotations

import pytest

from parking.entrypoints.cli.words import sentence


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "缺少字段"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "A field is missing"),
        ({"LANG": "C.UTF-8"}, "A field is missing"),
        ({"LANG": "C.UTF-8", "PARKING_DEFAULT_LOCALE": "zh"}, "缺少字段"),
        ({"LANG": "en_GB.UTF-8", "PARKING_DEFAULT_LOCALE": "zh"}, "A field is missing"),
    ],
)
def test_a_terminal_that_names_no_language_reads_the_citys(environ: dict[str, str], said: str) -> None:
    assert sentence("缺少字段", {}, environ) == said
