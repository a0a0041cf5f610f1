"""The picture of a run of 10,000 events, gone through as fast as a key repeats.

``python -m tests.bench.lesson_picture`` runs in the process that is measured and prints its times as JSON.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from tests.bench.figures import ROUNDS, Figure
from tests.bench.window import screen
from tests.programs import run_program
from tests.waiting import wait_until

EVENTS = 10_000
STEPS = 200
FRAME_MS = 16
SIZE = (890, 600)


def scrolling() -> Iterator[Figure]:
    """A frame: from the call that moves the picture on by a few events to all of it on the screen."""
    frame = Figure(f"lesson: a frame of {EVENTS:,} events, p95", "ms", at_most=FRAME_MS)
    grow = Figure(f"lesson: {EVENTS:,} events taken in, each", "us")
    for _turn in range(ROUNDS):
        with screen() as environment:
            words = [sys.executable, "-m", "tests.bench.lesson_picture"]
            output = run_program(words, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout
        numbers = json.loads(output)
        frame.ours.append(numbers["frame"])
        grow.ours.append(numbers["grow"])
    yield from (frame, grow)


def main() -> None:
    import ttkbootstrap as ttk

    from gui.look.apply import apply_theme, first_theme, register
    from gui.pages.lessons.picture import PictureView
    from net.lab.recording import Header
    from tests.net.lab.recordings import flood

    events = flood(EVENTS)
    header = events[0]
    assert isinstance(header, Header)
    register()
    app = ttk.App(title="bench", theme=first_theme("light"), size=SIZE)
    apply_theme(app, "light")
    view = PictureView(app)
    view.pack(fill="both", expand=True)
    wait_until(lambda: view.canvas.winfo_height() > SIZE[1] // 2, root=app, what="the view has its size")
    view.begin(header)
    started = time.perf_counter()
    view.grow(events)
    grow = (time.perf_counter() - started) / len(events) * 1e6
    times = []
    for step in range(STEPS + 20):
        started = time.perf_counter()
        view.go_to(EVENTS // 2 + 7 * step)
        app.update()
        times.append((time.perf_counter() - started) * 1e3)
    # The first frames make the pictures that all later ones show.
    p95 = statistics.quantiles(times[20:], n=20)[-1]
    print(json.dumps({"frame": p95, "grow": grow}))
    app.destroy()


if __name__ == "__main__":
    main()
