"""`PictureView`: the four lifelines of a run that grows or is gone through, on a canvas."""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable, Iterable
from pathlib import Path

import ttkbootstrap as ttk

from gui.look.look import look
from gui.look.words import follow_language
from gui.pages.lessons.picture.canvas import measure, put
from gui.shared.picture import png
from gui.shared.picture.colours import DARK, LIGHT, PictureColours
from gui.shared.picture.drawing import Place, draw_picture
from gui.shared.picture.pen import Paper
from gui.shared.picture.shapes import ByteCell, Drawing
from gui.shared.picture.svg import svg_text
from gui.widgets.paint_canvas import PaintCanvas
from net.lab.picture import Picture, PictureBuilder
from net.lab.recording import Header, RecordedEvent

MOTION_SECONDS = 0.35
FRAME_MS = 16


class PictureView(ttk.Frame):
    """See the module. `on_bytes(cell)` is called when a byte is clicked, or Enter pressed on it; without it
    the view opens its own panel.

    Keys: Up and Down move the row's cursor, Home and End to the first and the last row; Enter, or Tab, goes
    into the row's bytes, there Left and Right walk, Enter opens, Escape goes back.
    """

    def __init__(self, master: tk.Misc, *, on_bytes: Callable[[ByteCell], None] | None = None) -> None:
        super().__init__(master, style="Card.TFrame")
        self._on_bytes = on_bytes
        self._builder = PictureBuilder()
        self._count = 0
        self._cursor = -1
        self._ask = ""
        self._roles = ("", "")
        self._scale = 1.0
        self._started: float | None = None
        self._timer = ""
        self.drawing = Drawing(1, 1, LIGHT.card)
        self.canvas = PaintCanvas(self, autostyle=False, bd=0, highlightthickness=0, takefocus=1)
        self.canvas.pack(fill="both", expand=True, padx=2, pady=2)
        self.canvas.bind("<Configure>", lambda _event: self.paint())
        look().watch(self, self.paint)
        follow_language(self, self.paint)

    # --- For the owner ---

    @property
    def frame(self) -> ttk.Frame:
        return self

    @property
    def picture(self) -> Picture:
        return self._builder.picture

    @property
    def count(self) -> int:
        """How many events are shown."""
        return self._count

    def begin(self, header: Header, roles: tuple[str, str] = ("", "")) -> None:
        """Show a new recording, empty so far. ``roles``: the words above both sides; "" for the programs'
        names."""
        self.skip()
        self._builder = PictureBuilder()
        self._builder.add(header)
        self._roles = roles
        self._count, self._cursor, self._ask = 1, -1, ""
        self.paint()

    def set_roles(self, roles: tuple[str, str]) -> None:
        """After a change of language."""
        self._roles = roles
        self.paint()

    def grow(self, events: Iterable[RecordedEvent]) -> None:
        """The recording goes on; what is shown stays as it is. A header among the events is left out: it is
        known."""
        for event in events:
            if not isinstance(event, Header):
                self._builder.add(event)

    def go_to(self, count: int, animate: bool = False) -> None:
        """Show the first ``count`` events, the last row under the cursor. ``animate``: its arrows run along
        their way, if the picture goes forward by a row."""
        self.skip()
        rows = self.picture.rows_at(self._count)
        self._count = max(0, min(count, len(self.picture.events)))
        self._cursor = -1
        if animate and self.picture.rows_at(self._count) > rows:
            self._started = time.monotonic()
        self.paint()
        if self._started is not None and not self.drawing.moving:
            self._started = None

    def count_of_step(self, number: int) -> int | None:
        """The events up to and with the lesson's step ``number``; None if it is not in the recording."""
        return self.picture.count_of_step(number)

    def ask(self, text: str) -> None:
        """What stands in the dashed box where the answer will come, "" for none."""
        self._ask = text
        self.paint()

    def set_scale(self, factor: float) -> None:
        """1.0 is for a window of 1280x720."""
        if factor != self._scale:
            self._scale = factor
            self.paint()

    @property
    def animating(self) -> bool:
        return self._started is not None

    def skip(self) -> None:
        """End the motion now."""
        if self._timer:
            self.after_cancel(self._timer)
            self._timer = ""
        if self._started is not None:
            self._started = None
            self.paint()

    def svg(self) -> str:
        """What is shown, as SVG."""
        return svg_text(self._drawn(png.measure))

    def save_png(self, path: Path) -> None:
        """What is shown, as a PNG of the view's size. Raises OSError."""
        png.write_png(self._drawn(png.measure), path)

    # --- Painting ---

    def _colours(self) -> PictureColours:
        return DARK if look().dark else LIGHT

    def _drawn(self, measured: Callable[[str, int, bool, bool], float], progress: float = 1.0) -> Drawing:
        width, height = max(200, self.canvas.winfo_width()), max(200, self.canvas.winfo_height())
        paper = Paper(width, height, self._colours(), measured, self._scale, self._roles)
        place = Place(self._count, self._cursor, progress, self._ask)
        return draw_picture(self.picture, place, paper)

    def paint(self) -> None:
        """Draw what is shown now."""
        progress = 1.0
        if self._started is not None:
            progress = min(1.0, (time.monotonic() - self._started) / MOTION_SECONDS)
            if progress >= 1.0:
                self._started = None
        self.drawing = self._drawn(measure, progress)
        self.canvas.configure(background=self.drawing.background)
        put(self.canvas, self.drawing)
        if self._started is not None and not self._timer:
            self._timer = self.after(FRAME_MS, self._next_frame)

    def _next_frame(self) -> None:
        self._timer = ""
        self.paint()
