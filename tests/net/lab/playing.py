"""Playing a lesson through a real Engine: each scene is one run, each step's moves are made in order."""

from __future__ import annotations

import queue
import sys
import time
from dataclasses import dataclass, field

from net.engine import Engine
from net.events import EngineStopped, Event, Fault
from net.lab.commands import LabCommand, MakeMoves, StartRun, StopRun
from net.lab.events import MovesMade, RunEnded, RunGrew
from net.lab.lesson import Lesson, LessonStep, Scene
from net.lab.lesson_files import load_lesson
from net.lab.recording import RecordedEvent
from tests.programs import become_program, run_program

STEP_SECONDS = 400.0
"""Longer than a run takes for any moves of a step."""


@dataclass(slots=True)
class Played:
    """One run of a scene. ``missed``: the steps that were not reached, with the code why and its values."""

    scene: str
    events: list[RecordedEvent] = field(default_factory=list)
    reached: list[int] = field(default_factory=list)
    missed: list[tuple[int, str, str]] = field(default_factory=list)
    fault: Fault | None = None


def steps_of(lesson: Lesson, scene: Scene) -> list[tuple[int, LessonStep]]:
    return [(number, step) for number, step in enumerate(lesson.steps, 1) if step.scene == scene.name]


def play_scene(engine: Engine, lesson: Lesson, scene: Scene, seed: int = 1) -> Played:
    """Make the moves of all steps of this scene in one run, and end it."""
    played = Played(scene.name)
    run = engine.new_job()
    engine.submit(StartRun(run, lesson.name, scene, seed=seed))
    for number, step in steps_of(lesson, scene):
        engine.submit(MakeMoves(run, step.go, number))
        ended = _follow(engine, run, played, MovesMade)
        if isinstance(ended, RunEnded):
            played.missed.append((number, "no run", str(ended.fault)))
            return played
        if isinstance(ended, MovesMade):
            if not ended.reached:
                played.missed.append((number, ended.why, str(dict(ended.values))))
                break
            played.reached.append(number)
    end_run(engine, run, played)
    return played


def end_run(engine: Engine, run: int, played: Played) -> None:
    submit(engine, StopRun(run))
    _follow(engine, run, played, RunEnded)


def submit(engine: Engine, command: LabCommand) -> None:
    engine.submit(command)


def _follow(engine: Engine, run: int, played: Played, kind: type[Event]) -> Event:
    """Collect what is recorded until an event of ``kind``, or the run's end, has come."""
    deadline = time.monotonic() + STEP_SECONDS
    found: Event | None = None
    while found is None:
        try:
            batch = engine.events.get(timeout=max(0.1, deadline - time.monotonic()))
        except queue.Empty:
            raise AssertionError(f"no {kind.__name__} of {played.scene}") from None
        for event in batch:
            if isinstance(event, EngineStopped):
                raise AssertionError("the engine has stopped")
            if getattr(event, "run", None) != run:
                continue
            if isinstance(event, RunGrew):
                played.events += event.recorded
            elif isinstance(event, kind | RunEnded):
                found = event
                if isinstance(event, RunEnded):
                    played.fault = event.fault
    return found


INSIDE = "--inside"
WITHOUT_RIGHTS = ("--no-new-privs", "--inh-caps=-all", "--bounding-set=-all")
"""A process of root without any capability may do no more than an ordinary user; and it can read this Python,
wherever it is."""


def main(words: list[str]) -> int:
    """``python -m tests.net.lab.playing LESSON ...``: print the steps that were reached; exit code 1 if one
    was not. After ``--inside``: without any rights, in a network with a loopback alone, which must be
    new."""
    if words[:1] == [INSIDE]:
        run_program(["ip", "link", "set", "lo", "up"], check=True)
        become_program(
            ["setpriv", *WITHOUT_RIGHTS, sys.executable, "-m", "tests.net.lab.playing", *words[1:]]
        )
    engine = Engine()
    missed = 0
    try:
        for name in words:
            lesson = load_lesson(name)
            for scene in lesson.scenes:
                if steps_of(lesson, scene):
                    played = play_scene(engine, lesson, scene)
                    missed += len(played.missed)
                    print(name, scene.name, played.reached, played.missed, flush=True)
    finally:
        engine.stop()
        engine.join(STEP_SECONDS)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
