"""Closing the window: the engine is stopped first, and the window is destroyed after its last event."""

from __future__ import annotations

from collections.abc import Callable

from gui.shared.i18n import _
from gui.window.banners import Banners
from gui.window.timers import Timers

SHOWN_AFTER_MS = 300
PATIENCE_MS = 6000
"""Milliseconds of closing after which pressing the close button again ends without waiting for the engine."""


class WindowCloser:
    """``prepare`` is called once, when closing begins; then ``stop_engine``, which returns whether there is
    an engine to wait for. ``destroy`` destroys the window."""

    def __init__(
        self,
        banners: Banners,
        timers: Timers,
        *,
        prepare: Callable[[], None],
        stop_engine: Callable[[], bool],
        destroy: Callable[[], None],
    ) -> None:
        self._banners = banners
        self._timers = timers
        self._prepare = prepare
        self._stop_engine = stop_engine
        self._destroy = destroy
        self._begun = self._impatient = self._engine_ended = False

    def close(self) -> None:
        if self._begun:
            if self._impatient:
                self._destroy()
            return
        self._begun = True
        self._prepare()
        if self._engine_ended or not self._stop_engine():
            self._destroy()
            return
        self._timers.start("closing", SHOWN_AFTER_MS, self._show_closing)
        self._timers.start("patience", PATIENCE_MS, self._lose_patience)

    def engine_stopped(self) -> None:
        """The engine's last event was received, whoever stopped the engine."""
        self._engine_ended = True
        if self._begun:
            self._destroy()
        else:
            self._banners.show(
                "engine", lambda: _("The network engine has stopped. Please start Duplex again."), "error"
            )

    def _show_closing(self) -> None:
        self._banners.show(
            "closing", lambda: _("Closing: the last connections are being ended in order …"), "info"
        )

    def _lose_patience(self) -> None:
        self._impatient = True
        self._timers.cancel("closing")
        self._banners.show(
            "closing",
            lambda: _("Closing takes unusually long. Close the window again to end at once."),
            "warn",
        )
