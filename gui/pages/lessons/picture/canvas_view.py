"""What the views of a run share: a canvas that shows one drawing, which follows size, theme and language."""

from __future__ import annotations

import tkinter as tk
from dataclasses import replace
from pathlib import Path

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.lessons.picture.canvas import DrawingCanvas, measure
from gui.shared.picture import png
from gui.shared.picture.colours import DARK, LIGHT
from gui.shared.picture.pen import Paper
from gui.shared.picture.roles import NO_ROLES
from gui.shared.picture.shapes import Drawing, Measure
from gui.shared.picture.svg import svg_text

SMALLEST = 200


class CanvasView(ttk.Frame):
    """A subclass says with `drawn` what there is to see."""

    def __init__(self, master: tk.Misc) -> None:
        super().__init__(master, style="Card.TFrame")
        self._scale = 1.0
        self.roles = NO_ROLES
        self.drawing = Drawing(1, 1, LIGHT.card)
        self.canvas = DrawingCanvas(self, takefocus=1, width=SMALLEST, height=SMALLEST)
        self.canvas.pack(fill="both", expand=True, padx=S(5), pady=S(5))
        self.canvas.bind("<Configure>", lambda _event: self.paint())
        look().watch(self, self.paint)
        follow_language(self, self.paint)

    @property
    def frame(self) -> ttk.Frame:
        return self

    @property
    def scale(self) -> float:
        return self._scale

    def set_scale(self, factor: float) -> None:
        """1.0 is for a window of 1280x720."""
        if factor != self._scale:
            self._scale = factor
            self.paint()

    def paper(self, measured: Measure) -> Paper:
        """What the view draws on now."""
        width = max(SMALLEST, self.canvas.winfo_width())
        height = max(SMALLEST, self.canvas.winfo_height())
        colours = replace(DARK if look().dark else LIGHT, card=look().palette.card)
        return Paper(width, height, colours, measured, self._scale, self.roles)

    def drawn(self, measured: Measure) -> Drawing:
        """What is shown now, with these fonts."""
        raise NotImplementedError

    def paint(self) -> None:
        """Draw what is shown now."""
        self.drawing = self.drawn(measure)
        self.canvas.configure(background=self.drawing.background)
        self.canvas.show(self.drawing)

    def svg(self) -> str:
        """What is shown, as SVG."""
        return svg_text(self.drawn(png.measure))

    def save_png(self, path: Path) -> None:
        """What is shown, as a PNG of the view's size. Raises OSError."""
        png.write_png(self.drawn(png.measure), path)
