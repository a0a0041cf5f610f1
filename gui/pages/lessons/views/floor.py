"""How stage, side column and the lines above them share a window."""

from __future__ import annotations

import tkinter as tk

import ttkbootstrap as ttk

from gui.look.contrast import legible
from gui.look.look import look
from gui.pages.lessons.player.column import SideColumn
from gui.pages.lessons.sizes import Sizes
from gui.pages.lessons.views.stage import Stage

PICTURE_PART = 0.60
"""Of the window, that the stage has at least."""
MARGIN = 5


class Floor:
    """Lays out ``bar``, the sentence below it, ``stage`` and ``column`` in ``frame``, and fits the sizes to
    it."""

    def __init__(
        self, frame: ttk.Frame, sizes: Sizes, bar: tk.Widget, stage: Stage, column: SideColumn
    ) -> None:
        self._frame = frame
        self._sizes = sizes
        self._bar = bar
        self._stage = stage
        self._column = column
        self.sentence = ttk.Label(
            frame, style="Back.TLabel", font=sizes.font("sentence"), anchor="w", justify="left"
        )
        frame.columnconfigure(0, weight=1)
        frame.rowconfigure(2, weight=1)
        bar.grid(row=0, column=0, columnspan=2, sticky="ew")
        self.sentence.grid(row=1, column=0, columnspan=2, sticky="ew")
        stage.grid(row=2, column=0, sticky="nsew")
        # row 3 is for the trouble card, which stands below the stage alone
        column.grid(row=2, column=1, rowspan=2, sticky="ns")
        frame.bind("<Configure>", lambda event: self._resized(event.width, event.height))
        look().watch(frame, self._restyle)
        self._restyle()

    def say(self, text: str) -> None:
        """The one sentence."""
        if text != str(self.sentence.cget("text")):
            self.sentence.configure(text=text)

    def _resized(self, width: int, height: int) -> None:
        self._sizes.fit(width, height)
        px = self._sizes.px
        margin = px(MARGIN)
        for part in (self._bar, self.sentence):
            part.grid_configure(padx=px(12))
        self._bar.grid_configure(pady=(px(3), 0))
        self._stage.grid_configure(padx=margin, pady=(px(2), margin))
        self._column.grid_configure(padx=(0, margin), pady=(px(2), margin))
        self.sentence.configure(wraplength=max(100, width - 2 * px(12)))
        self._frame.update_idletasks()
        if (self._frame.winfo_width(), self._frame.winfo_height()) != (width, height):
            # It was resized meanwhile, and what is wanted here belongs to another size.
            return
        # code wants its columns, the picture its part of the window; the picture comes first
        above = self._bar.winfo_reqheight() + self.sentence.winfo_reqheight()
        high = max(1, height - above - px(3) - px(2) - margin)
        most = width - 3 * margin - int(PICTURE_PART * width * height / high) - 1
        self._column.configure(width=min(self._column.wanted_width(), max(most, width // 5)))

    def _restyle(self) -> None:
        self.sentence.configure(foreground=legible(look().palette.fg, look().palette.back))
