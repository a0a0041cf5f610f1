"""Icons in many colours for the price of one: a button has its icon in a colour for each of its states, and
drawing the shape is what takes the time."""

from __future__ import annotations

import functools
from typing import Any

from PIL import Image, ImageColor
from ttkbootstrap.style import icons

CACHED_SHAPES = 500

_draw = icons.IconRenderer.render


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


@functools.lru_cache(CACHED_SHAPES)
def _shape(name: str, size: Any) -> Image.Image:
    drawn: Image.Image = _draw(name, size, "#ffffff")
    return drawn.getchannel("A")


def share_shapes() -> None:
    """Let ttkbootstrap draw all icons in this way."""
    icons.IconRenderer = SharedShapes  # type: ignore[misc]
