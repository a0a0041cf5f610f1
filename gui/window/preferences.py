"""The settings while the window is open: changed, applied, saved, and reported to listeners."""

from __future__ import annotations

from collections.abc import Callable

from gui.look.apply import apply_theme
from gui.look.look import Look, Mode
from gui.shared import i18n
from gui.shared.settings import Settings, SettingsFile
from gui.window.timers import Timers

SAVE_AFTER_MS = 400
"""Settings that change in quick succession (a sash being dragged) are written once."""
SEEN_EVERYWHERE = ("language", "theme", "projector")
"""Settings that change the whole look."""


class Preferences:
    """``settings``: the values, which anybody may change in place and then call `changed` or `save`.

    ``mode``: the initial colours; a command-line argument applies to this run only and does not change the
    settings. ``listeners`` are called with the name of each setting passed to `changed`.
    """

    def __init__(
        self, settings: Settings, file: SettingsFile, look: Look, mode: Mode, timers: Timers
    ) -> None:
        self.settings = settings
        self.listeners: list[Callable[[str], None]] = []
        self._file = file
        self._look = look
        self._mode = mode
        self._timers = timers

    # --- Switching ---

    def switch_language(self) -> None:
        names = list(i18n.LANGUAGES)
        self.settings.language = names[(names.index(i18n.language()) + 1) % len(names)]
        self.changed("language")

    def speak_english(self) -> None:
        self.settings.language = "en"
        self.changed("language")

    def switch_theme(self) -> None:
        self.settings.theme = "light" if self._look.dark else "dark"
        self.changed("theme")

    def switch_projector(self) -> None:
        self.settings.projector = not self.settings.projector
        self.changed("projector")

    def changed(self, name: str) -> None:
        """Apply, save and report the setting ``name``, a field of `Settings`; "retention" means the two about
        transcripts, "chat" all of the chat's."""
        if name == "language":
            i18n.set_language(self.settings.language)
        elif name in SEEN_EVERYWHERE:
            if name == "theme":
                self._mode = self.settings.theme  # type: ignore[assignment]  # one of `settings.THEMES`
            apply_theme(self._look.app, self._mode, self.settings.projector)
        self.save()
        for listener in list(self.listeners):
            listener(name)

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call ``listener`` with each changed setting's name, until the returned function is called."""
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    # --- The desktop's mode ---

    def follow_system(self) -> None:
        """Follow the desktop's mode from now on, if the settings say so: the first paint used the remembered
        one."""
        if self._mode == "system":
            self._look.mode = "system"
            self._look.follow_system()

    def note_system_mode(self) -> None:
        """Remember the desktop's present mode for the next start's first paint."""
        if self._mode == "system" and self.settings.system_dark != self._look.dark:
            self.settings.system_dark = self._look.dark
            self.save()

    # --- The file ---

    def save(self) -> None:
        """Write soon, off Tk's thread."""
        self._timers.start("save", SAVE_AFTER_MS, lambda: self._file.save(self.settings))

    def save_now(self) -> None:
        """Write, and wait for it."""
        self._timers.cancel("save")
        self._file.save_now(self.settings)
