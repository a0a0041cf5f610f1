"""Which programs to step: one or two files, their arguments, and the Python that runs them."""

from __future__ import annotations

import shlex
import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tkinter import filedialog
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S
from gui.look.words import follow_language
from gui.services.background import run_in_background
from gui.services.services import Services
from gui.shared.i18n import _
from gui.widgets.dialog import Dialog, DialogButton
from gui.widgets.form import ChoiceField, TextField
from gui.widgets.wrapping_label import WrappingLabel
from net.lab.commands import RunFile
from net.lab.run.pythons import Python, find_pythons

WIDE = 520
SOCKETS_URL = "tcp-server://127.0.0.1:12345"
"""What the Sockets page is set up for: the tutorial's address."""
_SIDES = (0, 1)


@dataclass(frozen=True, slots=True)
class ProgramChoice:
    """``python``: its path, "" for Duplex's own."""

    files: tuple[RunFile, ...]
    python: str


def named(paths: tuple[str, ...]) -> tuple[str, ...]:
    """A name for each program: its file's, with a number if two have the same."""
    stems = [Path(path).stem or "program" for path in paths]
    return tuple(
        stem if stems.count(stem) == 1 else f"{stem}-{number}" for number, stem in enumerate(stems, 1)
    )


class ProgramDialog(Dialog):
    """``start(choice)`` is called when the person begins. What was chosen is kept in the settings."""

    def __init__(self, parent: tk.Misc, services: Services, start: Callable[[ProgramChoice], object]) -> None:
        buttons = (DialogButton("", "cancel"), DialogButton("", "start", "primary", default=True))
        super().__init__(parent, " ", buttons=buttons, may_close=self._may_start, width=WIDE, scrolls=True)
        self._services = services
        self._start = start
        self._kept: dict[str, Any] = services.settings.lessons
        self._pythons: list[Python] = []
        self._about = WrappingLabel(self.content, "InS.TLabel", wide=WIDE)
        self._about.pack(fill="x", pady=(0, S(8)))
        self.files: list[TextField] = []
        self.arguments: list[TextField] = []
        self._choosers: list[ttk.Button] = []
        for side in _SIDES:
            self._add_program(side)
        self.python = ChoiceField(self.content, lambda: None, width=44)
        self.python.pack(fill="x", pady=(S(8), 0))
        self._alone = WrappingLabel(self.content, "InS.TLabel", wide=WIDE)
        self._alone.pack(fill="x", pady=(S(12), 0))
        self._sockets = ttk.Button(self.content, style="Link.TButton", command=self._open_sockets)
        self._sockets.pack(anchor="w")
        kept = self._kept.get("programs", {})
        for side in _SIDES:
            self.files[side].set(str(kept.get(f"file{side}", "")))
            self.arguments[side].set(str(kept.get(f"arguments{side}", "")))
        follow_language(self, self._set_words)
        self._find_pythons()

    def _add_program(self, side: int) -> None:
        row = ttk.Frame(self.content, style="In.TFrame")
        row.pack(fill="x", pady=(0, S(6)))
        row.columnconfigure(0, weight=3)
        row.columnconfigure(2, weight=2)
        file = TextField(row, lambda: self.files[side].show_problem(""), width=28)
        file.grid(row=0, column=0, sticky="new")
        choose = ttk.Button(
            row, style="Icon.TButton", icon="folder2-open", icon_only=True, icon_size=16,
            command=lambda: self._choose(side),
        )  # fmt: skip
        choose.grid(row=0, column=1, sticky="n", pady=(S(18), 0), padx=S(2))
        arguments = TextField(row, lambda: None, width=14)
        arguments.grid(row=0, column=2, sticky="new")
        self.files.append(file)
        self.arguments.append(arguments)
        self._choosers.append(choose)

    def _find_pythons(self) -> None:
        """Those of this PC: asking them takes some tenths of a second each."""
        found: list[Python] = []

        def done(error: Exception | None) -> None:
            if error is not None:
                raise error
            self._pythons = found
            self._set_pythons()

        run_in_background(self, lambda: found.extend(find_pythons()), done)

    def _choose(self, side: int) -> None:
        before = self.files[side].value
        path = filedialog.askopenfilename(
            parent=self,
            initialdir=str(Path(before).parent) if before else "",
            filetypes=[("Python", "*.py *.pyw"), (_("All files"), "*")],
        )
        if path:
            self.files[side].set(str(path))
            self.files[side].show_problem("")

    # --- Answers ---

    def choice(self) -> ProgramChoice | None:
        """What is filled in; None, with the mistakes shown, if it is not complete."""
        fields = [side for side in _SIDES if self.files[side].value.strip()]
        wrong = False
        if not fields:
            self.files[0].show_problem(_("Choose a Python file."))
            return None
        for side in fields:
            problem = ""
            if not Path(self.files[side].value.strip()).is_file():
                problem = _("There is no such file.")
            self.files[side].show_problem(problem)
            wrong = wrong or bool(problem)
        if wrong:
            return None
        paths = tuple(self.files[side].value.strip() for side in fields)
        return ProgramChoice(
            tuple(
                RunFile(name, str(Path(path).absolute()), side, _words(self.arguments[side].value))
                for name, path, side in zip(named(paths), paths, fields, strict=True)
            ),
            self.python.chosen,
        )

    def _may_start(self, answer: str) -> bool:
        if answer != "start":
            return True
        choice = self.choice()
        if choice is None:
            return False
        self._kept["programs"] = {
            **{f"file{side}": self.files[side].value for side in _SIDES},
            **{f"arguments{side}": self.arguments[side].value for side in _SIDES},
            "python": choice.python,
        }
        self._services.save_settings()
        # the dialog, and all that waits on it, is gone by then
        self.owner.after_idle(self._start, choice)
        return True

    def _open_sockets(self) -> None:
        self.close("")
        self._services.open_url(SOCKETS_URL)

    # --- Words ---

    def _set_pythons(self) -> None:
        kept = self._kept.get("programs", {}).get("python", "")
        options = [("", _("The Python in Duplex"))]
        options += [(each.path, f"Python {each.version}   {each.path}") for each in self._pythons]
        self.python.set_options(options)
        self.python.choose(str(kept))

    def _set_words(self) -> None:
        title = _("Step my program")
        self.title(title)
        self.heading.configure(text=title)
        self.buttons["cancel"].configure(text=_("Cancel"))
        self.buttons["start"].configure(text=_("Begin"))
        self._about.show(
            _(
                "Each program runs as it is, in a process of its own, and is held before every socket call."
                " You let the calls go one by one."
            )
        )
        heads = (_("Program on the left"), _("Program on the right, if there is one"))
        for side in _SIDES:
            self.files[side].label.configure(text=heads[side])
            self.arguments[side].label.configure(text=_("Arguments"))
        self.python.label.configure(text=_("Run with"))
        self._alone.show(
            _(
                "With one program, its other end can be the Sockets page: start a listener there, come back,"
                " and begin."
            )
        )
        self._sockets.configure(text=_("Set up a listener on the Sockets page"))
        self._set_pythons()


def _words(text: str) -> tuple[str, ...]:
    """Arguments as a shell would divide them; with an unmatched quote, at the spaces."""
    try:
        return tuple(shlex.split(text.replace("\\", "\\\\")))  # a path of Windows keeps its backslashes
    except ValueError:
        return tuple(text.split())
