"""Papers are set as pages and PDFs on a machine without fonts or network, the same bytes each time."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest
import zxingcpp
from flask import Flask
from fontTools.ttLib import TTFont
from PIL import Image

from parking.filings.queries import CertificateView, NoticeView
from parking.filings.rules import CertificateState, NoticeKind
from parking.portals._http import printing
from parking.portals._http.i18n import init_i18n
from parking.portals._http.papers import paper_of_certificate

HERE = Path(printing.__file__).parent
FONTS = HERE / "fonts"
URL = "https://parking.test/verify/k3v9q2x7m4tz"
SAID: dict[str, Any] = {
    "authority_zh": "试城市城市管理局",
    "authority_en": "Test City Management Bureau",
    "filing_kind": "registration",
    "issued_on": "2026-11-21",
    "submitted_on": "2026-11-19",
}
CERTIFIED = SAID | {
    "code": "k3v9q2x7m4tz",
    "from_on": "2026-11-21",
    "last_on": "2029-11-20",
    "lot": {
        "name": "人民医院东停车场",
        "name_en": "Hospital East",
        "address": "东风路 232 号",
        "kind": "off_street",
        "type": "public",
        "opening_hours": "Mo-Fr 07:00-22:00",
        "operator_name": "试城停车有限公司",
    },
    "spaces": {"general": 290, "accessible": 6},
}
ITEMS = [
    {"about": "x", "label": "权属证明", "text_zh": "第 3 页看不清", "text_en": "Page 3 cannot be read"},
    {"about": "y", "label": "", "text_zh": "缺少消防验收", "text_en": "Fire acceptance is missing"},
]


def a_notice(
    kind: NoticeKind = NoticeKind.ACCEPTANCE, to: str = "试城物业有限公司", **said: Any
) -> NoticeView:
    content = {**(CERTIFIED if kind is NoticeKind.CERTIFICATE else SAID), **said}
    return NoticeView(
        number="试停备-2026-00001",
        kind=kind,
        filing_id="f",
        filing_number="试停备申-2026-00012",
        organisation_id="o",
        issued_at=datetime(2026, 11, 21, tzinfo=UTC),
        authority_zh=content["authority_zh"],
        authority_en=content["authority_en"],
        addressed_to=to,
        lot_name="人民医院东停车场",
        content=content,
        due_on=date(2026, 12, 11),
    )


def a_certificate(state: CertificateState = CertificateState.VALID) -> CertificateView:
    return CertificateView(
        number="试停备证-2026-00003",
        code="k3v9q2x7m4tz",
        state=state,
        lot_id="l",
        organisation_id="o",
        organisation_name="试城物业有限公司",
        lot_name="人民医院东停车场",
        from_on=date(2026, 11, 21),
        until_on=date(2029, 11, 21),
        notice_number="试停备证-2026-00003",
        content=CERTIFIED,
        revoked_at=None,
        revocation=None,
        closed_at=None,
        version=1,
    )


@pytest.fixture(autouse=True)
def _app() -> Iterator[None]:
    app = Flask("parking", static_folder=str(HERE / "static"), template_folder=str(HERE / "templates"))
    init_i18n(app)
    app.extensions["parking"] = SimpleNamespace(public_url="https://parking.test")
    with app.test_request_context():
        yield


def text_of(pdf: bytes) -> str:
    """The text as the PDF's own maps say it, read without its layout; spaces removed."""
    found = []
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for page in document.pages:
            maps = {name: _map(font) for name, font in page.Resources.Font.items()}
            shown: dict[int, str] = {}
            for operands, operator in pikepdf.parse_content_stream(page):
                if str(operator) == "Tf":
                    shown = maps[str(operands[0])]
                for text in _texts(str(operator), operands):
                    found += [
                        shown.get(int.from_bytes(text[at : at + 2], "big"), "")
                        for at in range(0, len(text), 2)
                    ]
    return "".join(found).replace(" ", "")


def _texts(operator: str, operands: Any) -> list[bytes]:
    if operator == "Tj":
        return [bytes(operands[0])]
    if operator == "TJ":
        return [bytes(each) for each in operands[0] if isinstance(each, pikepdf.String)]
    return []


def _map(font: Any) -> dict[int, str]:
    told = font.ToUnicode.read_bytes().decode()
    pairs = re.findall(r"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>", told)
    return {int(code, 16): bytes.fromhex(text).decode("utf-16-be") for code, text in pairs}


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_kind_of_notice_is_set_as_page_and_pdf(kind: NoticeKind) -> None:
    notice = a_notice(kind, items=ITEMS, closes_on="2026-12-31")
    pdf, page = printing.notice_pdf(notice), printing.notice_page(notice, "/x.pdf", "/back")
    assert printing.notice_pdf(notice) == pdf
    text = text_of(pdf)
    for told in ("试停备-2026-00001", "试城市城市管理局", "2026年11月21日", "第3页看不清"):
        assert told in text
        assert told in page.replace(" ", "")
    assert "%(" not in text + page
    assert ("申请行政复议" in text) == (
        kind in (NoticeKind.REFUSAL, NoticeKind.RETURN, NoticeKind.REVOCATION)
    )


def test_a_certificate_leads_to_its_verification_by_a_code_that_can_be_scanned() -> None:
    certificate = a_certificate()
    assert printing.verify_url(certificate) == URL
    pdf = printing.certificate_pdf(certificate, URL)
    text = text_of(pdf)
    assert "人民医院东停车场" in text and "共296个：普通车位290，无障碍车位6" in text
    assert "2026年11月21日至2029年11月20日" in text and URL.replace(" ", "") in text
    side = re.search(r'viewBox="0 0 (\d+)', printing.qr_svg(URL))
    assert side
    assert _scanned(str(printing.qr_svg(URL)), int(side[1])) == URL
    assert "<script" not in printing.qr_svg("https://x/<script>")


def _scanned(svg: str, side: int) -> str:
    """The code read from the strokes of its drawing: `m`oves and `h`orizontal lines, one module high."""
    image = Image.new("L", (side, side), 255)
    path = re.search(r'class="qrline"[^>]* d="([^"]+)"', svg)
    assert path
    x, y = 0.0, 0.0
    for step, numbers in re.findall(r"([Mmh])([-\d. ]+)", path[1]):
        given = [float(each) for each in re.findall(r"-?\d*\.?\d+", numbers)]
        if step == "h":
            for column in range(int(x), int(x + given[0])):
                image.putpixel((column, int(y)), 0)
            x += given[0]
        else:
            x, y = (given[0], given[1]) if step == "M" else (x + given[0], y + given[1])
    (found,) = zxingcpp.read_barcodes(image.resize((side * 8, side * 8), Image.Resampling.NEAREST))
    return found.text


def test_a_certificate_that_no_longer_holds_says_so() -> None:
    revoked = a_certificate(CertificateState.REVOKED)
    assert "已撤销" in text_of(printing.certificate_pdf(revoked, URL))
    assert "已撤销" in printing.certificate_page(revoked, URL)
    assert "已撤销" not in printing.certificate_page(a_certificate(CertificateState.EXPIRING), URL)


def test_what_people_typed_is_text_and_never_markup() -> None:
    typed = '#panic("x") $x$ *b* <b>粗</b> \\ "引" \n第二行'
    pdf, page = printing.notice_pdf(a_notice(to=typed)), printing.notice_page(a_notice(to=typed))
    assert '#panic("x")$x$*b*<b>粗</b>\\"引"' in text_of(pdf)
    assert "<b>" not in page and "&lt;b&gt;" in page


def test_a_character_that_the_font_lacks_is_marked_named_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        text = text_of(printing.notice_pdf(a_notice(to="𠮷野家👍有限公司")))
    assert "〓[U+20BB7]野家〓[U+1F44D]有限公司" in text
    assert "〓表示字库中没有的字" in text
    assert caplog.records[0].__dict__["characters"] == ["U+1F44D", "U+20BB7"]
    # Rare names of the standard list are there.
    assert "喆垚𬭎鿏镕" in text_of(printing.notice_pdf(a_notice(to="喆垚𬭎鿏镕")))


def test_the_font_is_the_one_that_its_manifest_tells_of() -> None:
    manifest = json.loads((FONTS / "manifest.json").read_text())
    font = FONTS / manifest["file"]
    assert hashlib.sha256(font.read_bytes()).hexdigest() == manifest["sha256"]
    assert font.stat().st_size < 2_500_000
    listed = set((FONTS / "characters.txt").read_text()) - {"\n"}
    assert set(map(chr, TTFont(font).getBestCmap())) == listed
    assert len(listed) == manifest["characters"]
    gb2312 = {bytes((a, b)).decode("gb2312", "ignore") for a in range(0xB0, 0xF8) for b in range(0xA1, 0xFF)}
    assert gb2312 - {""} <= listed
    assert set("①⑳㎡℃〔〕【】“”—…×〓") <= listed
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text()


def test_a_pdf_is_fit_for_archives_and_has_only_our_font() -> None:
    with pikepdf.open(io.BytesIO(printing.certificate_pdf(a_certificate(), URL))) as document:
        with document.open_metadata() as metadata:
            assert metadata.pdfa_status == "2A"
        fonts = {str(font.BaseFont) for page in document.pages for font in page.Resources.Font.values()}
        assert {name.partition("+")[2] for name in fonts} == {"NotoSansCJKsc-Regular-Identity-H"}
        assert document.Root.MarkInfo.Marked
        assert str(document.Root.Lang).startswith("zh")


def test_another_process_on_a_bare_machine_sets_the_same_bytes(tmp_path: Path) -> None:
    """No home, no cache, no font configuration, another zone and language."""
    paper = paper_of_certificate(a_certificate(), URL)
    program = (
        "import pickle, sys; sys.path.insert(0, sys.argv[1]);"
        "from parking.portals._http import printing;"
        "sys.stdout.buffer.write(printing.paper_pdf(pickle.load(sys.stdin.buffer)))"
    )
    bare = {"HOME": str(tmp_path), "LANG": "C", "TZ": "America/Lima", "FONTCONFIG_FILE": "/nowhere"}
    done = subprocess.run(
        [sys.executable, "-c", program, str(HERE.parents[2])],
        input=pickle.dumps(paper),
        env=bare,
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert done.stdout == printing.paper_pdf(paper)


def test_a_certificate_of_the_register_says_what_its_notice_said() -> None:
    """The same content drawn from the notice and from the certificate has the same lines."""
    notice = a_notice(NoticeKind.CERTIFICATE)
    certificate = replace(a_certificate(), number=notice.number)
    assert printing.notice_page(notice) == printing.certificate_page(certificate, URL)
