"""Small pictures of pictures, made and checked without trusting the file. All here blocks: for an executor.

A picture's header tells its size before a pixel is decoded; above MAX_PIXELS nothing is. Formats whose
decoders are seldom used are not tried.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path

from PIL import Image, ImageOps

MAX_PREVIEW = 24_000
"""Bytes of a preview, as `Offer` takes it."""

MAX_PIXELS = 50_000_000
"""Pixels of a picture that is still decoded."""

MAX_PREVIEW_SIDE = 1024
"""Pixels of a side of a preview that came from somebody else."""

_SIDE = 320
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")


def is_decodable(path: Path) -> bool:
    """Whether this is a picture of a known format and of bearable size, by its header alone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=_FORMATS) as picture:
                return bool(picture.width * picture.height <= MAX_PIXELS)
    except Exception:
        return False


def make_preview(path: Path) -> bytes:
    """JPEG, or PNG where there is transparency, of at most 320 x 320 pixels and MAX_PREVIEW bytes; b"" where
    that can't be made of it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=_FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    return b""
                picture.draft("RGB", (_SIDE * 2, _SIDE * 2))
                picture.thumbnail((_SIDE, _SIDE))
                return _encoded(ImageOps.exif_transpose(picture))
    # Decoders of broken pictures raise nearly anything: OSError, SyntaxError, struct.error, ValueError.
    except Exception:
        return b""


def checked_preview(data: bytes) -> bytes:
    """``data`` again where a peer's preview is a small JPEG or PNG, else b"": 24,000 bytes can unfold to
    gigabytes."""
    if not data or len(data) > MAX_PREVIEW:
        return b""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
                return data if max(picture.size) <= MAX_PREVIEW_SIDE else b""
    except Exception:
        return b""


def _encoded(picture: Image.Image) -> bytes:
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        data = io.BytesIO()
        picture.save(data, "PNG", optimize=True)
        if data.tell() <= MAX_PREVIEW:
            return data.getvalue()
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(picture, mask=picture.getchannel("A"))
        picture = ground
    picture = picture.convert("RGB")
    for side in (_SIDE, _SIDE // 2, _SIDE // 4):
        picture.thumbnail((side, side))
        for quality in (80, 60, 40):
            data = io.BytesIO()
            picture.save(data, "JPEG", quality=quality)
            if data.tell() <= MAX_PREVIEW:
                return data.getvalue()
    return b""
