"""How soon the Sockets page can be used: its port field takes keys, and a press on Start listens there.

A hand from outside (`ScreenHand`) waits until Start is on the screen, clicks into the port field, types a
port and presses Start; the moment is when something listens on that port. The bare side is a ttkbootstrap
window with as many widgets of each kind as our window has then, as many of them on the screen, one of them
a field, one a button that listens. A button with an icon is one there too, with the same icon: that is
what ttkbootstrap draws longest at.

What is measured is a start that is not the first one: profile, bytecode and font caches are there. The
bytecode is written to a folder of its own, whatever the environment says about it.

`tests.bench.usable_window` is what is looked at first, from inside, to know where its parts are.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from tests.bench.figures import Figure, interleave
from tests.bench.screen_hand import Box, ScreenHand
from tests.ports import free_port
from tests.programs import start_program

LISTENING = "0A"
"""In /proc/net/tcp."""
PATIENCE = 60.0
LOOK_SECONDS = 0.002
LOST_SECONDS = 1.0
"""After this time without an effect what was typed and pressed is lost, and done again."""
MOST_TRIES = 30
AWAY = (1590, 990)
"""A corner of the screen where no window is."""


# --- From outside ---


def figures(environment: Mapping[str, str], folder: Path, packaged: Path | None) -> Iterator[Figure]:
    """From source, and with ``packaged`` from that file. ``environment``: of a process with a screen;
    ``folder``: for a profile and other files."""
    warm = {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    warm["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    hand = ScreenHand(environment["DISPLAY"])
    profile = folder / "profile"
    try:
        learned(hand, ["ours", *own_words(profile)], warm)  # makes the profile
        marks = learned(hand, ["ours", *own_words(profile)], warm)
        bare_words = ["bare", json.dumps(marks.widgets)]
        bare_marks = learned(hand, bare_words, warm)

        def ours(*program: str) -> float:
            return measured(hand, [*program, *own_words(fresh(profile))], warm, marks).seconds

        def bare() -> float:
            command = [sys.executable, "-m", "tests.bench.usable_window", *bare_words]
            return measured(hand, command, warm, bare_marks).seconds

        figure = Figure("usable, to a bare window with as many widgets", "s", at_most=1.8)
        yield interleave(figure, lambda: ours(sys.executable, "main.py"), bare)
        if packaged is not None:
            figure = Figure("usable, packaged, to that window from source", "s", at_most=2.5)
            yield interleave(figure, lambda: ours(str(packaged.resolve())), bare)
    finally:
        hand.close()


@dataclass(frozen=True)
class Marks:
    """What is known of a window beforehand: where its field and its button are, how they look, and how many
    widgets of each class there are: on the screen, and besides."""

    field: Box
    button: Box
    field_picture: bytes
    button_picture: bytes
    widgets: Mapping[str, tuple[int, int]]

    @property
    def digits(self) -> Box:
        """The part of the field where its first digits are, and no cursor blinks."""
        x, y, width, height = self.field
        return Box(x + width // 7, y + height // 4, width // 5, height // 2)


@dataclass(frozen=True)
class Usable:
    """``seconds`` from the start of the process; ``processor``: seconds of processor time it took until
    then, with all its processes; ``tries``: how often the keys had to be typed."""

    seconds: float
    processor: float
    tries: int


def learned(hand: ScreenHand, words: Sequence[str], environment: Mapping[str, str]) -> Marks:
    """Start a window that prints where its parts are, and look at it once it has come to rest."""
    hand.move(*AWAY)
    command = [sys.executable, "-m", "tests.bench.usable_window", *words]
    process = start_program(command, env=environment, stdout=subprocess.PIPE, text=True)
    if process.stdout is None:
        raise RuntimeError("it has no output")
    try:
        told = json.loads(process.stdout.readline())
        marks = Marks(Box(*told["field"]), Box(*told["button"]), b"", b"", told["widgets"])
        return replace(marks, field_picture=hand.look(marks.digits), button_picture=hand.look(marks.button))
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def measured(hand: ScreenHand, words: Sequence[str], environment: Mapping[str, str], marks: Marks) -> Usable:
    """Start a window, use it as soon as it can be seen, and end it."""
    hand.move(*AWAY)
    port = free_port()
    begun = time.monotonic()
    process = start_program([*words], env=environment, stdout=subprocess.DEVNULL)
    try:
        if not _come(lambda: _seen(hand, marks), PATIENCE):
            raise RuntimeError("field and button were never seen")
        for tries in range(1, MOST_TRIES + 1):
            if _used(hand, marks, port):
                return Usable(time.monotonic() - begun, _processor(process.pid), tries)
        raise RuntimeError("nothing listens")
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _seen(hand: ScreenHand, marks: Marks) -> bool:
    return hand.look(marks.button) == marks.button_picture and hand.look(marks.digits) == marks.field_picture


def _used(hand: ScreenHand, marks: Marks, port: int) -> bool:
    """Choose what the field holds, type the port over it, press the button; each as soon as the screen shows
    that the one before had an effect. False if nothing listens in time."""
    before = hand.look(marks.digits)
    hand.click(marks.field, times=2)
    _come(lambda: hand.look(marks.digits) != before)
    chosen = hand.look(marks.digits)
    hand.type(str(port))
    _come(lambda: hand.look(marks.digits) != chosen)
    hand.click(marks.button)
    return _come(lambda: _listens(port))


def _come(condition: Callable[[], bool], seconds: float = LOST_SECONDS) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _listens(port: int) -> bool:
    """Nothing is connected to find out: that would be seen."""
    rows = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(row.split()[1].endswith(f":{port:04X}") and row.split()[3] == LISTENING for row in rows)


def _processor(pid: int) -> float:
    one = psutil.Process(pid)
    return sum(sum(each.cpu_times()[:2]) for each in [one, *one.children(recursive=True)])


def own_words(profile: Path) -> list[str]:
    return ["--profile", str(profile), "--lang", "en", "--theme", "light", "--page", "sockets"]


def fresh(profile: Path) -> Path:
    """A copy of a profile, so that no start finds what the one before it left behind."""
    copy = profile.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(profile, copy)
    return copy
