"""The whole screen for the page: no rail, no status bar, no title bar."""

from __future__ import annotations

import ttkbootstrap as ttk

from gui.window.layout import WindowLayout


class FullScreen:
    """``set(True)`` and ``set(False)``; setting it again changes nothing."""

    def __init__(self, app: ttk.App, layout: WindowLayout) -> None:
        self._app = app
        self._layout = layout
        self._on = False

    def set(self, on: bool) -> None:
        if on != self._on:
            self._on = on
            self._layout.show_frame(not on)
            self._app.attributes("-fullscreen", on)
