"""Decoding the previews of pictures, which came from somebody else. No tkinter here."""

from __future__ import annotations

import io

from PIL import Image

LARGEST_PREVIEW = 2048
"""The most pixels a side of a preview that is decoded: a larger one was not made by Duplex."""


def open_preview(data: bytes) -> Image.Image | None:
    """The preview in RGB; None if it can't be decoded, or is too large to be one."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            if max(image.size) > LARGEST_PREVIEW or min(image.size) < 1:
                return None
            shown: Image.Image = image.convert("RGB")
            return shown
    # Decoders may raise nearly anything for broken pictures.
    except Exception:
        return None
