"""Builds rounded ttk styles: nine-slice images in the palette's colours as elements, layouts and colours."""

from __future__ import annotations

import tkinter.ttk
from typing import Any

from PIL import Image, ImageTk
from ttkbootstrap import image_element
from ttkbootstrap.style import register_style

from gui.look.look import Look
from gui.look.shapes import Radii

SURFACES = ("", "Soft.", "Back.")


class StyleBuilder:
    """Writes one part of the styles of a look into the current ttk theme.

    A rounded style is an image element: ttk cuts the image into nine pieces, keeps the corners and tiles the
    rest. Elements can't be redefined, so each variant of the look has its own, under a name with ``suffix``,
    and they are created once (``fresh``); ``kept`` holds their images as long as the window exists
    (`gui.look.look.Look`).
    """

    def __init__(self, look: Look, part: str) -> None:
        self.look = look
        self.style: Any = look.app.style
        self.palette = look.palette
        self.suffix = f"{'dark' if look.dark else 'light'}{'P' if look.projector else ''}"
        key = (part, self.suffix)
        self.fresh = key not in look.element_images
        self.kept = look.element_images.setdefault(key, [])

    def surface(self, prefix: str) -> str:
        return {"": self.palette.card, "Soft.": self.palette.soft, "Back.": self.palette.back}[prefix]

    def piece(
        self, fill: str, radius: Radii, outline: str | None = None, line: int = 1, centre: int = 60
    ) -> ImageTk.PhotoImage:
        """A rounded square with a wide middle: ttk tiles the middle, and a narrow one takes a second to
        paint.
        """
        px = self.look.px
        side = 2 * px(radius if isinstance(radius, (int, float)) else max(radius)) + centre
        image = self.look.shapes.rect(
            side, side, fill, px(radius) if isinstance(radius, (int, float)) else radius, outline, line
        )
        self.kept.append(image)
        return image

    def clear_piece(self, radius: int) -> ImageTk.PhotoImage:
        side = 2 * self.look.px(radius) + 60
        image = self.look.shapes.image(("clear", side), lambda: Image.new("RGBA", (side, side), (0, 0, 0, 0)))
        self.kept.append(image)
        return image

    def element(
        self,
        name: str,
        default: ImageTk.PhotoImage,
        edge: int,
        states: dict[str, ImageTk.PhotoImage] | None = None,
        **options: Any,
    ) -> str:
        """The full name of a nine-slice element, created if this variant has none yet. ``edge``: logical
        units that belong to the corners; ``states``: other images, by ttk state."""
        full = f"{self.suffix}.{name}"
        if self.fresh:
            shown = {state: str(image) for state, image in (states or {}).items()}
            settings = {"border": self.look.px(edge), "padding": 0, "sticky": "nsew", "width": 4, "height": 4}
            image_element(self.style, full, default=str(default), states=shown, **{**settings, **options})
        return full

    def configure(self, name: str, **options: Any) -> None:
        # Not ttkbootstrap's own configure(): it would write every option again at each registration, which
        # takes a quarter of a second at the start. `Look.change` rebuilds the styles after a theme change.
        tkinter.ttk.Style.configure(self.style, name, **options)
        register_style(self.style, name)
