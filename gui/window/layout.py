"""The layout of the window: the rail at the left, banners above the page, the status bar below."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.pages import PageEntry
from gui.services.shortcuts import Shortcuts
from gui.widgets.toast import Toasts
from gui.window.banners import Banners
from gui.window.place import MINIMUM
from gui.window.rail import Rail


class WindowLayout:
    """``root``: everything in the window; ``area``: the page's frame; ``choose`` and ``actions``: see
    `Rail`."""

    def __init__(
        self,
        app: ttk.App,
        pages: Sequence[PageEntry],
        choose: Callable[[str], None],
        actions: dict[str, Callable[[], object]],
        shortcuts: Shortcuts,
    ) -> None:
        self._app = app
        root = self.root = ttk.Frame(app, style="Back.TFrame")
        root.pack(fill="both", expand=True)
        root.columnconfigure(1, weight=1)
        root.rowconfigure(1, weight=1)
        self.rail = Rail(root, pages, choose, actions, shortcuts)
        self.rail.grid(row=0, column=0, rowspan=2, sticky="ns")
        self.banners = Banners(root)
        self.banners.grid(row=0, column=1, sticky="ew")
        self.area = ttk.Frame(root, style="Back.TFrame")
        self.area.grid(row=1, column=1, sticky="nsew")
        self.area.columnconfigure(0, weight=1)
        self.area.rowconfigure(0, weight=1)
        # Tk's grid does not lay out a container whose only content requests no size, such as an empty page.
        self.area.grid_propagate(False)
        self.toasts = Toasts(self.area)
        self._status_bar: ttk.Frame | None = None
        self._framed = True
        self._space()
        look().watch(root, self._space)

    def place_status_bar(self, bar: ttk.Frame) -> None:
        self._status_bar = bar
        bar.grid(row=2, column=0, columnspan=2, sticky="ew")

    def show_frame(self, on: bool) -> None:
        """Show or hide everything around the page except the banners, which a person has to see."""
        self._framed = on
        for part in (self.rail, self._status_bar):
            if part is not None:
                part.grid() if on else part.grid_remove()
        self._space()

    def _space(self) -> None:
        """Set the distances at the present scale."""
        gap = S(12)
        around = gap if self._framed else 0
        self.root.rowconfigure(2, minsize=S(32) if self._framed else 0)
        self.banners.grid_configure(padx=gap)
        self.area.grid_configure(padx=around, pady=(around, 0))
        width, height = (S(value) for value in MINIMUM)
        self._app.minsize(
            min(width, self._app.winfo_screenwidth()), min(height, self._app.winfo_screenheight() - S(40))
        )
