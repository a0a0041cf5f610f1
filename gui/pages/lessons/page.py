"""The Lessons page: the shelf, and what is taken from it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TypeVar

import ttkbootstrap as ttk

from gui.pages.lessons.handouts import open_handout
from gui.pages.lessons.player.keys import LessonKeys, list_keys
from gui.pages.lessons.player.player import LessonPlayer
from gui.pages.lessons.preflight.findings import Findings
from gui.pages.lessons.preflight.preflight_dialog import PreflightDialog
from gui.pages.lessons.programs.program_dialog import ProgramChoice, ProgramDialog
from gui.pages.lessons.programs.stepper import ProgramStepper
from gui.pages.lessons.recordings.recording_files import RecordingFiles, suggested_name
from gui.pages.lessons.runs import RecordedRun, Runs
from gui.pages.lessons.shelf.shelf import LessonShelf
from gui.pages.lessons.sizes import Sizes
from gui.pages.lessons.task.cases_view import CasesView
from gui.pages.lessons.task.task_view import TaskView
from gui.services.services import Services
from gui.shared.i18n import _
from gui.shared.preflight_wording import lesson_way, way_text
from gui.widgets.menu import MenuEntry, menu_under
from net.lab.lesson import Lesson
from net.lab.lesson_files import load_lesson
from net.lab.recording import RecordedEvent

Part = LessonShelf | LessonPlayer | ProgramStepper | TaskView | CasesView
P = TypeVar("P", LessonPlayer, ProgramStepper, TaskView, CasesView)


class LessonsPage:
    """A `Page` (see gui.pages). Holds no process and no socket: commands are submitted through the services,
    and events come in. One part is shown at a time; each is made when it is first needed."""

    def __init__(self, master: tk.Misc, services: Services) -> None:
        self.frame = ttk.Frame(master, style="Back.TFrame")
        self.frame.columnconfigure(0, weight=1)
        self.frame.rowconfigure(0, weight=1)
        self._services = services
        self._whole = False
        self._visible = False
        self.sizes = Sizes(self.frame)
        self.runs = Runs(services)
        self._files = RecordingFiles(self.frame, services)
        self._findings = Findings()
        self._findings.watch(self._found)
        self._parts: dict[type[object], LessonPlayer | ProgramStepper | TaskView | CasesView] = {}
        self.shelf = LessonShelf(
            self.frame,
            services,
            begin=self.begin,
            more=self._open_lesson_menu,
            own_program=self.choose_program,
            open_recording=self.open_recording,
            before_class=self._check_this_pc,
            readiness=self._readiness,
        )
        self.current: Part = self.shelf
        self.shelf.frame.grid(row=0, column=0, sticky="nsew")
        end = services.watch_events(self.runs.takers(), self._findings.takers(), after=self.runs.notify)
        self.frame.bind("<Destroy>", lambda event: end() if event.widget is self.frame else None, add="+")
        list_keys(services.shortcuts, self.toggle_screen)
        LessonKeys(self.frame.winfo_toplevel(), {"Escape": self._escape}, self._has_task)
        if services.lesson:
            self.begin(load_lesson(services.lesson), services.step or 1)

    # --- Page ---

    def shown(self) -> None:
        self._visible = True
        self._tell_shown(True)

    def hidden(self) -> None:
        """Programs stay where they are held; the keys belong to another page."""
        self._visible = False
        self._tell_shown(False)
        self.leave_screen()

    def focus_default(self) -> None:
        if isinstance(self.current, LessonShelf):
            self.current.focus()
        else:
            self.current.frame.focus_set()

    # --- Parts ---

    @property
    def player(self) -> LessonPlayer:
        return self._part(
            LessonPlayer,
            lambda: LessonPlayer(
                self.frame,
                self._services,
                self.sizes,
                self.runs,
                files=self._files,
                leave=self.show_shelf,
                do=self.do,
                menu=self._open_menu,
                toggle_screen=self.toggle_screen,
                leave_screen=self.leave_screen,
            ),
        )

    @property
    def stepper(self) -> ProgramStepper:
        return self._part(
            ProgramStepper,
            lambda: ProgramStepper(
                self.frame,
                self._services,
                self.sizes,
                self.runs,
                leave=self.show_shelf,
                menu=self._open_menu,
                toggle_screen=self.toggle_screen,
                leave_screen=self.leave_screen,
            ),
        )

    @property
    def task(self) -> TaskView:
        return self._part(
            TaskView, lambda: TaskView(self.frame, self._services, self.sizes, leave=self.show_shelf)
        )

    @property
    def cases(self) -> CasesView:
        return self._part(
            CasesView,
            lambda: CasesView(
                self.frame, self._services, self.sizes, leave=self.show_shelf, task=self.show_task
            ),
        )

    def _part(self, kind: type[P], make: Callable[[], P]) -> P:
        part = self._parts.get(kind)
        if not isinstance(part, kind):
            part = self._parts[kind] = make()
        return part

    def _show(self, part: Part) -> None:
        """Show it in place of the present one, whose programs and listeners end."""
        if part is not self.current:
            self._tell_shown(False)
            self.current.frame.grid_remove()
            if isinstance(self.current, LessonPlayer | ProgramStepper | TaskView):
                self.current.close()
            if part is self.shelf:
                self.leave_screen()
            self.current = part
            part.frame.grid(row=0, column=0, sticky="nsew")
            if isinstance(part, LessonPlayer | ProgramStepper):
                part.show_frame(not self._whole)
        self._tell_shown(self._visible)
        if self._visible:
            self.focus_default()

    def _tell_shown(self, on: bool) -> None:
        if isinstance(self.current, LessonPlayer | ProgramStepper):
            self.current.shown(on)

    # --- What is shown ---

    def begin(self, lesson: Lesson, step: int = 1) -> None:
        """Open a lesson at a step."""
        player = self.player
        player.open(lesson, step)
        self._show(player)

    def show_shelf(self) -> None:
        """Back to the shelf."""
        self._show(self.shelf)
        self.shelf.refresh()

    def do(self, lesson: Lesson) -> None:
        """After the last step: the cases of a lesson that has some, else its task."""
        if lesson.cases:
            self.show_cases(lesson)
        else:
            self.show_task(lesson)

    def show_task(self, lesson: Lesson) -> None:
        if lesson.tasks:
            task = self.task
            self._show(task)
            task.open(lesson)

    def show_cases(self, lesson: Lesson) -> None:
        cases = self.cases
        cases.open(lesson)
        self._show(cases)

    def choose_program(self) -> None:
        """Ask for the person's own programs, and step them."""
        ProgramDialog(self.frame, self._services, self._step_programs).present()

    def _step_programs(self, choice: ProgramChoice) -> None:
        stepper = self.stepper
        stepper.begin(choice)
        self._show(stepper)

    def open_recording(self) -> None:
        self._files.open(self.show_recording)

    def show_recording(self, name: str, events: tuple[RecordedEvent, ...]) -> None:
        stepper = self.stepper
        stepper.show_recording(name, events)
        self._show(stepper)

    # --- Menus ---

    def _open_lesson_menu(self, lesson: Lesson, widget: tk.Widget) -> None:
        menu_under(widget, [(_("Begin"), lambda: self.begin(lesson), True), None, *self._beside(lesson)])

    def _open_menu(self, widget: tk.Widget) -> None:
        """What can be done with what is on the stage."""
        part = self.current
        if not isinstance(part, LessonPlayer | ProgramStepper):
            return
        run, drawing = part.run, part.stage.drawing
        events = run.events if run is not None else []
        name = suggested_name(events)
        entries: list[MenuEntry] = [
            (_("Save the recording …"), lambda: self._files.save(run.kept if run else ()), bool(events)),
            (_("Open a recording …"), self.open_recording, True),
            (_("Compare with a recording …"), lambda: self._compare(name, run), run is not None),
            None,
        ]
        if drawing is not None:
            entries += [
                (_("Picture (PNG) …"), lambda: self._files.save_png(drawing, name), True),
                (_("Drawing (SVG) …"), lambda: self._files.save_svg(drawing, name), True),
            ]
        entries.append((_("Packets (pcapng) …"), lambda: self._files.save_pcap(events), bool(events)))
        if isinstance(part, LessonPlayer) and part.play is not None:
            entries += [None, (_("Show the delivered recording"), part.show_still, part.has_still)]
            entries += [(_("Teacher's notes") + "  N", part.ask_for_notes, True), None]
            entries += self._beside(part.play.lesson)
        menu_under(widget, entries)

    def _beside(self, lesson: Lesson) -> list[MenuEntry]:
        """What belongs to a lesson beside its steps."""
        entries: list[MenuEntry] = [(_("The task"), lambda: self.show_task(lesson), bool(lesson.tasks))]
        if lesson.cases:
            entries.append((_("TCP or UDP: the cases"), lambda: self.show_cases(lesson), True))
        entries.append((_("Hand-out"), lambda: self._hand_out(lesson, answers=False), True))
        entries.append((_("Hand-out with answers"), lambda: self._hand_out(lesson, answers=True), True))
        return entries

    def _hand_out(self, lesson: Lesson, *, answers: bool) -> None:
        open_handout(self.frame, self._services, lesson, answers=answers)

    def _compare(self, name: str, run: RecordedRun | None) -> None:
        """Show what is on the stage beside a recording."""
        if run is None:
            return
        events = tuple(run.events)

        def beside(_name: str, others: tuple[RecordedEvent, ...]) -> None:
            if self.current is not self.stepper or self.stepper.run is not run:
                self.show_recording(name, events)
                self.stepper.go_to_end()
            self.stepper.compare(others)

        self._files.open(beside)

    # --- Before class ---

    def _check_this_pc(self) -> None:
        PreflightDialog(self.frame, self._services, self._findings).present()

    def _readiness(self, lesson: Lesson) -> str:
        """What this PC shows of a lesson, "" before a pre-flight has tried it."""
        way = lesson_way(lesson, self._findings.works)
        return way_text(way) if way is not None else ""

    def _found(self) -> None:
        if self.current is self.shelf:
            self.shelf.refresh()

    # --- The whole screen ---

    def toggle_screen(self) -> None:
        self._fill_screen(not self._whole and self.current is not self.shelf)

    def leave_screen(self) -> None:
        self._fill_screen(False)

    def _has_task(self) -> bool:
        """Whether the person sees a task or the cases."""
        return self._visible and isinstance(self.current, TaskView | CasesView)

    def _escape(self) -> None:
        """Out of the whole screen, then back to the shelf."""
        if self._whole:
            self.leave_screen()
        else:
            self.show_shelf()

    def _fill_screen(self, on: bool) -> None:
        if on != self._whole:
            self._whole = on
            self._services.full_screen(on)
            if isinstance(self.current, LessonPlayer | ProgramStepper):
                self.current.show_frame(not on)
