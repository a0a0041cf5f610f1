"""``--headless --lesson NAME --run``: a lesson's programs run as in the window, and their recordings go to
standard output. No tkinter here.

The steps that show one scene are one run. Each run's recording begins with its header and ends with its
`Done`; those of several scenes stand one after the other. A step that shows a histogram has no part in a
recording: its scene is run as often as it says, and one line says what came out how often:

    {"kind": "outcomes", "lesson": "stream", "scene": "three-sends", "step": 5, "done": 100, "times": 100,
     "outcomes": [["b'abcdef'", 97], ["b'abc' b'def'", 3]]}

With ``--times`` there are only such lines, one for each scene that has an outcome, without a step.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from gui.shared.dispatch import Dispatch
from gui.shared.i18n import _
from gui.shared.lab_wording import trouble_text
from gui.shared.wording import fault_text
from gui.terminal.exit_codes import Outcome
from gui.terminal.following import follow_events, running_engine
from gui.terminal.output import Output
from gui.terminal.signals import NotedSignal
from net.engine import Engine
from net.lab.commands import LabCommand, MakeMoves, RunMany, StartRun, StopRun
from net.lab.events import MovesMade, OutcomesCounted, RunEnded, RunGrew
from net.lab.lesson import Lesson, LessonStep, Scene
from net.lab.recording import Trouble

STOP_SECONDS = 10.0
"""For the programs to end, at the end."""


@dataclass(slots=True)
class _Part:
    """One run: its scene, and the steps that are still to be reached in it, with their numbers; with
    ``times`` the outcomes of so many runs instead, for the step ``shown_by``, 0 for none."""

    scene: Scene
    steps: deque[tuple[int, LessonStep]]
    times: int = 0
    shown_by: int = 0
    counted: OutcomesCounted | None = None


def _parts_of_steps(lesson: Lesson) -> deque[_Part]:
    """Of each scene its recording, then what is counted of it, as the window shows them."""
    parts: deque[_Part] = deque()
    for scene in lesson.scenes:
        numbered = [(n, step) for n, step in enumerate(lesson.steps, start=1) if step.scene == scene.name]
        recorded = deque(each for each in numbered if each[1].view != "histogram")
        if recorded:
            parts.append(_Part(scene, recorded))
        parts.extend(_Part(scene, deque(), step.times, n) for n, step in numbered if step.view == "histogram")
    return parts


class LessonTerminal:
    """Makes the runs one after the other, prints them, and ends with the last. The exit code says whether all
    steps were reached and all runs ended by themselves."""

    def __init__(
        self, engine: Engine, noted: NotedSignal, lesson: Lesson, times: int | None, quiet: bool
    ) -> None:
        self._engine = engine
        self._lesson = lesson
        self._outcome = Outcome()
        self._output = Output(quiet, self._outcome)
        if times is None:
            self._waiting = _parts_of_steps(lesson)
        else:
            counted = [scene for scene in lesson.scenes if scene.outcome]
            self._waiting = deque(_Part(scene, deque(), times) for scene in counted)
        self._part: _Part | None = None
        self._run = 0
        self._stopping = False
        self._signal = noted
        self._dispatch = Dispatch()
        self._dispatch.watch(
            {
                RunGrew: self._grew,
                MovesMade: self._moved,
                OutcomesCounted: self._counted,
                RunEnded: self._ended,
            }
        )

    def run(self) -> int:
        """Run to the end and return the exit code."""
        self._next_part()
        follow_events(self._engine, self._dispatch.deliver, self._end_if_asked, self._output, self._stop)
        return self._outcome.exit_code

    # --- One run after the other ---

    def _next_part(self) -> None:
        if not self._waiting:
            self._stop()
            return
        part = self._part = self._waiting.popleft()
        self._run = self._engine.new_job()
        lesson, scene = self._lesson.name, part.scene
        if part.times:
            self._submit(RunMany(self._run, lesson, scene, part.times))
        else:
            self._submit(StartRun(self._run, lesson, scene))
            self._next_step(part)

    def _next_step(self, part: _Part) -> None:
        if part.steps:
            number, step = part.steps[0]
            self._submit(MakeMoves(self._run, step.go, number))
        else:
            self._submit(StopRun(self._run))

    def _submit(self, command: LabCommand) -> None:
        self._engine.submit(command)

    # --- What happens ---

    def _grew(self, event: RunGrew) -> None:
        for recorded in event.recorded:
            self._output.write(msgspec.json.encode(recorded) + b"\n")
            if isinstance(recorded, Trouble):
                self._note(recorded.code, {"who": recorded.who, **recorded.values})

    def _moved(self, event: MovesMade) -> None:
        part = self._part
        if part is None or event.run != self._run or not part.steps or self._stopping:
            return
        number, _step = part.steps.popleft()
        if not event.reached:
            self._outcome.fail()
            self._output.note(_("Step {number} was not reached.").format(number=number))
            self._note(event.why, event.values)
            part.steps.clear()  # the steps after it build on it
        self._next_step(part)

    def _counted(self, event: OutcomesCounted) -> None:
        if self._part is not None and event.run == self._run:
            self._part.counted = event

    def _ended(self, event: RunEnded) -> None:
        part = self._part
        if part is None or event.run != self._run or self._stopping:
            return
        if event.fault is not None:
            self._outcome.fail()
            self._output.note(fault_text(event.fault))
        if part.times:
            self._print_outcomes(part)
        elif part.steps:
            self._outcome.fail()
            self._output.note(_("Step {number} was not reached.").format(number=part.steps[0][0]))
        self._next_part()

    def _print_outcomes(self, part: _Part) -> None:
        counted = part.counted
        done = 0 if counted is None else counted.done
        line = {
            "kind": "outcomes",
            "lesson": self._lesson.name,
            "scene": part.scene.name,
            **({"step": part.shown_by} if part.shown_by else {}),
            "done": done,
            "times": part.times,
            "outcomes": () if counted is None else counted.outcomes,
        }
        self._output.write(msgspec.json.encode(line) + b"\n")
        if done < part.times:
            self._outcome.fail()

    def _note(self, code: str, values: Mapping[str, str]) -> None:
        if code:
            self._output.note(trouble_text(code, values))

    # --- The end ---

    def _stop(self) -> None:
        self._stopping = True
        self._engine.stop()

    def _end_if_asked(self) -> None:
        if not self._stopping and self._signal.ends(self._outcome):
            self._stop()


def run_lesson_terminal(lesson: Lesson, *, times: int | None = None, quiet: bool = False) -> int:
    """Run the lesson's programs, or with ``times`` each scene with an outcome so often. Returns the exit
    code: 0 if all steps were reached, else 1; 130 if it was interrupted. No program is left running."""
    with running_engine(Engine, STOP_SECONDS) as (engine, noted):
        return LessonTerminal(engine, noted, lesson, times, quiet).run()
