"""A person's picture, made from any picture file. No tkinter: the terminal makes one too."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

from PIL import Image, ImageOps

from gui.shared.i18n import _
from net.protocol.chat.pictures import MAX_PICTURE

SIDE = 160
"""Width and height of a picture in pixels."""

LARGEST_FILE = 64 * 1024 * 1024
"""The largest file to make a picture from, in bytes."""

MOST_PIXELS = 50_000_000
"""The most pixels of a picture that is decoded."""

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP")
_QUALITIES = (88, 78, 64, 48, 32, 16)


class PortraitError(ValueError):
    """No picture can be made of this file; the text is a sentence for the user."""


def make_portrait(path: Path) -> bytes:
    """The middle of the picture as a JPEG that `picture_size` accepts. ``path`` may have up to
    `LARGEST_FILE` bytes and `MOST_PIXELS` pixels. Blocks. Raises `PortraitError`."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise PortraitError(_("This file is too large for a picture."))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=_FORMATS) as image:
                # known from the header, before a pixel is decoded
                if image.width * image.height > MOST_PIXELS:
                    raise PortraitError(_("This picture has too many pixels."))
                image.draft("RGB", (2 * SIDE, 2 * SIDE))
                whole = ImageOps.exif_transpose(image).convert("RGBA")
    except PortraitError:
        raise
    # Decoders of broken pictures raise nearly anything: OSError, SyntaxError, struct.error, ValueError.
    except Exception as error:
        raise PortraitError(_("This is no picture that can be read.")) from error
    square = ImageOps.fit(whole, (SIDE, SIDE), Image.Resampling.LANCZOS)
    ground = Image.new("RGB", square.size, "#ffffff")
    ground.paste(square, mask=square.getchannel("A"))
    for quality in _QUALITIES:
        file = io.BytesIO()
        ground.save(file, "JPEG", quality=quality, optimize=True)
        if file.tell() <= MAX_PICTURE:
            return file.getvalue()
    raise PortraitError(_("This is no picture that can be read."))
