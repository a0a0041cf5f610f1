"""Banners about the settings file: that it was damaged, or can't be written."""

from __future__ import annotations

from gui.shared.i18n import _
from gui.shared.settings import SettingsFile
from gui.window.banners import Banners


class SettingsBanners:
    def __init__(self, banners: Banners, file: SettingsFile) -> None:
        self._banners = banners
        self._file = file
        self._shown = False

    def show_set_aside(self) -> None:
        """Once, at the start."""
        aside = self._file.set_aside
        if aside is not None:
            self._banners.show(
                "settings",
                lambda: _(
                    "The settings were damaged and have been set aside as {name}. Duplex starts with its own."
                ).format(name=aside.name),
                "warn",
            )

    def look(self) -> None:
        """Called now and then, because writing happens off Tk's thread. A banner that a person closed does
        not come back."""
        problem = self._file.problem
        if problem is None:
            if "profile" in self._banners.texts:
                self._shown = False
                self._banners.hide("profile")
        elif not self._shown:
            self._shown = True
            path, detail = self._file.path, problem.strerror or problem
            self._banners.show(
                "profile",
                lambda: _(
                    "{path} can't be written ({detail}). Duplex works, but forgets its settings."
                ).format(path=path, detail=detail),
                "warn",
            )
