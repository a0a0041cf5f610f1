"""The whole program: how soon it is there and can be used, what it takes while nothing happens, how large its
one file is."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

import dev
from tests.bench import usable
from tests.bench.figures import Figure, interleave
from tests.bench.window import screen
from tests.programs import run_program, start_program

IDLE_SECONDS = 12.0
SETTLING_SECONDS = 5.0
FILE_MEGABYTES = 45


def idle(environment: dict[str, str], folder: str) -> Figure:
    """Seconds of processor time a second, in percent of one core, with a window and a listener."""
    figure = Figure("idle, with a listener", "% CPU", at_most=1.0)
    words = [sys.executable, "main.py", "--profile", folder, "--open", "tcp-server://127.0.0.1:0"]
    program = start_program(words, env=environment)
    try:
        watched = psutil.Process(program.pid)
        time.sleep(SETTLING_SECONDS)
        if not watched.net_connections("tcp4"):
            raise RuntimeError("the listener was not started")
        before, begun = sum(watched.cpu_times()[:2]), time.perf_counter()
        time.sleep(IDLE_SECONDS)
        spent = sum(watched.cpu_times()[:2]) - before
        figure.ours.append(100 * spent / (time.perf_counter() - begun))
    finally:
        program.terminate()
        program.wait(30)
    return figure


def start(environment: dict[str, str], folder: str) -> Figure:
    """From the start of the interpreter to the first paint, from source."""

    def seconds(*words: str) -> float:
        begun = time.monotonic()
        command = [sys.executable, "-m", "tests.bench.first_paint", *words]
        done = run_program(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
        return float(done.stdout) - begun

    figure = Figure("start to first paint, to a bare window's", "s", at_most=1.5)
    return interleave(figure, lambda: seconds("ours", "--profile", folder), lambda: seconds("bare"))


def file_size(packaged: Path) -> Figure:
    figure = Figure("packaged file", "MB", at_most=FILE_MEGABYTES)
    figure.ours.append(packaged.stat().st_size / 1e6)
    return figure


def figures() -> Iterator[Figure]:
    if dev.build_is_stale():
        dev.command_build([])
    packaged = Path("dist") / ("Duplex.exe" if sys.platform == "win32" else "Duplex")
    with screen() as environment, tempfile.TemporaryDirectory() as folder:
        yield start(environment, folder)
        if sys.platform == "linux":
            yield from usable.figures(environment, Path(folder, "usable"), packaged)
        yield idle(environment, folder)
    yield file_size(packaged)
