"""A run of the person's own programs, let on call by call; and any recording, gone through row by row."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from pathlib import Path

import ttkbootstrap as ttk

from gui.look.contrast import legible
from gui.look.look import look
from gui.look.words import follow_language
from gui.pages.lessons.player.column import Lower, SideColumn
from gui.pages.lessons.player.console_panel import MOST_LINES
from gui.pages.lessons.player.keys import BACK, NEXT, REVEAL, LessonKeys
from gui.pages.lessons.player.trouble_card import TroubleCard, Way
from gui.pages.lessons.programs.program_dialog import ProgramChoice
from gui.pages.lessons.runs import ALL_WAIT, RecordedRun, Runs, recorded
from gui.pages.lessons.sizes import Sizes
from gui.pages.lessons.standing import (
    Standing,
    console,
    program_text,
    standing,
    waits_for_line,
)
from gui.pages.lessons.views.figure_table import UNKNOWN
from gui.pages.lessons.views.floor import Floor
from gui.pages.lessons.views.stage import Cast, Stage, cast_of
from gui.services.services import Services
from gui.shared import wording
from gui.shared.i18n import _, language, ngettext
from gui.shared.lab_wording import moved_ports_reason, moved_ports_text, trouble_text
from gui.shared.picture.drawing import NO_ASK
from gui.shared.picture.roles import Roles, roles_of_recording
from gui.widgets.icon_tools import icon_tools
from gui.widgets.text_fit import fit
from gui.widgets.tooltip import Tooltip
from net.lab.lesson_files import scene_of_recording
from net.lab.recording import (
    Call,
    Ended,
    Header,
    Measured,
    Printed,
    ProgramText,
    RecordedEvent,
    Relayed,
    Returned,
)

ENDED = ("ended", "failed", "stopped")
"""The states of a program whose process is gone."""

MOST_ENDED = 4
"""Of more programs that have ended only the number is said."""

_STOPS = (Call, Returned, Printed, Ended, Relayed, Measured)
"""The events after which a person who goes through a recording stands still."""


def _stops_after(events: Sequence[RecordedEvent], index: int) -> bool:
    """One of `_STOPS`; of figures that were measured together the last."""
    event = events[index]
    if not isinstance(event, Measured):
        return isinstance(event, _STOPS)
    following = events[index + 1] if index + 1 < len(events) else None
    return not (isinstance(following, Measured) and following.t == event.t)


def next_stop(events: Sequence[RecordedEvent], count: int) -> int:
    """The count of events up to the next stop; all, if there is none."""
    for index in range(count, len(events)):
        if _stops_after(events, index):
            return index + 1
    return len(events)


def stop_before(events: Sequence[RecordedEvent], count: int) -> int:
    """The count of events up to the stop before; 0 if there is none."""
    for index in range(min(count, len(events)) - 2, -1, -1):
        if _stops_after(events, index):
            return index + 1
    return 0


class ProgramStepper:
    """``leave()``: back to the shelf; ``menu(button)``: what else can be done."""

    def __init__(
        self,
        master: tk.Misc,
        services: Services,
        sizes: Sizes,
        runs: Runs,
        *,
        leave: Callable[[], object],
        menu: Callable[[tk.Widget], object],
        toggle_screen: Callable[[], object],
        leave_screen: Callable[[], object],
    ) -> None:
        self.frame = ttk.Frame(master, style="Back.TFrame", takefocus=True)
        self.run: RecordedRun | None = None
        self.beside: RecordedRun | None = None
        self._services = services
        self._sizes = sizes
        self._runs = runs
        self._choice: ProgramChoice | None = None
        self._name = ""
        self._program = ""
        self._at: int | None = None
        self._shown = False
        self._bar = ttk.Frame(self.frame, style="Back.TFrame")
        self._leave = ttk.Button(
            self._bar,
            style="Back.Icon.TButton",
            icon="arrow-left",
            icon_only=True,
            icon_size=16,
            command=leave,
        )
        self._leave.pack(side="left", padx=(0, sizes.px(4)))
        self._tools = ttk.Frame(self._bar, style="Back.TFrame")
        self._tools.pack(side="right")
        tools: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("menu", "three-dots-vertical", lambda: menu(self.tools["menu"])),
            ("screen", "arrows-fullscreen", toggle_screen),
            ("again", "arrow-clockwise", self.run_again),
            ("stop", "stop-fill", self.stop),
            ("on", "fast-forward-fill", self.let_run),
            ("last", "skip-end-fill", self.go_to_end),
            ("one", "play-circle", self.step_shown),
            ("next", "play-fill", self.forward),
            ("back", "skip-backward-fill", self.back),
        )
        self.tools, self.tips = icon_tools(self._tools, tools, size=16, style="Back.Icon.TButton")
        self._where = ttk.Label(self._bar, style="Back.TLabel", font=sizes.font("label-bold"))
        self._where.pack(side="right", padx=sizes.px(14))
        self._ports = ttk.Label(self._bar, style="Back.TLabel", font=sizes.font("label-bold"))
        self._ports.pack(side="right", padx=(sizes.px(8), 0))
        self._ports_tip = Tooltip(self._ports, "")
        self._title = ttk.Label(self._bar, style="Back.TLabel", font=sizes.font("title"), anchor="w", width=4)
        self._title.pack(side="left", fill="x", expand=True)
        self._title.bind("<Configure>", lambda _e: self._show_title())
        self.stage = Stage(self.frame, sizes)
        self.trouble = TroubleCard(self.frame, sizes)
        self.column = SideColumn(
            self.frame,
            sizes,
            choose_program=self._next_program,
            choose=lambda _option: None,
            add_hand=lambda _option, _by: None,
            reveal=lambda: None,
            type_line=self._type_line,
        )
        self.floor = Floor(self.frame, sizes, self._bar, self.stage, self.column)
        LessonKeys(
            self.frame.winfo_toplevel(),
            {
                **dict.fromkeys(NEXT, self.forward),
                **dict.fromkeys(BACK, self.back),
                **dict.fromkeys(REVEAL, self.step_shown),
                "End": self.go_to_end,
                "Escape": leave_screen,
                "1": lambda: self.column.choose_content("code"),
                "3": lambda: self.column.choose_content("facts"),
            },
            lambda: self._shown,
        )
        look().watch(self.frame, self._refresh)
        follow_language(self.frame, self._set_words)

    # --- For the page ---

    def begin(self, choice: ProgramChoice) -> None:
        """Run these programs, held before their first call."""
        self.close()
        self._choice = choice
        self._name = "  ·  ".join(Path(file.path).name for file in choice.files)
        self._program, self._at = choice.files[0].name, None
        run = self.run = self._runs.start_files(choice.files, choice.python, self._changed)
        starts = tuple(f"{file.name} starts" for file in choice.files)
        self._runs.make_moves(run, starts, 0)

    def show_recording(self, name: str, events: Sequence[RecordedEvent]) -> None:
        """Go through a recording, from its beginning."""
        self.close()
        self._name, self._choice = name, None
        self.run = recorded(events)
        header = self.run.header
        self._program = header.programs[0].name if header is not None and header.programs else ""
        self._at = next_stop(events, 0)

    def compare(self, events: Sequence[RecordedEvent]) -> None:
        """Show another recording beside this one."""
        self.beside = recorded(events)
        self._refresh()

    def close(self) -> None:
        """End what still runs."""
        if self.run is not None:
            self._runs.stop(self.run)
        self.run = self.beside = None

    def shown(self, on: bool) -> None:
        self._shown = on
        if on:
            self.frame.focus_set()
            self._refresh()

    def show_frame(self, on: bool) -> None:
        """With the window's frame around it, or alone on the whole screen."""
        if on:
            self._leave.pack(side="left", before=self._title)
        else:
            self._leave.pack_forget()

    # --- What a person does ---

    def forward(self) -> None:
        """On in the recording; at its end the call that has been held longest goes."""
        run = self.run
        if run is None:
            return
        if self.stage.animating:
            self.stage.skip()
        elif self._at is not None and self._at < len(run.events):
            self._at = next_stop(run.events, self._at)
            if self._at >= len(run.events) and run.live:
                self._at = None
            self._refresh(animate=True)
        elif run.live and not run.busy and not self._over(run):
            self._at = None
            self._runs.step_once(run)
            self._refresh()

    def step_shown(self) -> None:
        """Let the program go whose code is shown; where it waits for a line, or all wait for one, ask for
        it."""
        run = self.run
        waiting = self._waiting(run, self._count(run)) if run is not None else ""
        if run is not None and waiting and (waiting == self._program or run.missed is not None):
            self.column.console.ask()
        elif run is not None and run.live and not run.busy:
            self._at = None
            self._runs.step_once(run, self._program)
            self._refresh()

    def back(self) -> None:
        """Back in the recording: nothing runs again."""
        if self.run is not None:
            self._at = stop_before(self.run.events, self._count(self.run))
            self._refresh()

    def go_to_end(self) -> None:
        if self.run is not None:
            self._at = None if self.run.live else len(self.run.events)
            self._refresh()

    def let_run(self) -> None:
        """Hold nobody any more."""
        if self.run is not None and self.run.live:
            self._at = None
            self._runs.make_moves(self.run, ("all run",), 0)
            self._refresh()

    def stop(self) -> None:
        if self.run is not None:
            self._runs.stop(self.run)

    def run_again(self) -> None:
        if self._choice is not None:
            self.begin(self._choice)
            self._refresh()

    # --- Painting ---

    def _changed(self) -> None:
        if self._shown:
            self._refresh(animate=True)

    def _count(self, run: RecordedRun) -> int:
        return len(run.events) if self._at is None else min(self._at, len(run.events))

    def _refresh(self, animate: bool = False) -> None:
        run = self.run
        if run is None or not self._shown:
            return
        count = self._count(run)
        cast = self._cast(run)
        if self.beside is not None:
            self.stage.show_versus(run, count, cast, self.beside, self._cast(self.beside))
        elif cast.road:
            self.stage.show_graph(run, count, cast, animate)
        elif cast.table:
            self.stage.show_figures(run, count, UNKNOWN)
        else:
            self.stage.show_lifelines(run, count, cast, animate, NO_ASK)
        self._show_title()
        self._where.configure(
            text=self._where_text(run, count), foreground=legible(look().palette.acc, look().palette.back)
        )
        self._ports.configure(
            text=moved_ports_text(run.moved_ports),
            foreground=legible(look().palette.tone("warn"), look().palette.back),
        )
        self._ports_tip.retext(moved_ports_reason(run.moved_ports))
        self.floor.say(self._sentence(run, count, cast))
        self._show_column(run, count, cast.roles)
        self._show_trouble(run, cast.roles)
        self._enable(run, count)

    def _cast(self, run: RecordedRun) -> Cast:
        header = run.header
        if header is None:
            files = self._choice.files if self._choice is not None else ()
            programs = (ProgramText(file.name, Path(file.path).name, side=file.side) for file in files)
            header = Header(0.0, programs=tuple(programs))
        scene = scene_of_recording(header)
        if scene is not None:
            return cast_of(header, scene)
        return Cast(header, roles_of_recording(header, language()))

    def _where_text(self, run: RecordedRun, count: int) -> str:
        if run.busy:
            return _("running …")
        if self._at is None and run.live:
            return _("live")
        return f"{count} / {len(run.events)}"

    def _names(self, run: RecordedRun) -> list[str]:
        return [program.name for program in run.header.programs] if run.header is not None else []

    def _sentence(self, run: RecordedRun, count: int, cast: Cast) -> str:
        """Where the programs stand, in words; of many that have ended their number."""
        now = [(who, standing(run.events, count, who)) for who in self._names(run)]
        ended = sum(each.state == "ended" for _who, each in now)
        many = ended > MOST_ENDED
        said = [
            _sentence_of(cast.roles.of_program(who), each)
            for who, each in now
            if not (many and each.state == "ended")
        ]
        if many:
            said.append(ngettext("{count} program has ended.", "{count} programs have ended.", ended))
            said[-1] = said[-1].format(count=ended)
        first = (
            _("Next shows what was measured next.") if cast.measures else _("Next lets the first call go.")
        )
        return "  ".join(filter(None, said)) or first

    def _show_column(self, run: RecordedRun, count: int, roles: Roles) -> None:
        names = self._names(run)
        if self._program not in names and names:
            self._program = names[0]
        who = self._program
        known = program_text(run.header.programs, who) if run.header is not None else None
        now = standing(run.events, count, who)
        role = roles.of_program(who)
        title = f"{role}  {known.file.rpartition('/')[2]}" if known is not None else role
        self.column.code.show(title, known.text if known is not None else "", now)
        waiting = self._waiting(run, count)
        lines = console(run.events, count, waiting or who, MOST_LINES)
        self.column.console.show(roles.of_program(waiting or who), lines, waiting)
        self.column.facts.show((), now.names, "")
        has: list[Lower] = ["console"] if lines or waiting else []
        if now.names:
            has.append("facts")
        self.column.arrange(has)

    def _over(self, run: RecordedRun) -> bool:
        """Whether all its programs have ended; the run goes on, for what their kernels still do."""
        names = self._names(run)
        return bool(names) and all(standing(run.events, len(run.events), who).state in ENDED for who in names)

    def _waiting(self, run: RecordedRun, count: int) -> str:
        """A program that waits in input(), at the end of a run that goes on; the one that is shown comes
        first."""
        if not run.live or count < len(run.events):
            return ""
        names = sorted(self._names(run), key=lambda name: name != self._program)
        return next((name for name in names if waits_for_line(run.events, count, name)), "")

    def _show_trouble(self, run: RecordedRun, roles: Roles) -> None:
        text = ""
        count = self._count(run)
        waiting = self._waiting(run, count)
        last = run.trouble
        trouble = ""
        if last is not None:
            trouble = trouble_text(last.code, {"who": last.who, **last.values}, roles.of_program)
        if run.fault is not None:
            # What kept it from beginning is told in both ways; the trouble says more.
            same = last is not None and run.fault.params.get("detail") == last.code
            text = trouble if same else wording.fault_text(run.fault)
        elif run.missed is not None and run.missed.why == ALL_WAIT and waiting:
            sentence = _("{program} waits for a line. Type it into the field on the right, then press Enter.")
            text = sentence.format(program=roles.of_program(waiting))
            self.trouble.show(text, [(_("Type a line"), self.column.console.ask)])
            return
        elif run.missed is not None and not run.busy and count == len(run.events):
            text = trouble_text(run.missed.why, run.missed.values, roles.of_program)
        else:
            text = trouble
        ways: list[Way] = [(_("Run again"), self.run_again)] if self._choice is not None else []
        if text:
            self.trouble.show(text, ways)
        else:
            self.trouble.hide()

    def _enable(self, run: RecordedRun, count: int) -> None:
        goes_on = run.live and not self._over(run)
        possible = {
            "back": count > 0,
            "next": count < len(run.events) or (goes_on and not run.busy),
            "last": count < len(run.events),
            "one": goes_on and not run.busy,
            "on": goes_on,
            "stop": run.live,
            "again": self._choice is not None,
        }
        for name, on in possible.items():
            self.tools[name].state(["!disabled" if on else "disabled"])

    # --- Actions of parts ---

    def _next_program(self) -> None:
        if self.run is not None:
            names = self._names(self.run)
            if names:
                at = names.index(self._program) if self._program in names else 0
                self._program = names[(at + 1) % len(names)]
                self._refresh()

    def _type_line(self, who: str, text: str) -> None:
        if self.run is not None:
            self._runs.type_line(self.run, who, text)
            self.frame.focus_set()

    # --- Words ---

    def _show_title(self) -> None:
        self._title.configure(
            text=fit(self._sizes.font("title"), self._name, max(40, self._title.winfo_width()))
        )

    def _set_words(self) -> None:
        texts = {
            "menu": _("More"),
            "screen": _("Whole screen  F11"),
            "again": _("Run again"),
            "stop": _("Stop the programs"),
            "on": _("Let them run without holding"),
            "last": _("To the end  End"),
            "next": _("On by one call  PgDn"),
            "one": _("On by one call of the program that is shown  Enter"),
            "back": _("Back  PgUp"),
        }
        for name, text in texts.items():
            self.tips[name].retext(text)
        self._refresh()


def _sentence_of(who: str, now: Standing) -> str:
    """Where one program stands; "" if that is not known."""
    if now.state == "held":
        return _("{who}: line {line}, before {call}().").format(who=who, line=now.line, call=now.call)
    if now.state == "inside":
        return _("{who}: line {line}, inside {call}().").format(who=who, line=now.line, call=now.call)
    if now.state == "runs" and now.line:
        return _("{who}: {call}() came back.").format(who=who, call=now.call)
    if now.state == "failed" and now.line:
        return _("{who} ended with an error, line {line}.").format(who=who, line=now.line)
    if now.state in ENDED:
        return _("{who} has ended.").format(who=who)
    return ""
