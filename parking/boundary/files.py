"""Which papers do we take, why is one refused, and where are they kept?

Every file is opened and checked before it is kept; images and pdf files are written anew, so that nothing
hidden in what was sent survives.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol

from parking.kernel.errors import N_, FieldProblem, InvalidInput, NotFound, Unavailable

MOST_BYTES = 20_000_000
MOST_MEGABYTES = MOST_BYTES // 1_000_000
MOST_PIXELS = 50_000_000
FIELD = "file"


class MediaType(StrEnum):
    """The kinds of file that we take, by the type under which they are served."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file in the store: the SHA-256 (hex) and the size (bytes) of what is kept, and its cleaned name.

    The name is for display and for the attachment's name only; no path is ever made of it.
    """

    sha256: str
    media_type: MediaType
    size: int
    name: str


class FileRefused(InvalidInput):
    """A file that we do not take. Each reason is a class of its own, with its code and sentence.

    Its one problem stands at the field "file"; a page that asked under another name passes `at`.
    """

    code: ClassVar[str] = "file_refused"
    text: ClassVar[str] = N_("这个文件不能接收")

    def __init__(self, *, at: str = FIELD, **params: object) -> None:
        super().__init__(problems=[FieldProblem(at, self.code, self.text, params)], **params)

    def moved_to(self, field: str) -> FileRefused:
        """The same refusal at the field of a form under which the file was sent."""
        return type(self)(at=field, **self.params)


class FileMissing(FileRefused):
    """A form that asks for a file came without one."""

    code = "file_missing"
    text = N_("请选择一个文件")


class FileEmpty(FileRefused):
    """Nothing is in it."""

    code = "file_empty"
    text = N_("文件是空的（0 字节），请重新选择")


class FileTooLarge(FileRefused):
    """More than MOST_BYTES."""

    code = "file_too_large"
    text = N_("文件超过 %(megabytes)s MB，请压缩或拆分后重新上传")


class FileTypeUnknown(FileRefused):
    """Neither pdf nor jpg nor png nor xlsx, by its ending or by its content."""

    code = "file_type_unknown"
    text = N_("只接收 pdf、jpg、png 和 xlsx 文件")


class FileIsSvg(FileRefused):
    """A drawing in SVG may carry scripts."""

    code = "file_is_svg"
    text = N_("不接收 svg 图形，请导出为 png 或 pdf 后上传")


class FileNotWhatItSays(FileRefused):
    """The content is of another type than the ending of the name says."""

    code = "file_not_what_it_says"
    text = N_("文件内容是 %(found)s，扩展名却是 %(ending)s，请改正后重新上传")


class FileNameIsPath(FileRefused):
    """The name leads into folders."""

    code = "file_name_is_path"
    text = N_("文件名里不能有路径（/ 或 \\），请改名后重新上传")


class FileHoldsAnother(FileRefused):
    """Something stands before, behind or inside the document that does not belong to it."""

    code = "file_holds_another"
    text = N_("文件里夹带了其他内容，请用原始文件或重新导出后上传")


class FileUnreadable(FileRefused):
    """It breaks off, or its parts contradict each other."""

    code = "file_unreadable"
    text = N_("文件已损坏或不完整，打不开，请重新导出后上传")


class FileEncrypted(FileRefused):
    """It asks for a password or restricts what a reader may do."""

    code = "file_encrypted"
    text = N_("文件设有密码或限制，请取消后重新上传")


class FileHasActiveContent(FileRefused):
    """A pdf with scripts, with actions that start something, or with forms that send data."""

    code = "file_has_active_content"
    text = N_("PDF 里有脚本或会自动执行的动作，请用“打印为 PDF”重新生成后上传")


class FileHasAttachments(FileRefused):
    """A pdf with files inside."""

    code = "file_has_attachments"
    text = N_("PDF 里嵌有其他文件，请去掉附件后重新上传")


class FileTooLong(FileRefused):
    """A pdf of more pages, or a workbook of more cells, than anybody would read."""

    code = "file_too_long"
    text = N_("文件的页数或单元格太多（超过 %(most)s），请拆分后上传")


class ImageHasTooManyPixels(FileRefused):
    """An image that would fill the memory when it is opened."""

    code = "image_too_many_pixels"
    text = N_("图片超过 %(megapixels)s 百万像素，请缩小后重新上传")


class WorkbookHasMacros(FileRefused):
    """A workbook with programs inside, whatever its ending."""

    code = "workbook_has_macros"
    text = N_("工作簿里有宏或控件，请另存为不含宏的 xlsx 后上传")


class WorkbookHasLinks(FileRefused):
    """A workbook that draws on other files or addresses."""

    code = "workbook_has_links"
    text = N_("工作簿引用了外部文件或数据连接，请断开链接后重新上传")


class WorkbookIsBomb(FileRefused):
    """Unpacked, a workbook is out of all proportion to its size."""

    code = "workbook_too_dense"
    text = N_("工作簿解压后过大（压缩比超过 %(ratio)s 倍），不能接收")


class FileNotKept(NotFound):
    """No file with this digest is in the store."""

    code = "file_not_kept"
    text = N_("没有这个文件")


class StoreUnavailable(Unavailable):
    """The folder of the store cannot be read or written now, or what it holds is damaged."""

    code = "file_store_unavailable"
    text = N_("文件暂时无法存取，请稍后再试")


class FileStore(Protocol):
    """Keeps papers by their content. Nothing is ever deleted, and the same content is kept once."""

    def keep(self, name: str, content: bytes) -> KeptFile:
        """Check a file, make it harmless and keep it whole or not at all.

        `name` is what the sender called it, with its ending; `content` at most MOST_BYTES. Images are written
        anew without their metadata, so that the digest is that of what is kept, not of what was sent.
        Raises FileRefused (one subclass for each reason), StoreUnavailable.
        """
        ...

    def read(self, sha256: str) -> bytes:
        """The content with this digest, compared with it. Raises FileNotKept, StoreUnavailable."""
        ...
