"""A step forward in a lesson, from the key to the painted picture: the real window at 1280 x 720, with the
recordings that are delivered with the lessons, so that no program is waited for.

``python -m tests.bench.lesson_steps`` runs in the process that is measured and prints milliseconds as JSON.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from _tkinter import DONT_WAIT, IDLE_EVENTS, WINDOW_EVENTS
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure
from tests.bench.window import screen
from tests.programs import run_program

MOST_MS = 50
WIDE, HIGH = 1280, 720
PATIENCE_SECONDS = 120.0


def steps(folder: Path) -> list[float]:
    """Milliseconds of each step forward of all lessons."""
    from gui.shared.arguments import parse_arguments
    from gui.window.app import Window
    from net.engine import Engine
    from net.lab.lesson_files import load_shelf

    words = ["--profile", str(folder), "--lang", "zh_CN", "--theme", "light", "--page", "lessons"]
    window = Window(parse_arguments(words), lambda _settings, profile: Engine(data_folder=profile))
    app = window.app
    app.geometry(f"{WIDE}x{HIGH}+0+0")
    end = time.monotonic() + PATIENCE_SECONDS
    while not (window.page and app.winfo_viewable() and app.winfo_width() == WIDE):
        app.update()
        if time.monotonic() > end:
            raise TimeoutError("the page")
    assert window.contents is not None
    page: Any = window.contents.pages.built["lessons"]
    taken: list[float] = []
    for name in load_shelf().lessons:
        taken += _steps_of(app, page, name)
    page.show_shelf()
    window.close()
    app.mainloop()
    return taken


def _steps_of(app: Any, page: Any, name: str) -> list[float]:
    from gui.pages.lessons.runs import recorded
    from net.lab.lesson_files import load_lesson, still_recording
    from net.lab.recording_file import read_recording

    lesson = load_lesson(name)
    page.begin(lesson)
    player = page.player
    known = set()
    for scene in lesson.scenes:
        path = still_recording(name, scene.name)
        if path.exists():
            known.add(scene.name)
            player.play.show_recorded(recorded(read_recording(path).events, scene.name, still=True))
    taken = []
    for number, step in enumerate(lesson.steps, 1):
        _painted(app)
        held = step.view != "histogram" and {step.scene, *filter(None, (step.versus,))} <= known
        if number > 1 and held:
            # what the key is to do first, the reveal, was done
            player.reveal()
            _painted(app)
            player.frame.focus_force()
            app.update()
            began = time.perf_counter()
            player.frame.event_generate("<Next>")
            _painted(app)
            taken.append((time.perf_counter() - began) * 1000)
            if player.play.number != number:
                raise RuntimeError(f"{name}: the key led to step {player.play.number}, not {number}")
            player.stage.skip()
        elif number > 1 and step.view != "histogram":
            player.go_to(number)
        elif number > 1:
            # its runs are not measured here; the next step is reached past it
            player.play.number = number
    return taken


def _painted(app: Any) -> None:
    """Let Tk lay out and draw, without the timers of a motion's further frames, and wait until the screen has
    taken it."""
    while app.tk.dooneevent(WINDOW_EVENTS | IDLE_EVENTS | DONT_WAIT):
        pass
    app.winfo_pointerxy()


def figures() -> list[Figure]:
    forward = Figure("a lesson's step forward, key to painted, p95", "ms", at_most=MOST_MS)
    with screen() as environment:
        words = [sys.executable, "-m", "tests.bench.lesson_steps"]
        output = run_program(words, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout
    taken = json.loads(output)
    forward.ours.append(statistics.quantiles(taken, n=20)[-1])
    return [forward]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(json.dumps(steps(Path(place))))
