"""Whether the desktop is set to dark mode, and following its changes."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import tkinter as tk
from collections.abc import Callable

ANSWER_SECONDS = 0.5
ASK_EVERY_SECONDS = 3.0
POLL_MS = 50


def _system_question() -> list[str] | None:
    """The command that prints the mode; None on Windows, where the registry holds it."""
    if sys.platform == "darwin":
        return ["defaults", "read", "-g", "AppleInterfaceStyle"]
    if sys.platform == "win32":
        return None
    return ["gsettings", "get", "org.gnome.desktop.interface", "color-scheme"]


def system_is_dark() -> bool:
    """Whether the desktop is set to dark mode; False if that is unknown. Waits for the answer, at most
    `ANSWER_SECONDS`."""
    if sys.platform == "win32":
        import winreg

        path = r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"
        with contextlib.suppress(OSError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
            return int(winreg.QueryValueEx(key, "AppsUseLightTheme")[0]) == 0
        return False
    question = _system_question()
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            question or [], capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False
        )
        return "dark" in done.stdout.lower()
    return False


class SystemMode:
    """Asks for the desktop's mode without waiting. Each answer is passed to ``adopt(dark)``, on the Tk
    thread."""

    def __init__(self, root: tk.Misc, adopt: Callable[[bool], None]) -> None:
        self._root = root
        self._adopt = adopt
        self._asked_at = 0.0

    def ask(self) -> None:
        """Start a query, at most one in `ASK_EVERY_SECONDS`: this is called at each change of focus."""
        now = time.monotonic()
        if now - self._asked_at < ASK_EVERY_SECONDS:
            return
        self._asked_at = now
        question = _system_question()
        if question is None:
            self._adopt(system_is_dark())
            return
        with contextlib.suppress(OSError):
            asked = subprocess.Popen(question, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            self._root.after(POLL_MS, self._hear, asked, now + ANSWER_SECONDS)

    def _hear(self, asked: subprocess.Popen[str], deadline: float) -> None:
        if asked.poll() is None:
            if time.monotonic() < deadline:
                self._root.after(POLL_MS, self._hear, asked, deadline)
                return
            asked.kill()
        text = asked.communicate()[0]
        self._adopt("dark" in text.lower())
