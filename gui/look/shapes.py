"""Anti-aliased pieces for canvases and ttk elements.

Tk's canvas does not anti-alias on X11, so round things are Pillow images drawn larger and shrunk.
Large rounded rectangles on a canvas are a polygon plus four small corner images
(:meth:`Shapes.round_rect`): the corners are cached by radius and colour, so a million different bubble sizes
cost a handful of images.

Every cache is bounded; the least recently used image is evicted first. Tk frees an image together with its
Python object, so an image that is evicted while an item still shows it would vanish: the limit is far above
the number of images that one window shows at once.
"""

from __future__ import annotations

import functools
import tkinter as tk
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PIL import Image, ImageDraw, ImageTk

from gui.look.icon_shapes import SharedShapes

K = TypeVar("K")
V = TypeVar("V")
Radii = float | tuple[float, float, float, float]
CACHED_IMAGES = 1500
CACHED_CORNERS = 400
CACHED_MASKS = 40
OVERSAMPLE = 8


class BoundedCache(Generic[K, V]):
    """A mapping of at most `limit` entries; the least recently used one is evicted first."""

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise ValueError("limit must be at least 1")
        self.limit = limit
        self._entries: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> V:
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self.limit:
            self._entries.popitem(last=False)
        return value

    def discard(self, key: K) -> None:
        self._entries.pop(key, None)

    def clear(self) -> None:
        self._entries.clear()


def rgb(colour: str) -> tuple[int, int, int]:
    """`"#rrggbb"` as three numbers of 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(base: str, other: str, share: float) -> str:
    """`base` mixed with a `share` (0 to 1) of `other`."""
    mixed = (round(a * (1 - share) + b * share) for a, b in zip(rgb(base), rgb(other), strict=True))
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def _four(radii: Radii, width: int, height: int) -> tuple[int, int, int, int]:
    corners = radii if isinstance(radii, tuple) else (radii,) * 4
    most = min(width, height) // 2
    a, b, c, d = (int(min(r, most)) for r in corners)
    return a, b, c, d


@functools.lru_cache(CACHED_CORNERS)
def _quarter(radius: int, turn: int) -> Image.Image:
    """A quarter of a disc as an alpha mask, to be copied: the top-left one, turned clockwise ``turn``
    times."""
    transposed = _TURNS[turn]
    if transposed is not None:
        return _quarter(radius, 0).transpose(transposed)
    k = OVERSAMPLE
    mask = Image.new("L", (radius * k, radius * k), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, 2 * radius * k - 1, 2 * radius * k - 1), fill=255)
    return mask.resize((radius, radius), Image.Resampling.LANCZOS)


_TURNS = (None, Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM)


@functools.lru_cache(CACHED_MASKS)
def _mask(width: int, height: int, radii: tuple[int, int, int, int]) -> Image.Image:
    """A rounded rectangle as an alpha mask, to be copied: the pieces of the styles have few sizes and many
    colours."""
    mask = Image.new("L", (width, height), 255)
    for index, radius in enumerate(radii):
        if radius <= 0:
            continue
        at = ((0, 0), (width - radius, 0), (width - radius, height - radius), (0, height - radius))[index]
        mask.paste(_quarter(radius, index), at)
    return mask


def rounded(
    width: int, height: int, fill: str, radii: Radii, outline: str | None = None, line: int = 1
) -> Image.Image:
    """A rounded rectangle, `line` pixels of `outline` inside its edge. Corners clockwise from top left."""
    four = _four(radii, width, height)
    image = Image.new("RGBA", (width, height), (*rgb(outline or fill), 255))
    image.putalpha(_mask(width, height, four))
    if outline:
        w, h = width - 2 * line, height - 2 * line
        inner = (
            max(0, four[0] - line),
            max(0, four[1] - line),
            max(0, four[2] - line),
            max(0, four[3] - line),
        )
        image.paste(Image.new("RGBA", (w, h), (*rgb(fill), 255)), (line, line), _mask(w, h, inner))
    return image


class Shapes:
    """Tk images of one root, created on demand and kept in a bounded cache."""

    def __init__(self, master: tk.Misc, limit: int = CACHED_IMAGES) -> None:
        self._master = master
        self._images: BoundedCache[tuple[object, ...], ImageTk.PhotoImage] = BoundedCache(limit)

    def image(self, key: tuple[object, ...], draw: Callable[[], Image.Image]) -> ImageTk.PhotoImage:
        """The cached Tk image for `key`; if there is none, it is drawn now."""
        found = self._images.get(key)
        if found is None:
            found = self._images.put(key, ImageTk.PhotoImage(draw(), master=self._master))
        return found

    def rect(
        self, width: float, height: float, fill: str, radii: Radii, outline: str | None = None, line: int = 1
    ) -> ImageTk.PhotoImage:
        """A whole rounded rectangle, for a few sizes. For lists of many sizes use :meth:`round_rect`."""
        w, h = max(2, int(width)), max(2, int(height))
        key = ("rect", w, h, fill, radii, outline, line)
        return self.image(key, lambda: rounded(w, h, fill, radii, outline, line))

    def disc(self, diameter: int, fill: str, ring: str | None = None) -> ImageTk.PhotoImage:
        """A disc, with a ring of the surface's colour where it overlaps an avatar."""

        def draw() -> Image.Image:
            d = diameter * OVERSAMPLE
            image = Image.new("RGBA", (d, d), (*rgb(ring or fill), 0))
            pen = ImageDraw.Draw(image)
            pen.ellipse((0, 0, d - 1, d - 1), fill=ring or fill)
            if ring:
                edge = round(d * 0.17)
                pen.ellipse((edge, edge, d - 1 - edge, d - 1 - edge), fill=fill)
            return image.resize((diameter, diameter), Image.Resampling.LANCZOS)

        return self.image(("disc", diameter, fill, ring), draw)

    def glyph(self, name: str, size: int, colour: str) -> ImageTk.PhotoImage:
        """A bundled Bootstrap icon, `size` in real pixels."""
        return self.image(("glyph", name, size, colour), lambda: SharedShapes.render(name, size, colour))

    def round_rect(
        self,
        canvas: tk.Canvas,
        box: tuple[float, float, float, float],
        fill: str,
        radii: Radii,
        tags: Sequence[str] = (),
        surface: str | None = None,
    ) -> None:
        """Draw a filled rounded rectangle on `canvas`: a polygon and at most four corner images.

        Pass the ``surface`` below it if that has a single colour: for each image with half-transparent pixels
        Tk asks the X server for the pixels below, and waits for the answer.
        """
        x0, y0, x1, y1 = (round(v) for v in box)
        if x1 - x0 < 2 or y1 - y0 < 2:
            return
        a, b, c, d = _four(radii, x1 - x0, y1 - y0)
        outline = (
            x0 + a,
            y0,
            x1 - b,
            y0,
            x1 - b,
            y0 + b,
            x1,
            y0 + b,
            x1,
            y1 - c,
            x1 - c,
            y1 - c,
            x1 - c,
            y1,
            x0 + d,
            y1,
            x0 + d,
            y1 - d,
            x0,
            y1 - d,
            x0,
            y0 + a,
            x0 + a,
            y0 + a,
        )
        canvas.create_polygon(outline, fill=fill, outline="", tags=tuple(tags))
        places = ((x0, y0), (x1 - b, y0), (x1 - c, y1 - c), (x0, y1 - d))
        for index, (radius, place) in enumerate(zip((a, b, c, d), places, strict=True)):
            if radius > 0:
                canvas.create_image(
                    *place, anchor="nw", image=self._corner(radius, index, fill, surface), tags=tuple(tags)
                )

    def _corner(self, radius: int, index: int, fill: str, surface: str | None) -> ImageTk.PhotoImage:
        def draw() -> Image.Image:
            mask = _quarter(radius, index)
            if surface is not None:
                under = Image.new("RGB", (radius, radius), rgb(surface))
                under.paste(Image.new("RGB", (radius, radius), rgb(fill)), (0, 0), mask)
                return under
            image = Image.new("RGBA", (radius, radius), (*rgb(fill), 0))
            image.putalpha(mask)
            return image

        return self.image(("corner", radius, index, fill, surface), draw)
