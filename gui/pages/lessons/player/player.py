"""A lesson on the stage: its picture, one side column, one sentence; stepped with a clicker."""

from __future__ import annotations

import random
import tkinter as tk
from collections.abc import Callable
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import look
from gui.look.words import follow_language
from gui.pages.lessons.fact_words import fact_name, fact_value, outcome_title
from gui.pages.lessons.play import LessonPlay
from gui.pages.lessons.player.column import Lower, SideColumn
from gui.pages.lessons.player.console_panel import MOST_LINES
from gui.pages.lessons.player.facts_panel import ShownFact
from gui.pages.lessons.player.keys import BACK, NEXT, REVEAL, LessonKeys
from gui.pages.lessons.player.notes_window import NotesWindow
from gui.pages.lessons.player.pill_button import PillButton
from gui.pages.lessons.player.question_panel import LETTERS
from gui.pages.lessons.player.top_bar import Phase, TopBar
from gui.pages.lessons.player.trouble_card import TroubleCard, Way
from gui.pages.lessons.recordings.recording_files import RecordingFiles
from gui.pages.lessons.runs import RecordedRun, Runs, recorded
from gui.pages.lessons.sizes import Sizes
from gui.pages.lessons.standing import (
    Standing,
    console,
    latest_fact,
    program_text,
    standing,
    waits_for_line,
)
from gui.pages.lessons.views.figure_table import UNKNOWN
from gui.pages.lessons.views.floor import Floor
from gui.pages.lessons.views.stage import Cast, Stage, cast_of
from gui.services.background import run_in_background
from gui.services.browser import browse
from gui.services.services import Services
from gui.shared import wording
from gui.shared.i18n import _, language
from gui.shared.lab_wording import moved_ports_reason, moved_ports_text, trouble_text
from gui.shared.picture.drawing import NO_ASK, Ask
from gui.shared.picture.roles import roles_of
from net.lab.lesson import FIRST_CLOSE, Lesson, LessonStep, Scene
from net.lab.lesson_files import lesson_file, still_recording
from net.lab.recording import Header, ProgramText, RecordedEvent, Returned

SECOND_PRESS_MS = 3000
"""Milliseconds in which a second N shows the notes on the whole screen's own screen."""


class LessonPlayer:
    """``leave()``: back to the shelf; ``do(lesson)``: its task; ``menu(button)``: what else can be done;
    ``toggle_screen()`` and ``leave_screen()``: the whole screen.

    `open` shows a lesson, `close` ends everything that it runs.
    """

    def __init__(
        self,
        master: tk.Misc,
        services: Services,
        sizes: Sizes,
        runs: Runs,
        *,
        files: RecordingFiles,
        leave: Callable[[], object],
        do: Callable[[Lesson], object],
        menu: Callable[[tk.Widget], object],
        toggle_screen: Callable[[], object],
        leave_screen: Callable[[], object],
    ) -> None:
        self.frame = ttk.Frame(master, style="Back.TFrame", takefocus=True)
        self.play: LessonPlay | None = None
        self._services = services
        self._sizes = sizes
        self._runs = runs
        self._files = files
        self._do = do
        self._leave_screen = leave_screen
        self._program = ""
        self._whole = False
        self._shown = False
        self._notes: NotesWindow | None = None
        self._notes_asked: str | None = None
        self._kept: dict[str, Any] = services.settings.lessons
        self._put: tuple[int, int] = (0, 0)
        actions: dict[str, Callable[[], object]] = {
            **dict.fromkeys(NEXT, self.next),
            **dict.fromkeys(BACK, self.back),
            **dict.fromkeys(REVEAL, self.reveal),
            "Escape": self.escape,
            "n": self.ask_for_notes,
            "1": lambda: self.column.choose_content("code"),
            "2": lambda: self.column.choose_content("question"),
            "3": lambda: self.column.choose_content("facts"),
        }
        for number, letter in enumerate(LETTERS):
            actions[letter.lower()] = lambda option=number: self.choose(option)  # type: ignore[misc]
            actions[f"Shift-{letter.lower()}"] = lambda option=number: self.add_hand(option, 1)  # type: ignore[misc]
        self._actions = actions
        self.bar = TopBar(
            self.frame,
            sizes,
            leave=leave,
            go_to=self.go_to,
            do=self._ask_to_do,
            tools=(
                ("menu", "three-dots-vertical", lambda: menu(self.bar.tools["menu"])),
                ("screen", "arrows-fullscreen", toggle_screen),
                ("again", "arrow-clockwise", self.run_again),
                ("next", "chevron-right", self.next),
                ("back", "chevron-left", self.back),
            ),
        )
        self.stage = Stage(self.frame, sizes)
        self.trouble = TroubleCard(self.frame, sizes)
        self.column = SideColumn(
            self.frame,
            sizes,
            choose_program=self._next_program,
            choose=self.choose,
            add_hand=self.add_hand,
            reveal=self.reveal,
            type_line=self._type_line,
        )
        self._link = PillButton(self.frame, sizes, "", self._open_link, lambda: look().palette.back)
        self.floor = Floor(self.frame, sizes, self.bar, self.stage, self.column)
        LessonKeys(self.frame.winfo_toplevel(), actions, lambda: self._shown)
        follow_language(self.frame, self._set_words)

    # --- For the page ---

    def open(self, lesson: Lesson, step: int = 1) -> None:
        """Begin the lesson at a step: the moves up to it are made first."""
        self.close()
        self._program = ""
        self.play = LessonPlay(lesson, self._runs, random.randrange(1, 2**31), self._changed)
        self.play.show(step)

    def close(self) -> None:
        """End everything that still runs."""
        play, self.play = self.play, None
        if play is not None:
            play.end()
        if self._notes is not None and self._notes.winfo_exists():
            self._notes.close()
        self._notes = None

    def shown(self, on: bool) -> None:
        """Whether the person sees it: only then its keys work."""
        self._shown = on
        if on:
            self.frame.focus_set()
            self._refresh()

    def show_frame(self, on: bool) -> None:
        """With the window's frame around it, or alone on the whole screen."""
        self._whole = not on
        self.bar.show_frame(on)

    # --- What the keys do ---

    def next(self) -> None:
        """On: the motion's end, then the reveal, then the next step, after the last one the task."""
        play = self.play
        if play is None:
            return
        if self.stage.animating:
            self.stage.skip()
            return
        prediction = play.prediction
        if prediction is not None and not prediction.revealed:
            self.reveal()
        elif play.number < len(play.lesson.steps):
            self.go_to(play.number + 1)
        else:
            self._ask_to_do()

    def back(self) -> None:
        if self.play is not None:
            if self.stage.animating:
                self.stage.skip()
            else:
                self.go_to(self.play.number - 1)

    def go_to(self, number: int) -> None:
        if self.play is not None:
            self._program = ""
            self.play.show(number)

    def run_again(self) -> None:
        if self.play is not None:
            self.play.run_again()

    def reveal(self) -> None:
        prediction = self.play.prediction if self.play is not None else None
        if prediction is not None:
            prediction.revealed = True
            self._refresh()

    def choose(self, option: int) -> None:
        """Predict, or change one's mind until it is revealed."""
        prediction = self.play.prediction if self.play is not None else None
        if prediction is not None and not prediction.revealed and option < len(prediction.hands):
            prediction.chosen = option
            self._refresh()

    def add_hand(self, option: int, by: int) -> None:
        prediction = self.play.prediction if self.play is not None else None
        if prediction is not None and not prediction.revealed and option < len(prediction.hands):
            prediction.hands[option] = max(0, prediction.hands[option] + by)
            self._refresh()

    def escape(self) -> None:
        self._leave_screen()

    def ask_for_notes(self) -> None:
        """Show the notes; while the whole screen is the stage, only when asked twice: it may be the
        projector."""
        if self._notes is not None and self._notes.winfo_exists():
            self._notes.close()
            return
        if self._whole and self._notes_asked is None:
            self._services.toast(_("Press N again to open the notes; move them to your own screen."), "info")
            self._notes_asked = self.frame.after(SECOND_PRESS_MS, self._forget_notes)
            return
        self._forget_notes()
        self._notes = NotesWindow(self.frame, self._actions, self._kept)
        self._show_notes()

    def _forget_notes(self) -> None:
        if self._notes_asked is not None:
            self.frame.after_cancel(self._notes_asked)
            self._notes_asked = None

    def show_still(self) -> None:
        """Show the recording that was delivered with the lesson."""
        play = self.play
        if play is None:
            return
        scene = play.scene.name

        def read(_name: str, events: tuple[RecordedEvent, ...]) -> None:
            if play is self.play:
                play.show_recorded(recorded(events, scene, still=True))

        self._files.read(still_recording(play.lesson.name, scene), read)

    @property
    def has_still(self) -> bool:
        """Whether a recording of this scene was delivered."""
        play = self.play
        return play is not None and still_recording(play.lesson.name, play.scene.name).exists()

    @property
    def run(self) -> RecordedRun | None:
        """The recording on the stage."""
        return self.play.run if self.play is not None else None

    # --- Painting ---

    def _changed(self) -> None:
        if self._shown:
            self._refresh()

    def _refresh(self) -> None:
        play = self.play
        if play is None:
            return
        step, code = play.step, language()
        title = f"{play.lesson.number}  {play.lesson.title.get(code)}"
        self.bar.show(title, play.number, len(play.lesson.steps), self._phase(play))
        self._show_status(play)
        self.floor.say(step.say.get(code))
        animate = self._put[0] == id(play) and play.number == self._put[1] + 1
        self._show_stage(play, animate)
        self._put = (id(play), play.number)
        self._show_column(play)
        self._show_trouble(play)
        self._show_link(play)
        self._show_notes()

    def _phase(self, play: LessonPlay) -> Phase:
        prediction = play.prediction
        return "predict" if prediction is not None and not prediction.revealed else "watch"

    def _show_status(self, play: LessonPlay) -> None:
        run = play.run
        if play.under_way:
            self.bar.show_status(_("running …"), "info")
        elif run is not None and run.still:
            self.bar.show_status(_("Delivered recording"), "warn")
        elif run is not None and run.moved_ports:
            ports = run.moved_ports
            self.bar.show_status(moved_ports_text(ports), "warn", moved_ports_reason(ports))
        else:
            self.bar.show_status("", "info")

    def _show_stage(self, play: LessonPlay, animate: bool) -> None:
        step, run, code = play.step, play.run, language()
        if step.view == "histogram":
            if play.outcomes is not None:
                outcome = play.scene.outcome
                roles = roles_of(play.scene, code)
                named = roles.of_program if outcome == FIRST_CLOSE else str
                self.stage.show_outcomes(play.outcomes, outcome_title(outcome, roles.of_program), named)
            return
        if step.view == "cases":
            self.stage.show_cases([case.say.get(code) for case in play.lesson.cases], self._ask_to_do)
            return
        if run is None:
            return
        cast = self._cast(play, play.scene)
        other = play.other_run
        if step.view == "table":
            # a step that asks measures nothing yet, revealed or not
            asks = step.question is not None and not step.go
            self.stage.show_figures(run, play.count, UNKNOWN if asks else "")
        elif step.view == "graph":
            self.stage.show_graph(run, play.count, cast, animate)
        elif step.view == "versus" and other is not None:
            scene = next(each for each in play.lesson.scenes if each.name == step.versus)
            self.stage.show_versus(run, play.count, cast, other, self._cast(play, scene))
        else:
            # Not before the step's moves are made: until then the picture is that of the step before.
            asks = play.prediction is not None and not play.prediction.revealed and not play.under_way
            # Nor where the answer comes in another picture.
            coming = play.lesson.steps[play.number : play.number + 1]
            asks = asks and any(each.scene == step.scene and each.view == step.view for each in coming)
            ask = Ask(_("What happens?"), step.code) if asks else NO_ASK
            self.stage.show_lifelines(run, play.count, cast, animate, ask)

    def _cast(self, play: LessonPlay, scene: Scene) -> Cast:
        programs = tuple(ProgramText(each.name, each.file, side=each.side) for each in scene.programs)
        header = Header(0.0, lesson=play.lesson.name, scene=scene.name, programs=programs)
        return cast_of(header, scene)

    def _show_column(self, play: LessonPlay) -> None:
        step = play.step
        # outcomes are of many runs: no single one stands beside them
        run = play.run if step.view != "histogram" else None
        who = self._who(play)
        now = Standing("many" if step.view == "histogram" else "not-started")
        waiting = ""
        lines = []
        if run is not None:
            # of several copies one stands for all
            known = program_text(run.header.programs, who) if run.header is not None else None
            name = known.name if known is not None else who
            now = standing(run.events, play.count, name)
            waiting = self._waiting(play, run)
            lines = console(run.events, play.count, waiting or name, MOST_LINES)
        title, source = self._source(play, who)
        self.column.code.show(title, source, now, step.line)
        has: list[Lower] = []
        if step.question is not None and play.prediction is not None:
            self.column.question.show(step.question, play.prediction)
            has.append("question")
        facts = self._facts(play, step)
        without = self._without(play)
        self.column.facts.show(facts, now.names, without)
        if (facts or without) and not waiting:
            has.append("facts")
        self.column.console.show(self._role(play, waiting or who), lines, waiting)
        if who and (waiting or lines):
            has.append("console")
        if "facts" not in has and (facts or now.names):
            has.append("facts")
        self.column.arrange(has)

    def _without(self, play: LessonPlay) -> str:
        """The sentence for systems where this step is different. Beside facts the panel shows it where one is
        missing; of a step without facts it is about a call that fails there."""
        run, step = play.run, play.step
        if step.without is None:
            return ""
        events = run.events[: play.count] if run is not None else ()
        failed = any(isinstance(event, Returned) and event.error for event in events)
        return step.without.get(language()) if step.facts or failed else ""

    def _who(self, play: LessonPlay) -> str:
        """The program whose code is shown."""
        names = [program.name for program in play.scene.programs]
        for name in (self._program, play.step.code):
            if name in names or (name and name.rpartition("-")[0] in names):
                return name
        return names[0] if names else ""

    def _source(self, play: LessonPlay, who: str) -> tuple[str, str]:
        """The role and file, and the text as it was run, or as it will be."""
        header = play.run.header if play.run is not None else None
        known = program_text(header.programs, who) if header is not None else None
        named = (who, who.rpartition("-")[0])
        program = next((each for each in play.scene.programs if each.name in named), None)
        if program is None:
            return "", ""
        title = f"{program.role.get(language())}  {program.file.rpartition('/')[2]}"
        if known is not None and known.text:
            return title, known.text
        return title, lesson_file(play.lesson.name, program.file).read_text("utf-8", "replace")

    def _role(self, play: LessonPlay, who: str) -> str:
        named = (who, who.rpartition("-")[0])
        return next((p.role.get(language()) for p in play.scene.programs if p.name in named), who)

    def _facts(self, play: LessonPlay, step: LessonStep) -> list[ShownFact]:
        found = []
        for name in step.facts:
            who, _dot, field = name.rpartition(".")
            value = latest_fact(play.run.events, play.count, who, field) if play.run is not None else None
            label = _("{program}: {fact}").format(program=self._role(play, who), fact=fact_name(field))
            found.append(ShownFact(label, "" if value is None else fact_value(field, value)))
        return found

    def _waiting(self, play: LessonPlay, run: RecordedRun) -> str:
        """The program that waits in input(), at the end of a run that goes on."""
        if not run.live or play.count < len(run.events):
            return ""
        names = [program.name for program in run.header.programs] if run.header is not None else []
        return next((name for name in names if waits_for_line(run.events, play.count, name)), "")

    def _show_trouble(self, play: LessonPlay) -> None:
        run = play.run
        shown = play.outcomes if play.step.view == "histogram" else run
        text = ""
        if shown is not None and shown.fault is not None:
            text = wording.fault_text(shown.fault)
        elif run is not None and run.missed is not None and not run.busy:
            named = roles_of(play.scene, language()).of_program
            text = trouble_text(run.missed.why, run.missed.values, named)
        if not text:
            self.trouble.hide()
            return
        ways: list[Way] = [(_("Run again"), self.run_again)]
        if self.has_still:
            ways.append((_("Show the delivered recording"), self.show_still))
        self.trouble.show(text, ways)

    def _show_link(self, play: LessonPlay) -> None:
        """The button of a step that opens an address in the browser."""
        if play.step.link:
            self._link.retext(_("Open in the browser"))
            # not on the stage: what the kernel says stands there
            self._link.place(in_=self.floor.sentence, relx=1.0, rely=0.5, anchor="e")
            tk.Misc.lift(self._link)
        else:
            self._link.place_forget()

    def _show_notes(self) -> None:
        if self._notes is not None and self._notes.winfo_exists() and self.play is not None:
            self._notes.show(self.play.lesson, self.play.number)

    # --- Actions of parts ---

    def _next_program(self) -> None:
        """Show the code of the scene's next program."""
        if self.play is None:
            return
        names = [program.name for program in self.play.scene.programs]
        who = self._who(self.play)
        if names:
            at = names.index(who) if who in names else 0
            self._program = names[(at + 1) % len(names)]
            self._refresh()

    def _type_line(self, who: str, text: str) -> None:
        if self.play is not None and self.play.run is not None:
            self._runs.type_line(self.play.run, who, text)
            self.frame.focus_set()

    def _ask_to_do(self) -> None:
        if self.play is not None:
            self._do(self.play.lesson)

    def _open_link(self) -> None:
        if self.play is not None and self.play.step.link:
            header = self.play.run.header if self.play.run is not None else None
            address = _with_real_port(self.play.step.link, header)

            def opened(error: Exception | None) -> None:
                if error is not None:
                    sentence = _("No browser could be opened for {address}.")
                    self._services.toast(sentence.format(address=address), "warn")

            run_in_background(self.frame, lambda: browse(address), opened)

    # --- Words ---

    def _set_words(self) -> None:
        tips = {
            "menu": _("More"),
            "screen": _("Whole screen  F11"),
            "again": _("Run again"),
            "next": _("Next step  PgDn"),
            "back": _("Step back  PgUp"),
        }
        for name, text in tips.items():
            self.bar.tips[name].retext(text)
        if self._shown:
            self._refresh()


def _with_real_port(link: str, header: Header | None) -> str:
    """The address with the port that the run uses in place of the one in the source."""
    for source, real in (header.ports if header is not None else {}).items():
        link = link.replace(f":{source}/", f":{real}/")
    return link
