"""The window's own dialogs, of which one is open at a time: the settings and the shortcut sheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.services.shortcuts import Shortcuts
from gui.window.preferences import SEEN_EVERYWHERE, Preferences
from gui.window.timers import Timers

if TYPE_CHECKING:
    from gui.widgets.dialog import Dialog
    from gui.window.settings_retention import Expiring


class WindowDialogs:
    """``current``: the open dialog, or the last one. ``expiring``: see `RetentionRows`."""

    def __init__(
        self,
        app: ttk.App,
        preferences: Preferences,
        shortcuts: Shortcuts,
        profile: Path,
        timers: Timers,
        expiring: Expiring,
    ) -> None:
        self.current: Dialog | None = None
        self._app = app
        self._preferences = preferences
        self._shortcuts = shortcuts
        self._profile = profile
        self._timers = timers
        self._expiring = expiring
        preferences.listen(self._setting_changed)

    def open_settings(self) -> None:
        from gui.window.settings_dialog import SettingsDialog

        self._open(
            lambda: SettingsDialog(
                self._app,
                self._preferences.settings,
                str(self._profile),
                self._preferences.changed,
                self._expiring,
            )
        )

    def show_shortcuts(self) -> None:
        from gui.window.shortcut_sheet import ShortcutSheet

        self._open(lambda: ShortcutSheet(self._app, self._shortcuts))

    def _open(self, make: Callable[[], Dialog]) -> None:
        if self.current is not None and self.current.winfo_exists():
            self.current.lift()
            return
        self.current = make()
        self.current.present()

    def _setting_changed(self, name: str) -> None:
        if name in SEEN_EVERYWHERE:
            self._timers.start("dialog", 1, self._renew_settings)

    def _renew_settings(self) -> None:
        """Rebuild the dialog in the language and scale that were chosen in it."""
        if self.current is not None and self.current.winfo_exists():
            self.current.close("")
            self.open_settings()
