"""The Lessons page: the shelf, and what is taken from it."""

from __future__ import annotations

import tkinter as tk

import ttkbootstrap as ttk

from gui.pages.lessons.player.keys import list_keys
from gui.pages.lessons.player.player import LessonPlayer
from gui.pages.lessons.preflight.findings import Findings
from gui.pages.lessons.preflight.preflight_dialog import PreflightDialog
from gui.pages.lessons.runs import Runs
from gui.pages.lessons.shelf.shelf import LessonShelf
from gui.pages.lessons.sizes import Sizes
from gui.services.services import Services
from gui.shared.preflight_wording import lesson_way, way_text
from net.lab.lesson import Lesson
from net.lab.library import load_lesson


class LessonsPage:
    """A `Page` (see gui.pages). Holds no process and no socket: commands are submitted through the services,
    and events come in."""

    def __init__(self, master: tk.Misc, services: Services) -> None:
        self.frame = ttk.Frame(master, style="Back.TFrame")
        self.frame.columnconfigure(0, weight=1)
        self.frame.rowconfigure(0, weight=1)
        self._services = services
        self._whole = False
        self._visible = False
        self.sizes = Sizes(self.frame)
        self.runs = Runs(services)
        self._findings = Findings()
        self._findings.watch(self._found)
        self.shelf = LessonShelf(
            self.frame,
            services,
            begin=self.begin,
            more=lambda lesson, widget: None,
            own_program=lambda: None,
            open_recording=lambda: None,
            before_class=self._check_this_pc,
            readiness=self._readiness,
        )
        self.player = LessonPlayer(
            self.frame,
            services,
            self.sizes,
            self.runs,
            read=lambda lesson, scene: (),
            leave=self.show_shelf,
            do=lambda lesson: None,
            menu=lambda widget: None,
            toggle_screen=self.toggle_screen,
            leave_screen=self.leave_screen,
        )
        self._parts = (self.shelf, self.player)
        end = services.watch_events(self.runs.takers(), self._findings.takers(), after=self.runs.notify)
        self.frame.bind("<Destroy>", lambda event: end() if event.widget is self.frame else None, add="+")
        list_keys(services.shortcuts, self.toggle_screen)
        if services.lesson:
            self.begin(load_lesson(services.lesson), services.step or 1)
        else:
            self.show_shelf()

    # --- Page ---

    def shown(self) -> None:
        self._visible = True
        self.player.shown(self.player.play is not None)

    def hidden(self) -> None:
        """Programs stay where they are held; the keys belong to another page."""
        self._visible = False
        self.player.shown(False)
        self.leave_screen()

    def focus_default(self) -> None:
        if self.player.play is not None:
            self.player.frame.focus_set()
        else:
            self.shelf.focus()

    # --- What is shown ---

    def begin(self, lesson: Lesson, step: int = 1) -> None:
        """Open a lesson at a step."""
        self._show(self.player.frame)
        self.player.open(lesson, step)
        self.player.shown(self._visible)

    def show_shelf(self) -> None:
        """Back to the shelf: what ran is ended."""
        self.player.close()
        self.player.shown(False)
        self.leave_screen()
        self._show(self.shelf.frame)
        self.shelf.refresh()
        if self._visible:
            self.shelf.focus()

    def _show(self, frame: ttk.Frame) -> None:
        for part in self._parts:
            if part.frame is not frame:
                part.frame.grid_remove()
        frame.grid(row=0, column=0, sticky="nsew")

    # --- Before class ---

    def _check_this_pc(self) -> None:
        PreflightDialog(self.frame, self._services, self._findings).present()

    def _readiness(self, lesson: Lesson) -> str:
        """What this PC shows of a lesson, "" before a pre-flight has tried it."""
        way = lesson_way(lesson, self._findings.works)
        return way_text(way) if way is not None else ""

    def _found(self) -> None:
        if self.player.play is None:
            self.shelf.refresh()

    # --- The whole screen ---

    def toggle_screen(self) -> None:
        self._fill_screen(not self._whole and self.player.play is not None)

    def leave_screen(self) -> None:
        self._fill_screen(False)

    def _fill_screen(self, on: bool) -> None:
        if on != self._whole:
            self._whole = on
            self._services.full_screen(on)
            self.player.show_frame(not on)
