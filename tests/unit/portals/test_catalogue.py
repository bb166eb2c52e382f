"""Does every sentence of the sources have an English text, and is the catalogue always the newest?"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from babel.support import Translations

from parking.portals._http import i18n

ROOT = Path(__file__).parents[3]
CATALOGUE = i18n.TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po"
SOURCES = ("parking", "integrations")
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
PLACE = re.compile(r"%\((\w+)\)[sd]")


@pytest.fixture(scope="module")
def sentences() -> dict[str, str]:
    """Every msgid that the sources hold, with the file that holds it."""
    with (ROOT / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    keywords = {**DEFAULT_KEYWORDS, "N_": None}
    found = extract_from_dir(
        ROOT,
        methods,
        options,
        keywords=keywords,
        directory_filter=lambda folder: Path(folder).relative_to(ROOT).parts[0] in SOURCES,
    )
    return {message: filename for filename, _, message, _, _ in found if isinstance(message, str)}


@pytest.fixture(scope="module")
def english() -> dict[str, str]:
    with CATALOGUE.open("rb") as source:
        catalogue = read_po(source, locale="en")
    return {str(each.id): str(each.string) for each in catalogue if each.id}


def test_every_sentence_has_an_english_text(sentences: dict[str, str], english: dict[str, str]) -> None:
    assert len(sentences) > 200
    assert {text: file for text, file in sentences.items() if not english.get(text)} == {}


def test_no_english_text_is_left_over(sentences: dict[str, str], english: dict[str, str]) -> None:
    assert set(english) - set(sentences) == set()


def test_an_english_text_is_english_and_keeps_every_place(english: dict[str, str]) -> None:
    for chinese, text in english.items():
        assert not CHINESE.search(text), text
        assert set(PLACE.findall(text)) == set(PLACE.findall(chinese)), text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "translations"
    shutil.copytree(i18n.TRANSLATIONS, copy, ignore=shutil.ignore_patterns("*.mo"))
    return copy


def says(folder: Path) -> str:
    return Translations.load(str(folder), ["en"]).gettext("未知")


def test_a_missing_catalogue_is_compiled_when_the_app_starts(folder: Path) -> None:
    assert i18n.compiled_catalogues(folder) == folder
    assert says(folder) == "Unknown"
    # Nothing unfinished stays behind.
    assert {each.name for each in folder.glob("en/LC_MESSAGES/*")} == {"messages.mo", "messages.po"}


def test_a_catalogue_older_than_its_source_is_compiled_anew(folder: Path) -> None:
    i18n.compiled_catalogues(folder)
    source = folder / "en" / "LC_MESSAGES" / "messages.po"
    source.write_text(source.read_text("utf-8").replace('msgstr "Unknown"', 'msgstr "Not known"'), "utf-8")
    later = source.with_suffix(".mo").stat().st_mtime + 5
    os.utime(source, (later, later))
    assert says(i18n.compiled_catalogues(folder)) == "Not known"


def test_a_folder_that_may_not_be_written_is_left_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = i18n._compile

    def refuse(po: Path, mo: Path) -> None:
        if mo.is_relative_to(folder):
            raise PermissionError(mo)
        real(po, mo)

    # Root may write anywhere, so the refusal itself has to be played.
    monkeypatch.setattr(i18n, "_compile", refuse)
    elsewhere = i18n.compiled_catalogues(folder)
    assert elsewhere != folder
    assert says(elsewhere) == "Unknown"
    shutil.rmtree(elsewhere)
