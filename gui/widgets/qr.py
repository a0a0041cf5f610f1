"""QR codes as images."""

from __future__ import annotations

import segno
from PIL import Image

QUIET_ZONE = 4  # ISO/IEC 18004: modules of white around a QR code
BACKGROUND = "#ffffff"  # dark on light in every theme: many scanners can't read the inverse


def qr_image(text: str, side: int, dark: str) -> Image.Image:
    """A QR code of ``text`` (error correction M), at most ``side`` pixels wide; modules are whole pixels."""
    matrix = segno.make(text, error="m", micro=False).matrix
    modules = len(matrix) + 2 * QUIET_ZONE
    small = Image.new("1", (modules, modules), 1)
    for y, line in enumerate(matrix):
        for x, module in enumerate(line):
            if module:
                small.putpixel((x + QUIET_ZONE, y + QUIET_ZONE), 0)
    scale = max(1, side // modules)
    large = small.resize((modules * scale, modules * scale), Image.Resampling.NEAREST).convert("L")
    picture = Image.new("RGB", large.size, BACKGROUND)
    picture.paste(dark, mask=large.point(lambda value: 255 - value))
    return picture
