"""The real window, with the real engine and transcript, while a second process sends it 50,000 messages a
second; and the same window with a thousand and with a million rows.

``python -m tests.bench.window PART`` runs in the process that is measured and prints its numbers as JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dev
from tests.bench import traffic
from tests.bench.figures import ROUNDS, Figure
from tests.programs import run_program, start_program

if TYPE_CHECKING:
    from gui.window.app import Window

RATE = 50_000
SIZE = 64
FLOOD_SECONDS = 10.0
LATE_TIMER_MS = 10
KEYS = 50
FEW, MANY = 1_000, 1_000_000
SCROLLS = 40
PATIENCE = 120.0


class Rig:
    """The program's window on the present screen, with a profile of its own, listening as ``url`` says."""

    def __init__(self, folder: Path, url: str = "tcp-server://127.0.0.1:0?framing=length2") -> None:
        from gui.shared.arguments import parse_arguments
        from gui.window.app import Window
        from main import SWITCH_SECONDS
        from net.engine import Engine

        sys.setswitchinterval(SWITCH_SECONDS)
        self.profile = folder
        words = ["--profile", str(folder), "--lang", "en", "--theme", "light", "--open", url]
        self.window: Window = Window(
            parse_arguments(words),
            lambda _settings, profile: Engine(data_folder=profile, transcript=profile / "transcript.sqlite3"),
        )
        self.app = self.window.app
        self.run_until(lambda: bool(self.window.page) and any(known.local for known in self.page.model))
        listener = next(iter(self.page.model))
        assert listener.local is not None
        self.listener, self.port = listener.session, listener.local.port

    @property
    def page(self) -> Any:
        contents = self.window.contents
        assert contents is not None
        return contents.pages.built["sockets"]

    def run(self, seconds: float) -> None:
        """Tk's own loop, as the program runs it."""
        self.app.after(int(seconds * 1000), self.app.quit)
        self.app.mainloop()

    def run_until(
        self, condition: Callable[[], bool], pause_ms: int = 20, patience: float = PATIENCE
    ) -> None:
        end = time.monotonic() + patience

        def look() -> None:
            if condition() or time.monotonic() > end:
                self.app.quit()
            else:
                self.app.after(pause_ms, look)

        self.app.after(1, look)
        self.app.mainloop()
        if not condition():
            raise RuntimeError("what was waited for did not happen")

    def stored(self) -> int:
        """Rows of all sessions, as far as they were reported to the window."""
        return sum(known.rows for known in self.page.model)

    def rows(self, session: int) -> int:
        known = self.page.model.get(session)
        return known.rows if known is not None else 0

    def shown(self) -> None:
        """Wait for the X server to have drawn all that was asked of it."""
        self.app.update_idletasks()
        self.app.winfo_pointerxy()  # its answer comes after everything before it

    def close(self) -> None:
        self.window.close()
        engine = self.window.run()
        if engine is not None:
            engine.join(30.0)


def flood(rig: Rig) -> dict[str, float]:
    """Timer, frames and keys while messages arrive."""
    composer = rig.page.chat.composer.composer
    late: list[float] = []
    frames = 0
    echoes: list[float] = []
    pressed = [0]

    def tick(due: float) -> None:
        late.append(time.perf_counter() - due)
        rig.app.after(LATE_TIMER_MS, tick, time.perf_counter() + LATE_TIMER_MS / 1000)

    def count_frames(pane: Any) -> None:
        paint = pane.after_paint

        def painted() -> None:
            nonlocal frames
            paint()
            frames += 1

        pane.after_paint = painted

    def echoed(_event: object) -> None:
        def drawn() -> None:
            rig.app.winfo_pointerxy()
            echoes.append(time.monotonic())

        pressed[0] += 1
        rig.app.after_idle(drawn)

    peer = traffic.start("paced", rig.port, SIZE, RATE, int(FLOOD_SECONDS + 4))
    rig.run_until(lambda: rig.stored() > RATE)
    composer.focus_set()
    composer.text.focus_force()
    # After the class's own binding, which inserts the character.
    tags = list(composer.text.bindtags())
    tags.insert(tags.index("Text") + 1, "Echo")
    composer.text.bindtags(tuple(tags))
    rig.app.bind_class("Echo", "<KeyPress>", echoed)
    keys = start_program(
        [sys.executable, "-m", "tests.bench.keys", str(KEYS)], stdout=subprocess.PIPE, text=True
    )
    count_frames(rig.page.chat.conversation.current)
    rows, begun = rig.stored(), time.perf_counter()
    tick(time.perf_counter())
    rig.run(FLOOD_SECONDS)
    elapsed = time.perf_counter() - begun
    stored = (rig.stored() - rows) / elapsed
    moments = [float(line) for line in keys.communicate(timeout=30)[0].split()]
    if len(echoes) != KEYS or composer.value != "a" * KEYS:
        raise RuntimeError(f"{len(echoes)} of {KEYS} keys arrived")
    waits = [done - begun for begun, done in zip(moments, echoes, strict=True)]
    peer.kill()
    peer.wait()
    return {
        "late": statistics.quantiles(late, n=100)[98] * 1000,
        "echo": statistics.quantiles(waits, n=100)[98] * 1000,
        "echo_median": statistics.median(waits) * 1000,
        "frames": frames / elapsed,
        "stored": stored,
    }


def long(rig: Rig) -> dict[str, dict[str, list[float]]]:
    """Opening and scrolling a conversation of FEW and of MANY rows, in turn, as bubbles and as log."""
    peers = {}
    for count in (FEW, MANY):
        peers[count] = traffic.start("messages", rig.port, SIZE, count)
        rig.run_until(lambda count=count: any(rig.rows(s.session) >= count for s in rig.page.model))  # type: ignore[misc]
    sessions = [known.session for known in rig.page.model if known.session != rig.listener]
    conversation = rig.page.chat.conversation
    times: dict[str, dict[str, list[float]]] = {}
    for view in ("bubbles", "log"):
        conversation.set_view(view)
        rig.page.chat.view.set(view)
        for name in ("open", "scroll"):
            times[f"{view} {name}"] = {str(FEW): [], str(MANY): []}
        for turn in range(ROUNDS + 1):
            for session, count in zip(sessions, (FEW, MANY), strict=True):
                rig.page.sessions.show(rig.listener)
                rig.run(0.1)
                begun = time.perf_counter()
                rig.page.sessions.show(session)
                _paint(rig)
                opened = time.perf_counter() - begun
                scrolled = _scroll(rig, rig.rows(session))
                if turn:
                    times[f"{view} open"][str(count)].append(opened)
                    times[f"{view} scroll"][str(count)].append(scrolled)
    for peer in peers.values():
        peer.kill()
        peer.wait()
    return times


def _paint(rig: Rig) -> None:
    rig.page.chat.conversation.current.paint_now()
    rig.page.side.diagram.paint_now()
    rig.shown()


def _scroll(rig: Rig, count: int) -> float:
    """The median of a step: a page further down, from places all over the conversation."""
    pane = rig.page.chat.conversation.current
    steps = []
    for number in range(SCROLLS):
        if number % 4 == 0:
            pane.see(count * (number * 7 % SCROLLS) // SCROLLS)
            pane.paint_now()
        begun = time.perf_counter()
        pane.scroll_pixels(300)
        pane.paint_now()
        rig.shown()
        steps.append(time.perf_counter() - begun)
    return statistics.median(steps)


PARTS: dict[str, Callable[[Rig], object]] = {"flood": flood, "long": long}


@contextlib.contextmanager
def screen() -> Iterator[dict[str, str]]:
    """The environment of a process that has a screen of its own; elsewhere than on Linux the native one."""
    if sys.platform != "linux":
        yield dict(os.environ)
        return
    with dev.virtual_screen() as display:
        yield {**os.environ, "DISPLAY": display}


def measured(part: str, module: str = "tests.bench.window") -> Any:
    """What a part of a module prints, run in a process of its own with a screen of its own."""
    with screen() as environment:
        words = [sys.executable, "-m", module, part]
        output = run_program(words, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout
    return json.loads(output)


def figures() -> Iterator[Figure]:
    late = Figure("10 ms timer late, p99, at 50,000 messages/s", "ms", at_most=16)
    echo = Figure("a key echoes, p99 of 50, at 50,000 messages/s", "ms", at_most=33)
    frames = Figure("frames painted at 50,000 messages/s", "1/s", at_least=30)
    stored = Figure("messages stored meanwhile", "1/s", at_least=RATE * 0.98)
    names = {"late": late, "echo": echo, "frames": frames, "stored": stored}
    for _turn in range(ROUNDS):
        numbers = measured("flood")
        for name, figure in names.items():
            figure.ours.append(numbers[name])
    yield from names.values()
    for name, times in measured("long").items():
        figure = Figure(f"a million rows to a thousand: {name}", "s", at_most=1.5)
        figure.ours, figure.bare = times[str(MANY)], times[str(FEW)]
        yield figure


def main(part: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(Path(folder))
        try:
            answer = PARTS[part](rig)
        finally:
            rig.close()
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])
