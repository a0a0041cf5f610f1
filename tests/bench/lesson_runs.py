"""The lessons' runs: what holding costs a program, and a hundred runs (`tests.bench.lessons`)."""

from __future__ import annotations

import queue
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from net.engine import Engine
from net.lab.commands import LabCommand, MakeMoves, RunFile, RunMany, StartRun, StopRun
from net.lab.events import MovesMade, OutcomesCounted, RunEnded, RunGrew
from net.lab.lesson_files import load_lesson
from net.lab.recording import Call, RecordedEvent, Returned
from tests.bench.figures import ROUNDS, Figure

CALLS = 1000
RUNS = 100
PATIENCE = 120.0
SENDS = f"""\
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
address = s.getsockname()
for number in range({CALLS}):
    s.sendto(b"x", address)
    s.recvfrom(10)
"""


def stepping() -> Iterator[Figure]:
    """A call that is held and let go at once, from before it to after it; the program's calls alone take some
    microseconds."""
    figure = Figure("a held call, let go at once", "ms", at_most=2.0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sends.py")
        path.write_text(SENDS, "utf-8")
        for _round in range(ROUNDS):
            figure.ours.append(_seconds_a_call(path) * 1000)
    yield figure


def _seconds_a_call(path: Path) -> float:
    engine = Engine()
    try:
        engine.submit(StartRun(1, files=(RunFile("sends", str(path)),)))
        recorded = list(_until(engine, MakeMoves(1, (f"sends after recvfrom {CALLS}",)), MovesMade))
        recorded += _until(engine, StopRun(1), RunEnded)
    finally:
        engine.stop()
        engine.join(PATIENCE)
    calls = {event.n: event.t for event in recorded if isinstance(event, Call)}
    took = [event.t - calls[event.n] for event in recorded if isinstance(event, Returned)]
    return sum(took) / len(took)


def many_runs() -> Iterator[Figure]:
    """Lesson 6's first scene: two programs each time, in new processes."""
    scene = next(scene for scene in load_lesson("stream").scenes if scene.outcome)
    figure = Figure(f"{RUNS} runs of two programs", "s", at_most=30.0)
    engine = Engine()
    try:
        begun = time.perf_counter()
        list(_until(engine, RunMany(1, "stream", scene, RUNS), OutcomesCounted, last=RUNS))
        figure.ours.append(time.perf_counter() - begun)
    finally:
        engine.stop()
        engine.join(PATIENCE)
    yield figure


def _until(engine: Engine, command: LabCommand, kind: type, last: int = 0) -> Iterator[RecordedEvent]:
    """What is recorded until an event of this kind, with ``last`` the one that has counted so many."""
    engine.submit(command)
    while True:
        try:
            batch = engine.events.get(timeout=PATIENCE)
        except queue.Empty:
            raise RuntimeError(f"no {kind.__name__}") from None
        for event in batch:
            if isinstance(event, RunGrew):
                yield from event.recorded
            elif isinstance(event, MovesMade) and not event.reached:
                raise RuntimeError(f"{event.why} {event.values}")
            elif isinstance(event, kind) and getattr(event, "done", 0) >= last:
                return
