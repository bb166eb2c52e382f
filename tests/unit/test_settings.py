"""Is a deployment told at once about every key that it got wrong?"""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from parking.settings import Settings, SettingsWrong, table_of_keys

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


def wrong(**environ: str) -> list[str]:
    with pytest.raises(SettingsWrong) as caught:
        Settings.from_env(environ)
    return caught.value.problems


def test_nothing_needs_to_be_set() -> None:
    assert Settings.from_env({"HOME": "/root"}) == Settings()


def test_keys_are_read_with_their_types() -> None:
    settings = Settings.from_env(
        {"PARKING_PORT": "80", "PARKING_DATA_DIR": "/srv/parking", "PARKING_CITY_PROFILE": "city.toml"}
    )
    assert settings.port == 80
    assert settings.data_dir == Path("/srv/parking")
    assert settings.city_profile == Path("city.toml")


def test_the_environment_of_the_process_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARKING_PORT", "81")
    assert Settings.from_env({}).port == 8000


def test_all_wrong_keys_are_told_together() -> None:
    assert wrong(PARKING_PORT="x", PARKING_LOG_FORMAT="xml", PARKING_COLOUR="red") == [
        "PARKING_COLOUR: Unknown key.",
        "PARKING_LOG_FORMAT: Must be one of: json, console.",
        "PARKING_PORT: Not a valid integer.",
    ]


@pytest.mark.parametrize("port", ["0", "-1", "65536", "8000.5"])
def test_a_port_out_of_range_is_refused(port: str) -> None:
    assert [problem.split(":")[0] for problem in wrong(PARKING_PORT=port)] == ["PARKING_PORT"]


def test_a_mistyped_key_is_told_with_the_one_that_was_meant() -> None:
    assert wrong(PARKING_DATABSE_URL="x") == [
        "PARKING_DATABSE_URL: Unknown key. Did you mean PARKING_DATABASE_URL?"
    ]


def test_a_wrong_address_is_refused_without_its_password() -> None:
    problems = wrong(PARKING_DATABASE_URL="mysql://user:sesame@host/db")
    assert problems == ["PARKING_DATABASE_URL: Must begin with postgresql://"]


def test_secrets_are_not_in_the_representation() -> None:
    settings = Settings.from_env(
        {"PARKING_DATABASE_URL": "postgresql://u:sesame@h/d", "PARKING_MAP_TIANDITU_KEY": "sesame"}
    )
    assert "sesame" not in repr(settings)


def test_the_keys_of_the_tests_and_empty_keys_are_let_pass() -> None:
    assert Settings.from_env({"PARKING_REAL_DATA": "/data", "PARKING_PORT": ""}) == Settings()


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1


def test_every_key_stands_in_the_operations_manual() -> None:
    assert table_of_keys() in OPERATIONS.read_text()
