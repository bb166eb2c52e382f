"""Papers as people send them: good ones, and one bad one for each reason to refuse it."""

from __future__ import annotations

import io
import resource
import signal
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pikepdf
from openpyxl import Workbook
from pikepdf import Array, Dictionary, Name
from PIL import Image, PngImagePlugin

_HTML = b"<html><script>alert(document.domain)</script></html>"
_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="{kind}" Target="{target}" TargetMode="External"/></Relationships>'
)


def _image(size: tuple[int, int] = (80, 40), mode: str = "RGB") -> Image.Image:
    return Image.linear_gradient("L").resize(size).convert(mode)


def a_jpeg(**saved: Any) -> bytes:
    out = io.BytesIO()
    _image().save(out, "JPEG", **saved)
    return out.getvalue()


def a_png(shade: int = 0) -> bytes:
    out = io.BytesIO()
    image = _image(mode="RGBA")
    image.putpixel((0, 0), (shade, 0, 0, 255))
    image.save(out, "PNG")
    return out.getvalue()


def photo_from_a_phone() -> bytes:
    """Lying on its side, with the place and a comment in three kinds of metadata."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "SECRET place"
    exif.get_ifd(0x8825)[2] = (31.0, 26.0, 47.0)
    return a_jpeg(exif=exif, comment=b"SECRET", xmp=b"<x:xmpmeta>SECRET</x:xmpmeta>")


def described_png() -> bytes:
    """A drawing with words, a place and a program's own data beside its pixels."""
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", "SECRET")
    told.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>SECRET</x:xmpmeta>")
    told.add(b"prVt", b"SECRET")
    exif = Image.Exif()
    exif[0x010E] = "SECRET"
    out = io.BytesIO()
    _image(mode="P").save(out, "PNG", pnginfo=told, exif=exif, transparency=0, icc_profile=b"SECRET" * 30)
    return out.getvalue()


def photo_with_a_video() -> bytes:
    return a_jpeg() + b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 8


def huge_png() -> bytes:
    """10,000 by 10,000 pixels in a few thousand bytes."""
    out = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(out, "PNG")
    return out.getvalue()


def opened(content: bytes) -> tuple[Image.Image, bytes]:
    with Image.open(io.BytesIO(content)) as image:
        image.load()
    return image, content


def a_pdf(change: Callable[[pikepdf.Pdf], object] | None = None, **saved: Any) -> bytes:
    """Two pages, one with a link to an address, as an office program writes them."""
    document = pikepdf.new()
    document.add_blank_page()
    page = document.add_blank_page()
    action = Dictionary(S=Name.URI, URI="https://city.example/")
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=action)
    page.Annots = Array([document.make_indirect(link)])
    if change:
        change(document)
    out = io.BytesIO()
    document.save(out, deterministic_id=not saved.get("encryption"), **saved)
    return out.getvalue()


def pdf_with_descriptions() -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        document.docinfo["/Author"] = "SECRET"
        with document.open_metadata() as metadata:
            metadata["dc:title"] = "SECRET"
        document.pages[0].PieceInfo = Dictionary(Program="SECRET")

    return a_pdf(change)


def signed_pdf() -> bytes:
    """The structure of an electronic licence: a signature field whose bytes must not be moved."""

    def change(document: pikepdf.Pdf) -> None:
        value = Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), Contents=b"\x30\x82" + bytes(40))
        field = Dictionary(FT=Name.Sig, T="Signature1", V=document.make_indirect(value))
        document.Root.AcroForm = Dictionary(SigFlags=3, Fields=[document.make_indirect(field)])

    return a_pdf(change) + b"\n"


def unpacked(content: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        document.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.all)
    return out.getvalue()


def pages_of(content: bytes) -> int:
    with pikepdf.open(io.BytesIO(content)) as document:
        return len(document.pages)


def _with_root(**entries: Any) -> Callable[[], bytes]:
    def change(document: pikepdf.Pdf) -> None:
        for key, value in entries.items():
            document.Root[f"/{key}"] = value

    return lambda: a_pdf(change)


def _with_annotation(**entries: Any) -> Callable[[], bytes]:
    """Nested in an array, and where asked for under an escaped name as those who hide it write it."""
    return lambda: a_pdf(
        lambda document: document.pages[0].__setattr__("Annots", Array([Dictionary(**entries)]))
    )


def _with_a_script_under_an_escaped_name() -> bytes:
    plain = a_pdf(
        lambda document: document.Root.__setitem__(
            "/OpenAction", Dictionary(S=Name.JavaScript, JS="app.alert(1)")
        ),
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
    )
    hidden = plain.replace(b"/S /JavaScript", b"/S /J#61v#61Scrip#74", 1)
    assert hidden != plain
    return hidden


def _with_a_file() -> bytes:
    return a_pdf(lambda document: document.attachments.__setitem__("a.exe", b"MZ"))


def _encrypted(**passwords: str) -> Callable[[], bytes]:
    return lambda: a_pdf(encryption=pikepdf.Encryption(**passwords))


def a_workbook(cells: int = 3) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for number in range(cells):
        sheet.append([f"第 {number} 停车场", number, "+86 512 1234567"])
    sheet["A1"].hyperlink = "https://city.example/"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _workbook_with(name: str, content: bytes = b"x") -> Callable[[], bytes]:
    def made() -> bytes:
        out = io.BytesIO(a_workbook())
        with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
        return out.getvalue()

    return made


def _macros_by_type_alone() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(a_workbook())) as source, zipfile.ZipFile(out, "w") as target:
        for part in source.infolist():
            told = source.read(part)
            if part.filename == "[Content_Types].xml":
                told = told.replace(
                    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                    b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
                )
            target.writestr(part, told)
    return out.getvalue()


def _locked_zip() -> bytes:
    content = bytearray(a_workbook())
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(sign) + place] |= 1
    return bytes(content)


def _compound_with_a_password() -> bytes:
    return bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "EncryptedPackage".encode("utf-16-le")


def _document() -> bytes:
    """A text document under a workbook's name: the same packing, another content."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    return out.getvalue()


def _many_pages() -> bytes:
    document = pikepdf.new()
    for _ in range(1_001):
        document.add_blank_page()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _entities() -> bytes:
    """A relations part that would grow while it is read."""
    return b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><r>&b;</r>'


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """As if the disk were full after `size` bytes of any one file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


GOOD: Mapping[str, Callable[[], bytes]] = {
    "营业执照.pdf": a_pdf,
    "现场.JPG": a_jpeg,
    "平面图.png": a_png,
    "30个停车场.xlsx": a_workbook,
}

_SCRIPT = Dictionary(S=Name.JavaScript, JS="app.alert(1)")

BAD: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
    ("file_empty", "空.pdf", bytes),
    ("file_too_large", "大.pdf", lambda: a_pdf() + bytes(21_000_000)),
    ("file_type_unknown", "病毒.exe", lambda: b"MZ" + bytes(300)),
    ("file_type_unknown", "没有扩展名", a_pdf),
    ("file_type_unknown", "文档.xlsx", _document),
    ("file_is_svg", "图.svg", lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>'),
    ("file_is_svg", "图.png", lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>'),
    ("file_not_what_it_says", "照片.png", a_jpeg),
    ("file_not_what_it_says", "页面.jpg", lambda: _HTML),
    ("file_not_what_it_says", "程序.pdf", lambda: b"MZ" + bytes(300)),
    ("file_name_is_path", "../../etc/cron.d/x.pdf", a_pdf),
    ("file_name_is_path", "C:\\Users\\x\\执照.pdf", a_pdf),
    ("file_name_is_path", "..", a_pdf),
    ("file_holds_another", "jpg后接html.jpg", lambda: a_jpeg() + _HTML),
    ("file_holds_another", "html在注释里.jpg", lambda: a_jpeg(comment=_HTML)),
    ("file_holds_another", "png后接zip.png", lambda: a_png() + a_workbook()),
    ("file_holds_another", "jpg后接pdf.jpg", lambda: a_jpeg() + a_pdf()),
    ("file_holds_another", "pdf前有html.pdf", lambda: b"%PDF-1.7\n" + _HTML + a_pdf()),
    ("file_holds_another", "pdf后接zip.pdf", lambda: a_pdf() + a_workbook()),
    ("file_holds_another", "xlsx后接html.xlsx", lambda: a_workbook() + _HTML),
    ("file_holds_another", "xlsx里有出格路径.xlsx", _workbook_with("../../x.xml")),
    ("file_unreadable", "截断.jpg", lambda: a_jpeg()[:200]),
    ("file_unreadable", "截断.pdf", lambda: a_pdf()[:400]),
    ("file_unreadable", "乱码.pdf", lambda: b"nothing that anybody knows"),
    ("file_unreadable", "会膨胀的实体.xlsx", _workbook_with("xl/worksheets/_rels/x.xml.rels", _entities())),
    ("file_encrypted", "有口令.pdf", _encrypted(owner="o", user="u")),
    ("file_encrypted", "限制打印.pdf", _encrypted(owner="o", user="")),
    ("file_encrypted", "有口令.xlsx", _compound_with_a_password),
    ("file_encrypted", "加密压缩.xlsx", _locked_zip),
    ("file_has_active_content", "打开即运行.pdf", _with_root(OpenAction=_SCRIPT)),
    ("file_has_active_content", "改名的脚本.pdf", _with_a_script_under_an_escaped_name),
    ("file_has_active_content", "关闭时运行.pdf", _with_root(AA=Dictionary(WC=_SCRIPT))),
    (
        "file_has_active_content",
        "启动程序.pdf",
        _with_annotation(Subtype=Name.Link, A=Dictionary(S=Name.Launch, F="cmd.exe")),
    ),
    ("file_has_active_content", "动态表单.pdf", _with_root(AcroForm=Dictionary(XFA="<xdp/>"))),
    ("file_has_active_content", "富媒体.pdf", _with_annotation(Subtype=Name.RichMedia)),
    ("file_has_attachments", "附件.pdf", _with_a_file),
    ("file_has_attachments", "附件注释.pdf", _with_annotation(Subtype=Name.FileAttachment)),
    ("file_has_attachments", "嵌入对象.xlsx", _workbook_with("xl/embeddings/oleObject1.bin")),
    ("file_too_long", "一千零一页.pdf", _many_pages),
    ("image_too_many_pixels", "一万乘一万.png", huge_png),
    ("workbook_has_macros", "宏.xlsm", a_workbook),
    ("workbook_has_macros", "宏.xlsx", _workbook_with("xl/vbaProject.bin")),
    ("workbook_has_macros", "宏类型.xlsx", _macros_by_type_alone),
    ("workbook_has_links", "外部链接.xlsx", _workbook_with("xl/externalLinks/externalLink1.xml")),
    (
        "workbook_has_links",
        "外部图片.xlsx",
        _workbook_with(
            "xl/drawings/_rels/drawing9.xml.rels",
            _RELATIONS.format(kind=f"{_LINK}/image", target="https://evil.example/x.png").encode(),
        ),
    ),
    ("workbook_too_dense", "压缩炸弹.xlsx", _workbook_with("xl/media/zero.bin", bytes(30_000_000))),
)
