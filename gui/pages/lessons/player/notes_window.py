"""The teacher's notes of the shown step, in a window of their own that can stand on another screen."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.pages.lessons.player.keys import LessonKeys
from gui.pages.lessons.player.question_panel import LETTERS
from gui.shared.i18n import _, language
from gui.widgets.wrapping_label import WrappingLabel
from net.lab.lesson import Lesson

WIDE, HIGH = 460, 520


class NotesWindow(ttk.Toplevel):
    """``actions``: the player's keys, which work here too: a teacher may click here first. ``kept``: where
    the window's place is remembered."""

    def __init__(
        self, owner: tk.Misc, actions: Mapping[str, Callable[[], object]], kept: dict[str, Any]
    ) -> None:
        super().__init__(title=_("Teacher's notes"))
        self.withdraw()
        self.configure(background=look().palette.back)
        self._kept = kept
        back = ttk.Frame(self, style="Back.TFrame", padding=S(12))
        back.pack(fill="both", expand=True)
        card = ttk.Frame(back, style="Card.TFrame", padding=S(18))
        card.pack(fill="both", expand=True)
        self._where = ttk.Label(card, style="InS.TLabel")
        self._where.pack(fill="x")
        self._say = WrappingLabel(card, "InH.TLabel")
        self._say.pack(fill="x", pady=(0, S(10)))
        self.notes = WrappingLabel(card, "In.TLabel")
        self.notes.pack(fill="x")
        self._answer = WrappingLabel(card, "InOk.TLabel")
        self._answer.pack(fill="x", pady=(S(10), 0))
        self._coming = WrappingLabel(card, "InS.TLabel")
        self._coming.pack(side="bottom", fill="x")
        self._sources = WrappingLabel(card, "InS.TLabel")
        self._sources.pack(side="bottom", fill="x", pady=(0, S(6)))
        LessonKeys(self, {**actions, "Escape": self.close, "n": self.close}, lambda: True)
        self.protocol("WM_DELETE_WINDOW", self.close)
        look().watch(self, self._restyle)
        place = kept.get("notes")
        x, y = owner.winfo_rootx() + S(60), owner.winfo_rooty() + S(60)
        self.wm_geometry(place if isinstance(place, str) else f"{S(WIDE)}x{S(HIGH)}+{x}+{y}")
        self.deiconify()
        self.focus_set()

    def show(self, lesson: Lesson, number: int) -> None:
        """The notes of a step, what is right there, and what comes next."""
        code, step = language(), lesson.steps[number - 1]
        self.wm_title(_("Teacher's notes"))
        self._where.configure(text=f"{lesson.title.get(code)}   {number} / {len(lesson.steps)}")
        self._say.show(step.say.get(code))
        self.notes.show(step.notes.get(code))
        answer = ""
        if step.question is not None:
            option = step.question.options[step.question.answer].get(code)
            answer = _("Right: {letter} {option}").format(letter=LETTERS[step.question.answer], option=option)
        self._answer.show(answer)
        later = lesson.steps[number].say.get(code) if number < len(lesson.steps) else lesson.closing.get(code)
        self._coming.show(_("Next: {sentence}").format(sentence=later))
        sources = [source.get(language()) for source in lesson.sources]
        self._sources.show(_("Sources: {list}").format(list=_("; ").join(sources)))

    def _restyle(self) -> None:
        self.configure(background=look().palette.back)

    def close(self) -> None:
        """Remember where it stood."""
        self._kept["notes"] = self.wm_geometry()
        self.destroy()
