"""Hand-outs and their keys in the browser, which prints them."""

from __future__ import annotations

import tkinter as tk

from gui.services.background import run_in_background
from gui.services.browser import browse
from gui.services.services import Services
from gui.shared.handout import hand_out, key
from gui.shared.i18n import _, language
from net.lab.lesson import Lesson


def open_handout(owner: tk.Misc, services: Services, lesson: Lesson, *, answers: bool) -> None:
    """Write the page for pupils, or with ``answers`` its key, into the profile, and open it."""
    code = language()
    name = f"{lesson.name}-{code}{'-key' if answers else ''}.html"
    path = services.profile / "handouts" / name

    def write_and_open() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((key if answers else hand_out)(lesson, code), "utf-8")
        browse(path.as_uri())

    def opened(error: Exception | None) -> None:
        if error is None:
            return
        if not isinstance(error, OSError):
            raise error
        services.toast(_("No browser could be opened. The page is here: {path}").format(path=path), "warn")

    run_in_background(owner, write_and_open, opened)
