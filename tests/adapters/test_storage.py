"""Papers are kept by their content, whole or not at all; each that is refused has its own reason."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from integrations.storage import LocalFolder
from parking.boundary import files
from parking.boundary.files import FileNotKept, FileRefused, MediaType, StoreUnavailable
from tests.adapters import papers


@pytest.fixture
def store(tmp_path: Path) -> LocalFolder:
    return LocalFolder(tmp_path / "files")


def kept_files(store_folder: Path) -> list[Path]:
    return [path for path in (store_folder / "files").rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["营业执照.pdf", "现场.JPG", "平面图.png", "30个停车场.xlsx"])
def test_each_kind_is_kept_under_the_digest_of_what_is_kept(
    store: LocalFolder, tmp_path: Path, name: str
) -> None:
    kept = store.keep(name, papers.GOOD[name]())
    content = store.read(kept.sha256)
    assert hashlib.sha256(content).hexdigest() == kept.sha256
    assert (len(content), kept.name) == (kept.size, name)
    (path,) = kept_files(tmp_path)
    assert path.name == kept.sha256 and path.parent.parent.name == kept.sha256[:2]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_is_kept_may_be_kept_again_without_changing(store: LocalFolder) -> None:
    for name, paper in papers.GOOD.items():
        if name.lower().endswith("jpg"):
            continue  # a JPEG loses a little each time it is written
        once = store.keep(name, paper())
        assert store.keep(name, store.read(once.sha256)) == once


@pytest.mark.parametrize(
    ("code", "name", "paper"), [pytest.param(*bad, id=f"{bad[0]}-{bad[1]}") for bad in papers.BAD]
)
def test_each_bad_file_is_refused_for_its_own_reason(
    store: LocalFolder, tmp_path: Path, code: str, name: str, paper: Callable[[], bytes]
) -> None:
    with pytest.raises(FileRefused) as refused:
        store.keep(name, paper())
    assert refused.value.code == code
    assert refused.value.problems[0].code == code
    assert "%(" not in refused.value.sentence
    assert kept_files(tmp_path) == []


def test_every_reason_stands_in_the_corpus_with_a_sentence_of_its_own() -> None:
    reasons = {
        each.code: each.text
        for each in vars(files).values()
        if isinstance(each, type) and issubclass(each, FileRefused) and each is not FileRefused
    }
    assert len(set(reasons.values())) == len(reasons)
    # Whether a file was sent at all is the form's affair.
    assert {code for code, _, _ in papers.BAD} == reasons.keys() - {"file_missing"}


def test_a_photo_loses_where_and_when_it_was_taken_and_stands_upright(store: LocalFolder) -> None:
    kept = store.keep("现场.jpg", papers.photo_from_a_phone())
    image, told = papers.opened(store.read(kept.sha256))
    assert image.size == (40, 80)
    assert not image.getexif()
    assert not [word for word in (b"SECRET", b"Exif", b"GPS", b"xmpmeta") if word in told]


def test_a_drawing_loses_what_stands_beside_its_pixels_and_keeps_those(store: LocalFolder) -> None:
    described = papers.described_png()
    before, _ = papers.opened(described)
    image, told = papers.opened(store.read(store.keep("平面图.png", described).sha256))
    assert described.count(b"SECRET") >= 3 and b"SECRET" not in told
    assert not [part for part in (b"eXIf", b"iCCP", b"tEXt", b"iTXt", b"prVt") if part in told]
    assert image.convert("RGBA").tobytes() == before.convert("RGBA").tobytes()


def test_the_second_picture_and_the_video_behind_a_photo_are_left_behind(store: LocalFolder) -> None:
    kept = store.keep("motion.jpg", papers.photo_with_a_video())
    assert b"ftyp" not in store.read(kept.sha256)


def test_a_pdf_loses_who_made_it_and_keeps_its_pages(store: LocalFolder) -> None:
    kept = store.keep("说明.pdf", papers.pdf_with_descriptions())
    content = store.read(kept.sha256)
    assert papers.pages_of(content) == 2
    assert b"SECRET" not in papers.unpacked(content)


def test_a_signed_pdf_is_kept_byte_for_byte(store: LocalFolder) -> None:
    signed = papers.signed_pdf()
    assert store.read(store.keep("电子营业执照.pdf", signed).sha256) == signed


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("  两个   空格.pdf", "两个 空格.pdf"),
        ("倒\u202efdp.pdf", "倒fdp.pdf"),
        ("换\r\n行.pdf", "换行.pdf"),
        ("长" * 300 + ".pdf", "长" * 96 + ".pdf"),
        ("<b>粗</b".replace("/", "") + ">.pdf", "<b>粗<b>.pdf"),
    ],
)
def test_a_name_is_shown_in_one_line_without_tricks(store: LocalFolder, name: str, shown: str) -> None:
    assert store.keep(name, papers.a_pdf()).name == shown


@pytest.mark.parametrize("digest", ["0" * 64, "../../etc/passwd", "", "A" * 64, "0" * 63 + "\n"])
def test_what_is_not_there_is_not_kept(store: LocalFolder, digest: str) -> None:
    with pytest.raises(FileNotKept):
        store.read(digest)


def test_a_damaged_file_is_not_handed_out_and_is_healed_by_the_next_upload(
    store: LocalFolder, tmp_path: Path
) -> None:
    kept = store.keep("a.pdf", papers.a_pdf())
    (path,) = kept_files(tmp_path)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(StoreUnavailable):
        store.read(kept.sha256)
    store.keep("b.pdf", papers.a_pdf())
    assert len(store.read(kept.sha256)) == kept.size


@pytest.mark.usefixtures("capsys")
def test_a_full_disk_leaves_nothing_half_written(store: LocalFolder, tmp_path: Path) -> None:
    with papers.files_of_at_most(100), pytest.raises(StoreUnavailable):
        store.keep("a.pdf", papers.a_pdf())
    assert kept_files(tmp_path) == []
    store.keep("a.pdf", papers.a_pdf())


def test_writers_who_keep_the_same_at_once_keep_it_once(store: LocalFolder, tmp_path: Path) -> None:
    papers_at_once = [papers.a_png(number % 5) for number in range(40)]
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda paper: store.keep("a.png", paper), papers_at_once))
    found = kept_files(tmp_path)
    assert len(found) == 5
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == path.name for path in found)


def test_a_broken_file_never_breaks_the_screening(store: LocalFolder) -> None:
    """Each good paper cut off and changed in many places is either kept or refused, never an accident."""
    for name, paper in papers.GOOD.items():
        content = paper()
        for place in range(0, len(content), max(1, len(content) // 25)):
            changed = bytearray(content)
            changed[place] ^= 0xFF
            for broken in (content[:place], bytes(changed)):
                try:
                    kept = store.keep(name, broken)
                except FileRefused:
                    continue
                assert kept.media_type in MediaType
                assert re.fullmatch("[0-9a-f]{64}", kept.sha256)
