"""The card of a lesson's task, and beside it the attempts with their verdicts."""

from __future__ import annotations

import random
import shutil
import time
import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog
from typing import Any

import ttkbootstrap as ttk

from gui.look.contrast import legible
from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.lessons.sizes import Sizes
from gui.pages.lessons.task.attempts import Attempt, Attempts
from gui.services.services import Services, Tone
from gui.shared import wording
from gui.shared.i18n import _, language, ngettext
from gui.shared.verdict_wording import line_text, verdict_text
from gui.widgets.empty import EmptyState
from gui.widgets.form import TextField
from gui.widgets.read_only_text import ReadOnlyText
from gui.widgets.scroll_area import ScrollArea
from gui.widgets.segmented import SegmentedControl
from gui.widgets.session_list import SessionItem, SessionList
from gui.widgets.tk_paths import path_of
from gui.widgets.wrapping_label import WrappingLabel
from net.address import Address, AddressError
from net.lab.lesson import Lesson, LessonTask
from net.lab.lesson_files import lesson_file
from net.lab.tasks.catalog import TASKS
from net.lab.tasks.check_file import FILE_NAME, check_program

THIS_PC, ALL = "127.0.0.1", "0.0.0.0"
HINTS = 3


class TaskView:
    """``leave()``: back to the shelf."""

    def __init__(
        self, master: tk.Misc, services: Services, sizes: Sizes, *, leave: Callable[[], object]
    ) -> None:
        self.frame = ttk.Frame(master, style="Back.TFrame", takefocus=True)
        self.lesson: Lesson | None = None
        self.attempts = Attempts(services, self._refresh)
        self._services = services
        self._sizes = sizes
        self._kept: dict[str, Any] = services.settings.lessons
        self._number = 0
        self._hints = 0
        self._answer = False
        self._chosen: Attempt | None = None
        self._newest = True
        """Whether the newest attempt is shown: so until an older one is picked."""
        self.frame.columnconfigure((0, 1), weight=1, uniform="half")
        self.frame.rowconfigure(0, weight=1)
        left = ttk.Frame(self.frame, style="Card.TFrame", padding=S(18))
        left.grid(row=0, column=0, sticky="nsew", padx=(0, S(12)))
        right = ttk.Frame(self.frame, style="Card.TFrame", padding=S(18))
        right.grid(row=0, column=1, sticky="nsew")
        self._build_task(left, leave)
        self._build_attempts(right)
        end = services.watch_events(self.attempts.takers(), after=self.attempts.notify)
        self.frame.bind("<Destroy>", lambda event: end() if event.widget is self.frame else None, add="+")
        look().watch(self.frame, self._refresh)
        follow_language(self.frame, self._set_words)

    # --- Its parts ---

    def _build_task(self, card: ttk.Frame, leave: Callable[[], object]) -> None:
        head = ttk.Frame(card, style="In.TFrame")
        head.pack(fill="x")
        ttk.Button(
            head, style="Icon.TButton", icon="arrow-left", icon_only=True, icon_size=16, command=leave
        ).pack(side="left")
        self._title = WrappingLabel(head, "In.TLabel", font=self._sizes.font("title"))
        self._title.pack(side="left", fill="x", expand=True, padx=(S(8), 0))
        self._which = SegmentedControl(card, command=lambda value: self._open_task(int(value)), small=True)
        area = self._area = ScrollArea(card)
        area.pack(fill="both", expand=True, pady=(S(8), 0))
        inside = self._inside = area.inside
        self._say = WrappingLabel(inside, "In.TLabel", font=self._sizes.font("text"))
        self._say.pack(fill="x")
        tile = ttk.Frame(inside, style="Tile.TFrame", padding=(S(14), S(10)))
        tile.pack(fill="x", pady=(S(12), S(4)))
        self._how = ttk.Label(tile, style="SoftS.TLabel")
        self._how.pack(anchor="w")
        self.address = WrappingLabel(tile, "Soft.TLabel", font=self._sizes.font("digits"))
        self.address.pack(fill="x")
        self.host = SegmentedControl(inside, command=lambda _value: self._listen(), small=True)
        self.host.pack(anchor="w", pady=(S(6), 0))
        row = self._row = ttk.Frame(inside, style="In.TFrame")
        row.pack(fill="x", pady=(S(8), 0))
        self.seed = TextField(row, lambda: self.seed.show_problem(""), width=12)
        self.seed.pack(side="left")
        self._again = ttk.Button(row, style="Secondary.TButton", command=self._listen_again)
        self._again.pack(side="left", padx=(S(8), 0), anchor="s")
        self._target = TextField(row, self._target_changed, width=20)
        self._knock = ttk.Button(row, style="Primary.TButton", command=self.knock)
        files = ttk.Frame(inside, style="In.TFrame")
        files.pack(fill="x", pady=(S(14), 0))
        self._start = ttk.Button(files, style="Secondary.TButton", command=self.save_start)
        self._check = ttk.Button(files, style="Secondary.TButton", command=self.save_check)
        self._hint = ttk.Button(files, style="Secondary.TButton", command=self.hint)
        self._model = ttk.Button(files, style="Link.TButton", command=self.open_model)
        for button in (self._start, self._check, self._hint, self._model):
            button.pack(side="left", padx=(0, S(8)))
        self.hints = [WrappingLabel(inside, "In.TLabel") for _number in range(HINTS)]
        self._code = ReadOnlyText(inside, 20, 10, 10)
        self._closing = WrappingLabel(inside, "InS.TLabel")
        self._closing.pack(fill="x", side="bottom", pady=(S(14), 0))
        area.bind_wheel()

    def _build_attempts(self, card: ttk.Frame) -> None:
        self._heading = ttk.Label(card, style="InH.TLabel")
        self._heading.pack(fill="x")
        self.list = SessionList(card, on_choose=lambda item: self._choose(item.key))
        self.list.pack(fill="both", expand=True, pady=(S(8), S(8)))
        self._none = EmptyState(card, "hourglass-split", "")
        detail = self._detail = ttk.Frame(card, style="In.TFrame")
        self.verdict = WrappingLabel(detail, "In.TLabel", font=self._sizes.font("label-bold"))
        self.verdict.pack(fill="x")
        self._release = ttk.Button(detail, style="Danger.TButton", command=self.release)
        self.lines = ReadOnlyText(detail, 20, 12, 10, "char", hang=len(_line(0.0, "in", "")))
        self.lines.pack(fill="both", expand=True, pady=(S(6), 0))

    # --- For the page ---

    def open(self, lesson: Lesson, number: int = 0) -> None:
        """Show a lesson's task and listen for programs of this PC."""
        self.lesson = lesson
        self._open_task(number)

    def close(self) -> None:
        """Stop listening; every attempt ends."""
        self.attempts.stop()
        self.lesson = None

    # --- What a person does ---

    @property
    def task(self) -> LessonTask | None:
        return self.lesson.tasks[self._number] if self.lesson is not None else None

    @property
    def _knocks(self) -> bool:
        """Whether the pupil's program is the server."""
        return self.task is not None and TASKS[self.task.grader].knocks

    def _open_task(self, number: int) -> None:
        self._number, self._hints, self._answer = number, 0, False
        self._chosen, self._newest = None, True
        self.seed.set(str(random.randrange(1, 1_000_000)))
        self.attempts.stop()
        self.attempts.all = []
        if self._knocks and self.task is not None:
            self._target.set(f"{THIS_PC}:{TASKS[self.task.grader].port}")
        else:
            self._listen()
        self._set_words()

    def _listen_again(self) -> None:
        """With the seed that stands in the field."""
        self._listen()

    def _seed_value(self) -> int | None:
        text = self.seed.value.strip()
        if text.isascii() and text.isdigit() and int(text) < 2**32:
            return int(text)
        self.seed.show_problem(_("A whole number below {most}.").format(most=wording.count_text(2**32)))
        return None

    def _listen(self) -> None:
        seed = self._seed_value()
        if self.task is not None and seed is not None and not self._knocks:
            self._chosen, self._newest = None, True
            self.attempts.listen(
                self.task.grader, self.host.value or THIS_PC, TASKS[self.task.grader].port, seed
            )
            self._refresh()

    def _target_changed(self) -> None:
        self._target.show_problem("")
        self._show_address()

    def knock(self) -> None:
        """Connect to the program whose address stands in the field."""
        seed = self._seed_value()
        try:
            address = Address.parse(self._target.value)
        except AddressError as error:
            self._target.show_problem(wording.address_error_text(error))
            return
        if self.task is not None and seed is not None:
            self.attempts.knock(self.task.grader, address.host, address.port, seed)
            self._refresh()

    def release(self) -> None:
        """End the chosen attempt from this side: its program is stuck."""
        if self._chosen is not None and self._chosen.running:
            self.attempts.release(self._chosen)

    def hint(self) -> None:
        """Show one hint more."""
        self._hints = min(HINTS, self._hints + 1)
        self._refresh()
        newest = self.hints[self._hints - 1]
        newest.update_idletasks()
        self._area.reveal(newest)

    def open_model(self) -> None:
        """Show the model answer: at once after a pass, else when the teacher says so."""
        if not self._answer and not self.attempts.passed:
            title = _("Show the model answer?")
            text = _("Nobody has passed yet. Who reads the answer first learns less from the task.")
            buttons = (("", _("Not yet"), ""), ("show", _("Show it"), "primary"))
            if self._services.ask(title, text, buttons) != "show":
                return
        self._answer = True
        self._refresh()
        self._code.update_idletasks()
        self._area.reveal(self._code)

    def save_start(self) -> None:
        """Save a copy of the start file where the person wants it."""
        if self.lesson is None or self.task is None:
            return
        source = lesson_file(self.lesson.name, self.task.start)
        self._save(f"{self.task.grader}.py", lambda path: shutil.copyfile(source, path))

    def save_check(self) -> None:
        """Save check.py, which grades on the pupil's own PC."""
        task = self.task
        if task is not None:
            self._save(FILE_NAME, lambda path: path.write_text(check_program(task.grader), "utf-8"))

    def _save(self, name: str, write: Callable[[Path], object]) -> None:
        chosen = filedialog.asksaveasfilename(
            parent=self.frame, defaultextension=".py", initialfile=name, filetypes=[("Python", "*.py")]
        )
        if not chosen:
            return
        path = path_of(chosen)
        try:
            write(path)
        except OSError as error:
            sentence = _("{path} can't be written ({detail}).")
            self._services.toast(sentence.format(path=path, detail=error.strerror or error), "error")
        else:
            self._services.toast(_("Saved: {path}").format(path=path), "ok")

    def _choose(self, key: int) -> None:
        self._chosen = self.attempts.all[key]
        self._newest = key == len(self.attempts.all) - 1
        self._show_detail()

    # --- Painting ---

    def _refresh(self) -> None:
        lesson, task = self.lesson, self.task
        if lesson is None or task is None:
            return
        if self.attempts.passed:
            self._remember(lesson)
        self._show_address()
        for number, label in enumerate(self.hints):
            if number < self._hints:
                label.show(
                    _("Hint {number}: {text}").format(
                        number=number + 1, text=task.hints[number].get(language())
                    )
                )
                label.pack(fill="x", pady=(S(8), 0))
            else:
                label.pack_forget()
        self._hint.state(["disabled" if self._hints >= HINTS else "!disabled"])
        if self._answer:
            self._code.show(lesson_file(lesson.name, task.model).read_text("utf-8", "replace"))
            self._code.pack(fill="x", pady=(S(10), 0))
        else:
            self._code.pack_forget()
        self._show_attempts()
        self._show_detail()

    def _show_address(self) -> None:
        fault = self.attempts.fault
        if not self._knocks:
            taken, how = self.attempts.taken, _("Your program connects to")
            if taken and fault is None:
                how = _("Port {port} is another program's. Write this address into yours:").format(port=taken)
            self._how.configure(text=how)
        p = look().palette
        if fault is not None:
            self.address.show(wording.fault_text(fault))
            self.address.configure(font=self._sizes.font("label"), foreground=legible(p.err, p.soft))
            return
        self.address.configure(font=self._sizes.font("digits"), foreground=legible(p.acc, p.soft))
        # a task that knocks is told in the field below where to
        where = self._target.value.strip() if self._knocks else "\n".join(self.attempts.addresses)
        self.address.show(where or "…")

    def _show_attempts(self) -> None:
        items = []
        for key, attempt in reversed(list(enumerate(self.attempts.all))):
            tone: Tone = "info" if attempt.running else "ok" if attempt.passed else "error"
            items.append(
                SessionItem(
                    key, attempt.who or attempt.remote, self._short(attempt), tone,
                    icon="hourglass-split" if attempt.running else "check-lg" if attempt.passed else "x-lg",
                )
            )  # fmt: skip
        self.list.set_items(items)
        count = len(self.attempts.all)
        passed = sum(bool(attempt.passed) for attempt in self.attempts.all)
        said = ngettext("{count} attempt", "{count} attempts", count).format(count=count)
        self._heading.configure(text=f"{said}   ✓ {passed}" if count else _("Attempts"))
        if count:
            self._none.place_forget()
            if self._newest or self._chosen is None:
                self._chosen = self.attempts.all[-1]
                self.list.choose(count - 1)
        else:
            self._none.place(relx=0.5, rely=0.45, anchor="center")

    def _short(self, attempt: Attempt) -> str:
        if attempt.running:
            return _("running …")
        return verdict_text(attempt.code, attempt.values)

    def _show_detail(self) -> None:
        attempt = self._chosen
        if attempt is None:
            self._detail.pack_forget()
            return
        p = look().palette
        sign = "" if attempt.running else "✓ " if attempt.passed else "✗ "
        tone = p.info if attempt.running else p.ok if attempt.passed else p.err
        self.verdict.show(sign + self._short(attempt))
        self.verdict.configure(foreground=legible(tone, p.card))
        if attempt.running:
            self._release.pack(anchor="w", pady=(S(6), 0), before=self.lines)
        else:
            self._release.pack_forget()
        self.lines.show("\n".join(_line(*line) for line in attempt.lines[-20:]))
        self._detail.pack(fill="both", expand=True)

    def _remember(self, lesson: Lesson) -> None:
        passed = self._kept.setdefault("passed", {})
        if lesson.name not in passed:
            passed[lesson.name] = time.strftime("%Y-%m-%d")
            self._services.save_settings()

    # --- Words ---

    def _set_words(self) -> None:
        lesson, task, code = self.lesson, self.task, language()
        self.host.set_options(((THIS_PC, _("Only this PC")), (ALL, _("Other PCs too"))), self.host.value)
        self.seed.label.configure(text=_("Seed"))
        self._again.configure(text=_("Again with this seed"))
        self._target.label.configure(text=_("Where the program listens"))
        self._knock.configure(text=_("Knock"))
        self._start.configure(text=_("Start file …"))
        self._check.configure(text="check.py …")
        self._hint.configure(text=_("Hint"))
        self._model.configure(text=_("Model answer"))
        self._release.configure(text=_("Release it"))
        self._none.retext(
            _("No program has come yet"), _("Run yours: its verdict stands here, in words, when it ends.")
        )
        if lesson is None or task is None:
            return
        self._title.show(f"{lesson.number}  {task.title.get(code)}")
        self._say.show(task.say.get(code))
        self._closing.show(_("Closing question: {text}").format(text=lesson.closing.get(code)))
        if len(lesson.tasks) > 1:
            titles = [each.title.get(code) for each in lesson.tasks]
            if len(titles) > 2:  # no room for more; the one that is open stands above
                titles = [_("Level {number}").format(number=n) for n in range(1, len(titles) + 1)]
            options = [(str(n), title) for n, title in enumerate(titles)]
            self._which.set_options(options, str(self._number))
            self._which.pack(anchor="w", pady=(S(8), 0), before=self._area)
        else:
            self._which.pack_forget()
        if self._knocks:
            self._how.configure(text=_("Your program is the server; Duplex connects to it."))
            self._none.retext(_("Nobody was knocked at yet"), _("Start your program, then press Knock."))
            self._again.pack_forget()
            self.host.pack_forget()
            self._target.pack(side="left", padx=(S(8), 0))
            self._knock.pack(side="left", padx=(S(8), 0), anchor="s")
        else:
            self._target.pack_forget()
            self._knock.pack_forget()
            self.host.pack(anchor="w", pady=(S(6), 0), before=self._row)
            self._again.pack(side="left", padx=(S(8), 0), anchor="s")
        self._refresh()


def _line(t: float, direction: str, text: str) -> str:
    sign = {"in": "→ Duplex", "out": "Duplex →"}.get(direction, "·")
    return f"{t:7.3f}  {sign:<9} {line_text(direction, text)}"
