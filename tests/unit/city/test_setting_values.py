"""What may the bureau set, and what is refused before it holds?"""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from parking.city.errors import SettingRefused, SettingUnknown
from parking.city.rules.lists import LISTS, read_row
from parking.city.rules.settings import SETTINGS, read_setting
from parking.entrypoints import demo_city


def wrong(key: str, text: str) -> str:
    with pytest.raises(SettingRefused) as refused:
        read_setting(key, text)
    return refused.value.problems[0].code


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("filings.accept_days", " 3 ", 3),
        ("filings.deemed_acceptance", "false", False),
        ("accounts.password_policy", "asvs", "asvs"),
        ("site.phone", "", None),
        ("site.bureau_en", "City Management Bureau", "City Management Bureau"),
    ],
)
def test_a_value_is_read_by_its_type(key: str, text: str, value: Any) -> None:
    assert read_setting(key, text) == value


@pytest.mark.parametrize(
    ("key", "text", "code"),
    [
        ("filings.accept_days", "0", "out_of_range"),
        ("filings.accept_days", "31", "out_of_range"),
        ("filings.accept_days", "two", "not_whole"),
        ("filings.deemed_acceptance", "maybe", "unknown_value"),
        ("accounts.password_policy", "none", "unknown_value"),
        ("filings.authority_zh", " ", "missing"),
        ("site.phone", "1" * 201, "too_long"),
    ],
)
def test_what_is_out_of_its_type_or_bounds_is_refused(key: str, text: str, code: str) -> None:
    assert wrong(key, text) == code


def test_only_known_values_are_set_on_the_console() -> None:
    with pytest.raises(SettingUnknown):
        read_setting("time_zone", "UTC")
    with pytest.raises(SettingUnknown):
        read_row("districts", {})


def test_a_row_tells_all_its_problems_at_once() -> None:
    raw = {
        "key": ["Floor plan"],
        "name_zh": ["平面图"],
        "when": ["sometimes"],
        "kinds": ["registration", "x"],
    }
    with pytest.raises(SettingRefused) as refused:
        read_row("documents", raw)
    assert {each.field for each in refused.value.problems} == {"key", "name_en", "when", "kinds"}


def as_sent(row: dict[str, Any]) -> dict[str, list[str]]:
    """A row as its form sends it."""
    return {
        name: [str(each) for each in told]
        if isinstance(told, list)
        else [str(told).lower() if isinstance(told, bool) else str(told)]
        for name, told in row.items()
    }


def test_every_row_and_value_of_the_demo_city_comes_through_its_form_unchanged() -> None:
    profile = tomllib.loads(demo_city.PROFILE.read_text("utf-8"))
    for part in LISTS:
        for row in profile[part]:
            told = {name: value for name, value in row.items() if value not in ("", [])}
            kept = {name: value for name, value in read_row(part, as_sent(row)).items() if value != []}
            assert kept == told
    for section in ("filings", "accounts", "limits"):
        for name, value in profile[section].items():
            key = f"{section}.{name}"
            if key in SETTINGS:
                assert read_setting(key, as_sent({name: value})[name][0]) == value
