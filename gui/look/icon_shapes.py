"""Icons in many colours for the price of one: a button has its icon in a colour for each of its states, and
drawing the shape is what takes the time. Only its coverage is drawn, in one channel instead of four."""

from __future__ import annotations

import functools
from typing import Any

from PIL import Image, ImageColor, ImageDraw, ImageFilter
from ttkbootstrap.style import icons

CACHED_SHAPES = 500


class SharedShapes(icons.IconRenderer):
    """ttkbootstrap's renderer of icons; a shape of one size is drawn once and filled with each colour."""

    @classmethod
    def render(cls, name: str, size: Any, color: str) -> Image.Image:
        """The icon as an RGBA image of ``size`` pixels, a number or a pair. Raises ValueError for an unknown
        name."""
        shape = _shape(name, size)
        image = Image.new("RGBA", shape.size, ImageColor.getrgb(color)[:3])
        image.putalpha(shape)
        return image

    @classmethod
    def coverage(cls, name: str, size: Any) -> Image.Image:
        """What `IconRenderer.render` has as its alpha channel, pixel for pixel, for icons whose bounds are
        known; of others that channel itself."""
        bounds, glyph = cls._get_metrics().get(name), cls._load_assets()[1].get(name)
        if not bounds or glyph is None:
            drawn: Image.Image = super().render(name, size, "#ffffff")
            return drawn.getchannel("A")
        width, height = icons._physical_size(size)
        factor = icons._icon_oversample(width, height)
        canvas = width * factor, height * factor
        room = [side - 2 * int(side * icons._ICON_PAD_FACTOR) for side in canvas]
        left, top, ink_width, ink_height = bounds
        points = min(room[0] / max(ink_width, 1e-6), room[1] / max(ink_height, 1e-6), float(max(canvas)))
        points = max(1, int(points))
        x = round((canvas[0] - ink_width * points) / 2 - left * points)
        y = round((canvas[1] - ink_height * points) / 2 - top * points + canvas[1] * icons._ICON_Y_BIAS)
        image = Image.new("L", canvas, 0)
        ImageDraw.Draw(image).text((x, y), glyph, font=cls._get_font(points), fill=255)
        if factor > 1:
            image = image.resize((width, height), Image.Resampling.LANCZOS)
            image = image.filter(ImageFilter.UnsharpMask(radius=0.5, percent=50, threshold=0))
        return image


@functools.lru_cache(CACHED_SHAPES)
def _shape(name: str, size: Any) -> Image.Image:
    return SharedShapes.coverage(name, size)


def share_shapes() -> None:
    """Let ttkbootstrap draw all icons in this way."""
    icons.IconRenderer = SharedShapes  # type: ignore[misc]
