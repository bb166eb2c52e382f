"""How does a paper of the bureau look, as a page to print and as a pdf? One content, two drawings.

The pdf is set by typst with a font of our own, so that a bare machine without fonts or network prints
Chinese; the same paper gives the same bytes.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import segno
import typst
from flask import render_template
from markupsafe import Markup

from parking.filings.queries import CertificateView, NoticeView
from parking.filings.rules import NoticeKind
from parking.kernel.errors import N_
from parking.portals._http.papers import Paper, both, paper_of_certificate, paper_of_notice
from parking.portals._http.services import services

_HERE = Path(__file__).parent
_FONTS = _HERE / "fonts"
_TEMPLATES = _HERE / "templates" / "print"
_MISSING = "〓"
_MISSING_NOTE = N_("〓 表示字库中没有的字，括号内是它的 Unicode 编码。")
_log = logging.getLogger("parking.papers")


def verify_url(certificate: CertificateView) -> str:
    """The address that a certificate's QR code leads to."""
    return _address(certificate.code)


def notice_page(notice: NoticeView, pdf_url: str | None = None, back_url: str | None = None) -> str:
    """A notice as a page to read and to print; with links to its pdf and back, which are not printed."""
    return paper_page(paper_of_notice(notice, _url_of(notice)), pdf_url, back_url)


def notice_pdf(notice: NoticeView) -> bytes:
    """A notice as a pdf, the same bytes each time."""
    return paper_pdf(paper_of_notice(notice, _url_of(notice)))


def certificate_page(
    certificate: CertificateView, url: str, pdf_url: str | None = None, back_url: str | None = None
) -> str:
    """A certificate as a page to read and to print, with what has become of it; `url` as in `verify_url`."""
    return paper_page(paper_of_certificate(certificate, url), pdf_url, back_url)


def certificate_pdf(certificate: CertificateView, url: str | None = None) -> bytes:
    """A certificate as a pdf, with what has become of it; the same bytes until that changes."""
    return paper_pdf(paper_of_certificate(certificate, url or verify_url(certificate)))


def paper_page(paper: Paper, pdf_url: str | None = None, back_url: str | None = None) -> str:
    """Any paper as a page."""
    code = qr_svg(paper.verify_url) if paper.verify_url else None
    return render_template("print/paper.html", paper=paper, qr=code, pdf_url=pdf_url, back_url=back_url)


def paper_pdf(paper: Paper) -> bytes:
    """Any paper as a pdf for archives (PDF/A-2), tagged for readers aloud."""
    told = asdict(paper)
    shown, missing = _shown(told)
    if missing:
        _log.warning("the papers' font has no glyph", extra={"characters": sorted(missing)})
        shown["note"] = asdict(both(_MISSING_NOTE))
    else:
        shown["note"] = None
    shown["qr"] = _qr(paper.verify_url) if paper.verify_url else None
    body = typst.compile(
        _TEMPLATES / "paper.typ",
        root=_TEMPLATES,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"paper": orjson.dumps(shown).decode()},
        pdf_standards=["a-2a"],
        timestamp=0,
    )
    return bytes(body)


def qr_svg(url: str) -> Markup:
    """A QR code as inline SVG: dark on light in every colour scheme, with the quiet zone around it."""
    return Markup(_qr(url))  # noqa: S704 - drawn by segno; the address itself is not in it as text


def _qr(url: str) -> str:
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, border=4, light="#fff", dark="#000", omitsize=True
    )
    return out.getvalue().decode().strip()


def _url_of(notice: NoticeView) -> str | None:
    code = notice.content.get("code")
    return _address(code) if code and notice.kind is NoticeKind.CERTIFICATE else None


def _address(code: str) -> str:
    return f"{services().public_url.rstrip('/')}/verify/{quote(code, safe='')}"


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_FONTS])


@cache
def _glyphs() -> frozenset[str]:
    """The characters that the font can show; made from the same list."""
    return frozenset((_FONTS / "characters.txt").read_text())


def _shown(told: Any) -> tuple[Any, set[str]]:
    """The same values with every character that the font lacks marked and named, and which those were."""
    if isinstance(told, str):
        missing = set(told) - _glyphs()
        if missing:
            told = "".join(_marked(sign) if sign in missing else sign for sign in told)
        return told, {_name(sign) for sign in missing}
    if isinstance(told, dict):
        parts = {name: _shown(value) for name, value in told.items()}
        return {name: shown for name, (shown, _) in parts.items()}, _joined(parts.values())
    if isinstance(told, list | tuple):
        listed = [_shown(value) for value in told]
        return [shown for shown, _ in listed], _joined(listed)
    return told, set()


def _joined(parts: Iterable[tuple[Any, set[str]]]) -> set[str]:
    return set().union(*(missing for _, missing in parts))


def _marked(sign: str) -> str:
    return f"{_MISSING}[{_name(sign)}]"


def _name(sign: str) -> str:
    return f"U+{ord(sign):04X}"
