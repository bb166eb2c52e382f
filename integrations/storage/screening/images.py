"""What remains of a picture? Its pixels: it is opened within bounds and written anew without its metadata."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageOps

from integrations.storage.screening.kinds import refuse_foreign
from parking.boundary.files import (
    MOST_BYTES,
    MOST_PIXELS,
    FileHoldsAnother,
    FileUnreadable,
    ImageHasTooManyPixels,
)

# The library's own guard as well, for whoever opens a picture elsewhere in this process.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    KeyError,
    IndexError,
    TypeError,
    struct.error,
    zlib.error,
)
# The first that stays within what we keep: a fine-grained photo grows when it is written anew.
_QUALITIES = (90, 80, 65)
_DOCUMENT = b"%PDF-"
_PLAIN = ("1", "L", "LA", "RGB", "RGBA")
_DEEP = ("I", "I;16", "I;16B", "I;16L", "F")


def clean_jpeg(content: bytes) -> bytes:
    """The first picture of a JPEG, upright, as a JPEG of its pixels alone. Raises FileRefused."""
    image = _opened(content, "JPEG")
    plain = image if image.mode in ("L", "RGB") else image.convert("RGB")
    written = b""
    for quality in _QUALITIES:
        out = io.BytesIO()
        plain.save(out, "JPEG", quality=quality, optimize=True)
        written = out.getvalue()
        if len(written) <= MOST_BYTES:
            break
    return written


def clean_png(content: bytes) -> bytes:
    """The first picture of a PNG as a PNG of its pixels alone. Raises FileRefused."""
    image = _opened(content, "PNG")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _opened(content: bytes, kind: str) -> Image.Image:
    """The picture, loaded, turned upright and without anything but its pixels."""
    refuse_foreign(content)
    if _DOCUMENT in content:
        raise FileHoldsAnother
    try:
        # A phone's JPEG often carries a second picture (MPO); opening as JPEG shows the first.
        with Image.open(io.BytesIO(content), formats=(kind,)) as opened:
            _refuse_many_pixels(opened.size)
            opened.load()
            # In place, and below only where the mode must change: a copy of a photo is 150 MB.
            ImageOps.exif_transpose(opened, in_place=True)
            image = _plain(opened)
    except _BOMBS:
        raise _too_many() from None
    except _BROKEN as problem:
        raise FileUnreadable from problem
    # Comments, places and profiles would be written again from here.
    image.info.clear()
    return image


def _plain(image: Image.Image) -> Image.Image:
    """The picture in a mode that says all in its pixels: palettes and their transparency are written out."""
    if image.mode in _PLAIN and "transparency" not in image.info:
        return image
    if image.mode in _DEEP:
        # Scanners write 16 bits; eight are what can be seen.
        return image.point(lambda value: value * (1 / 256)).convert("L")
    return image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")


def _refuse_many_pixels(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MOST_PIXELS:
        raise _too_many()


def _too_many() -> ImageHasTooManyPixels:
    return ImageHasTooManyPixels(megapixels=MOST_PIXELS // 1_000_000)
