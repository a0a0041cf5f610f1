"""A lesson being played: which step is shown, and what its scenes' runs have recorded. No widget here.

A scene is run once for all the steps that play in it: the first of them starts it, each makes its moves when
it is first shown. Going back moves in the recording and runs nothing; `run_again` does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gui.pages.lessons.runs import Outcomes, RecordedRun, Runs
from net.lab.lesson import Lesson, LessonStep, Scene

TO_THE_END = ("all run", "all end")
"""The moves of a scene that only stands beside another one and has no steps of its own."""


@dataclass(slots=True)
class Prediction:
    """What was predicted at a step: ``chosen`` by the one person here, ``hands`` counted by a teacher, one
    number for each option."""

    hands: list[int]
    chosen: int | None = None
    revealed: bool = False

    @property
    def voters(self) -> int:
        return sum(self.hands)


class LessonPlay:
    """``number``: the step that is shown, from 1. ``changed()`` is called when what it shows may have
    changed: after each move, and with what the runs record.
    ``seed``: of scenes that draw lots.
    """

    def __init__(self, lesson: Lesson, runs: Runs, seed: int, changed: Callable[[], object]) -> None:
        self.lesson = lesson
        self.number = 1
        self.predictions: dict[int, Prediction] = {
            number: Prediction([0] * len(step.question.options))
            for number, step in enumerate(lesson.steps, 1)
            if step.question is not None
        }
        self._runs = runs
        self._seed = seed
        self._changed = changed
        self._scenes = {scene.name: scene for scene in lesson.scenes}
        self._runs_of: dict[str, RecordedRun] = {}
        self._outcomes_of: dict[int, Outcomes] = {}

    # --- What is shown ---

    @property
    def step(self) -> LessonStep:
        return self.lesson.steps[self.number - 1]

    @property
    def scene(self) -> Scene:
        return self._scenes[self.step.scene]

    @property
    def prediction(self) -> Prediction | None:
        return self.predictions.get(self.number)

    @property
    def run(self) -> RecordedRun | None:
        """The recording that this step shows; None for one that only counts outcomes."""
        return self._runs_of.get(self.step.scene)

    @property
    def other_run(self) -> RecordedRun | None:
        """The recording beside it."""
        return self._runs_of.get(self.step.versus) if self.step.versus else None

    @property
    def outcomes(self) -> Outcomes | None:
        return self._outcomes_of.get(self.number)

    @property
    def count(self) -> int:
        """How many of the run's events this step shows."""
        return self.run.reach(self.number) if self.run is not None else 0

    @property
    def under_way(self) -> bool:
        """Whether moves of this step are being made."""
        if self.step.view == "histogram":
            return self.outcomes is not None and not self.outcomes.ended
        runs = [run for run in (self.run, self.other_run) if run is not None]
        return any(run.live and run.busy > 0 for run in runs)

    # --- Moving ---

    def show(self, number: int) -> None:
        """Show a step, and make the moves up to it that have not been made. Beyond the ends: the nearest."""
        self.number = min(max(number, 1), len(self.lesson.steps))
        self._end_what_is_over()
        self._end_what_comes_later()
        if self.step.view == "histogram":
            if self.number not in self._outcomes_of:
                self._count()
        else:
            self._advance(self.step.scene, self.number)
            if self.step.versus:
                self._advance(self.step.versus, len(self.lesson.steps), beside=True)
        self._changed()

    def run_again(self) -> None:
        """Begin this step's scene anew and run it up to here."""
        if self.step.view == "histogram":
            self._runs.stop(self._outcomes_of[self.number])
            self._count()
        else:
            for scene in filter(None, (self.step.scene, self.step.versus)):
                self._end(scene)
            self.show(self.number)
        self._changed()

    def show_recorded(self, run: RecordedRun) -> None:
        """Show this recording in place of a run of its scene."""
        self._end(run.scene)
        self._runs_of[run.scene] = run
        self._changed()

    def end(self) -> None:
        """End everything that still runs."""
        for run in self._runs_of.values():
            self._runs.stop(run)
        for outcomes in self._outcomes_of.values():
            self._runs.stop(outcomes)

    # --- Runs ---

    def _count(self) -> None:
        self._outcomes_of[self.number] = self._runs.count_outcomes(
            self.lesson.name, self.scene, self.step.times, self._changed
        )

    def _advance(self, scene: str, last: int, *, beside: bool = False) -> None:
        """Make the moves of this scene's steps up to ``last``. ``beside``: another scene's programs run at
        the same time, and may have the ports that this one's source names."""
        run = self._runs_of.get(scene)
        if run is None:
            run = self._runs.start_scene(
                self.lesson.name, self._scenes[scene], self._seed, self._changed, fresh_ports=beside
            )
            self._runs_of[scene] = run
        if not run.live:
            return
        steps = [
            (number, step.go)
            for number, step in enumerate(self.lesson.steps, 1)
            if step.scene == scene and step.view != "histogram"
        ]
        for number, moves in steps or [(0, TO_THE_END)]:
            if number <= last and number not in run.asked and run.missed is None:
                self._runs.make_moves(run, moves, number)

    def _end(self, scene: str) -> None:
        run = self._runs_of.pop(scene, None)
        if run is not None:
            self._runs.stop(run)

    def _end_what_is_over(self) -> None:
        """End the programs of scenes that no later step plays in: they may hold the port of the next one."""
        coming = self.lesson.steps[self.number - 1 :]
        needed = {step.scene for step in coming if step.view != "histogram"} | {s.versus for s in coming}
        for scene, run in self._runs_of.items():
            if scene not in needed:
                self._runs.stop(run)

    def _end_what_comes_later(self) -> None:
        """Somebody jumped ahead and goes back to a scene that has not run: the programs of scenes that begin
        after this step may hold its port. They run again when their turn comes."""
        if self.step.scene in self._runs_of:
            return
        begun = {name for step in self.lesson.steps[: self.number] for name in (step.scene, step.versus)}
        for scene in [scene for scene in self._runs_of if scene not in begun]:
            self._end(scene)
