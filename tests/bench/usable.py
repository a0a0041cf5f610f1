"""How soon the Sockets page can be used: its port field takes keys, and a press on Start listens there.

A hand from outside (`ScreenHand`) waits until Start is on the screen, clicks into the port field, types a
port and presses Start; the moment is when something listens on that port. The bare side is a ttkbootstrap
window with as many widgets of each class as our window has then, as many of them on the screen, one of them
a field, one a button that listens.

What is measured is a start that is not the first one: profile, bytecode and font caches are there. The
bytecode is written to a folder of its own, whatever the environment says about it.

``python -m tests.bench.usable ours|bare ...`` is the window that is looked at first, from inside: it prints
where its field and its button are, and the widgets it has.
"""

from __future__ import annotations

import collections
import json
import shutil
import socket
import subprocess
import sys
import time
import tkinter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from tests.bench.figures import Figure, interleave
from tests.bench.screen_hand import Box, ScreenHand
from tests.ports import free_port
from tests.programs import start_program

if TYPE_CHECKING:
    from gui.window.app import Window

LISTENING = "0A"
"""In /proc/net/tcp."""
SIZE = "1180x760"
COLUMNS = 12
PATIENCE = 60.0
SETTLED_MS = 1500
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
            command = [sys.executable, "-m", "tests.bench.usable", *bare_words]
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
    command = [sys.executable, "-m", "tests.bench.usable", *words]
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


# --- From inside ---


def widget_counts(root: tkinter.Misc) -> dict[str, tuple[int, int]]:
    """How many widgets of each class there are on the screen, and how many others."""
    shown: collections.Counter[str] = collections.Counter()
    hidden: collections.Counter[str] = collections.Counter()
    waiting = [root]
    while waiting:
        widget = waiting.pop()
        waiting += widget.winfo_children()
        (shown if widget.winfo_viewable() else hidden)[widget.winfo_class()] += 1
    return {kind: (shown[kind], hidden[kind]) for kind in {*shown, *hidden}}


def _tell(root: tkinter.Tk, field: tkinter.Misc, button: tkinter.Misc) -> None:
    places = {
        name: (each.winfo_rootx(), each.winfo_rooty(), each.winfo_width(), each.winfo_height())
        for name, each in (("field", field), ("button", button))
    }
    print(json.dumps({**places, "widgets": widget_counts(root)}), flush=True)


def ours(words: list[str]) -> None:
    """Our window; it tells once it has come to rest."""
    from gui.shared.arguments import parse_arguments
    from gui.window.app import Window
    from net.engine import Engine

    window: Window = Window(
        parse_arguments(words),
        lambda _settings, profile: Engine(data_folder=profile, transcript=profile / "transcript.sqlite3"),
    )

    def tell() -> None:
        if window.contents is None:
            raise RuntimeError("no window")
        page: Any = window.contents.pages.built["sockets"]
        _tell(window.app, page.setup.port.entry, page.setup.start)

    window.app.after(SETTLED_MS, tell)
    engine = window.run()
    if engine is not None:
        engine.join(PATIENCE)


def bare(counts: Mapping[str, tuple[int, int]]) -> None:
    """A ttkbootstrap window with these widgets and no more, and nothing behind them."""
    import ttkbootstrap as ttk

    app = ttk.App(title="Bare", theme="bootstrap-light")
    app.geometry(f"{SIZE}+0+0")
    kinds: dict[str, Callable[[tkinter.Misc], tkinter.Misc]] = {
        "Canvas": lambda master: ttk.Canvas(master, width=20, height=10),
        "Text": lambda master: ttk.Text(master, width=4, height=1),
        "Entry": lambda master: ttk.Entry(master, width=4),
        "Label": lambda master: ttk.Label(master, text="Label"),
        "Menu": lambda master: ttk.Menu(master),
        "TButton": lambda master: ttk.Button(master, text="Button"),
        "TCheckbutton": lambda master: ttk.Checkbutton(master, text="Check"),
        "TCombobox": lambda master: ttk.Combobox(master, width=4),
        "TEntry": lambda master: ttk.Entry(master, width=4),
        "TLabel": lambda master: ttk.Label(master, text="Label"),
        "TRadiobutton": lambda master: ttk.Radiobutton(master, text="Radio"),
        "TScrollbar": lambda master: ttk.Scrollbar(master),
        "TSeparator": lambda master: ttk.Separator(master),
        "TFrame": lambda master: ttk.Frame(master, width=20, height=10),
        "Frame": lambda master: ttk.Frame(master, width=20, height=10),
    }
    field = ttk.Entry(app, width=8)
    field.insert(0, "12345")

    def listen() -> None:
        listeners.append(socket.create_server(("127.0.0.1", int(field.get()))))

    listeners: list[socket.socket] = []
    button = ttk.Button(app, text="Start", command=listen)
    placed: list[Any] = [field, button]
    for kind, (shown, hidden) in counts.items():
        if kind in kinds:
            rest = shown - (kind in ("TEntry", "TButton"))
            placed += [kinds[kind](app) for _each in range(rest)]
            for _each in range(hidden):
                kinds[kind](app)
    for number, widget in enumerate(placed):
        widget.grid(row=number // COLUMNS, column=number % COLUMNS)
    app.after(SETTLED_MS, lambda: _tell(app, field, button))
    app.mainloop()


def main(words: list[str]) -> None:
    if words[0] == "bare":
        bare(json.loads(words[1]))
    else:
        ours(words[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
