"""Small figures: tiles with a name and a number, and a sparkline."""

from __future__ import annotations

import tkinter as tk
from collections import deque
from collections.abc import Sequence
from typing import Any, Literal

import ttkbootstrap as ttk
from msgspec import Struct
from PIL import Image, ImageDraw, ImageTk

from gui.look.look import S, look
from gui.look.shapes import rgb
from gui.widgets.text_fit import fit

SAMPLES = 80
OVER = 3


class Metric(Struct, frozen=True):
    """A name and its value as text."""

    name: str
    value: str
    tone: Literal["accent", "ok", "warn", "error", "info", "normal"] = "accent"


class MetricTiles(ttk.Canvas):
    """Tiles of equal width in a row; redraws only those that changed."""

    def __init__(self, master: tk.Misc, metrics: Sequence[Metric] = (), **options: Any) -> None:
        super().__init__(
            master, autostyle=False, bd=0, highlightthickness=0, height=S(50), width=S(240), **options
        )
        self._metrics = tuple(metrics)
        self.bind("<Configure>", lambda _e: self._draw())
        look().watch(self, self._draw)

    def show(self, metrics: Sequence[Metric]) -> None:
        """Replace the metrics."""
        if tuple(metrics) != self._metrics:
            self._metrics = tuple(metrics)
            self._draw()

    def _draw(self) -> None:
        p, shapes, gap = look().palette, look().shapes, S(8)
        self.configure(background=p.card, height=S(50))
        self.delete("all")
        if not self._metrics:
            return
        wide = (max(self.winfo_width(), S(120)) - gap * (len(self._metrics) - 1)) / len(self._metrics)
        for number, metric in enumerate(self._metrics):
            x, room = number * (wide + gap), int(wide) - S(18)
            shapes.round_rect(self, (x, 0, x + wide, S(50)), p.soft, S(10))
            small, bold = look().font(8), look().font(10, bold=True)
            if bold.measure(metric.value) > room:
                bold = look().font(8, bold=True)
            self.create_text(
                x + S(10), S(15), anchor="w", text=fit(small, metric.name, room), font=small, fill=p.mute
            )
            self.create_text(
                x + S(10),
                S(34),
                anchor="w",
                text=fit(bold, metric.value, room),
                font=bold,
                fill=p.tone(metric.tone),
            )


class Sparkline(ttk.Canvas):
    """The last `SAMPLES` values as a curve, with the name and the newest value as text beside it."""

    def __init__(self, master: tk.Misc, name: str = "", **options: Any) -> None:
        super().__init__(
            master, autostyle=False, bd=0, highlightthickness=0, height=S(54), width=S(240), **options
        )
        self.name = name
        self.text = ""
        self._values: deque[float] = deque(maxlen=SAMPLES)
        self._image: ImageTk.PhotoImage | None = None
        self.bind("<Configure>", lambda _e: self._draw())
        look().watch(self, self._draw)

    def add(self, value: float, text: str) -> None:
        """Append a value; `text` is shown for it."""
        self._values.append(max(0.0, value))
        self.text = text
        self._draw()

    def retext(self, name: str) -> None:
        self.name = name
        self._draw()

    def clear(self) -> None:
        self._values.clear()
        self.text = ""
        self._draw()

    def _draw(self) -> None:
        p, width = look().palette, max(self.winfo_width(), S(120))
        self.configure(background=p.card, height=S(54))
        self.delete("all")
        look().shapes.round_rect(self, (0, 0, width, S(54)), p.soft, S(10))
        small, bold = look().font(8), look().font(11, bold=True)
        self.create_text(S(10), S(17), anchor="w", text=fit(small, self.name, S(76)), font=small, fill=p.mute)
        self.create_text(S(10), S(36), anchor="w", text=fit(bold, self.text, S(84)), font=bold, fill=p.acc)
        left, room, high = S(96), width - S(96) - S(8), S(42)
        if len(self._values) < 2 or room < S(30):
            return
        self._image = ImageTk.PhotoImage(self._curve(room, high), master=self)
        self.create_image(left, S(6), anchor="nw", image=self._image)

    def _curve(self, width: int, height: int) -> Image.Image:
        image = Image.new("RGBA", (width * OVER, height * OVER), (*rgb(look().palette.soft), 0))
        pen, colour = ImageDraw.Draw(image), rgb(look().palette.acc)
        top = max(self._values) or 1.0
        edge = S(4)
        step = (width - 2 * edge) / (SAMPLES - 1)
        first = SAMPLES - len(self._values)
        points = [
            ((edge + (first + i) * step) * OVER, (height - edge - (height - 2 * edge) * value / top) * OVER)
            for i, value in enumerate(self._values)
        ]
        ground = height * OVER
        pen.polygon([*points, (points[-1][0], ground), (points[0][0], ground)], fill=(*colour, 46))
        pen.line(points, fill=(*colour, 255), width=max(2, S(2) * OVER // 2 * 2), joint="curve")
        x, y = points[-1]
        r = S(3) * OVER
        pen.ellipse((x - r, y - r, x + r, y + r), fill=(*colour, 255))
        return image.resize((width, height), Image.Resampling.LANCZOS)
