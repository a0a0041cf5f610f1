"""The two example programs of one choice while they run: the content of their consoles, and their end.

Shared by all panels that show them, so that a panel in a separate window shows the same processes.
"""

from __future__ import annotations

import tkinter as tk
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from gui.pages.sockets.code.example_process import ExampleProcess
from net.protocol.codec import clean_text

POLL_MS = 40
KEPT_PIECES = 300
LONGEST_LAST_LINE = 300

PieceKind = Literal["out", "typed", "start"]
RunState = Literal["idle", "running", "ended", "failed", "stopped"]


@dataclass(slots=True)
class Console:
    """The content of one program's console: the last pieces, and how many there were in total (``count``).

    ``last_line``: the last line printed; if Python failed, that is the error itself.
    """

    state: RunState = "idle"
    pieces: deque[tuple[PieceKind, str]] = field(default_factory=lambda: deque(maxlen=KEPT_PIECES))
    count: int = 0
    last_line: str = ""
    pid: int = 0
    _line: str = ""

    def add(self, kind: PieceKind, text: str) -> None:
        self.pieces.append((kind, text))
        self.count += 1
        if kind == "out":
            *ended, self._line = (self._line + text).rsplit("\n", 1)
            whole = [line for part in ended for line in part.splitlines() if line.strip()]
            if whole:
                self.last_line = whole[-1][:LONGEST_LAST_LINE]
            self._line = self._line[:LONGEST_LAST_LINE]

    def begin(self, pid: int) -> None:
        self.state, self.pid, self.last_line, self._line = "running", pid, "", ""

    def end(self, state: RunState) -> None:
        if self._line.strip():
            self.last_line = self._line
        self.state = state


class ExampleRuns:
    """``consoles["server"]`` and ``consoles["client"]``. ``on_change`` callbacks run after each change, on
    the Tk thread. Both programs are ended when ``owner`` is destroyed."""

    def __init__(self, owner: tk.Misc) -> None:
        self._owner = owner
        self.consoles = {"server": Console(), "client": Console()}
        self._processes: dict[str, ExampleProcess] = {}
        self._watchers: list[Callable[[], None]] = []
        self._due: str | None = None
        owner.bind("<Destroy>", lambda event: self.stop_all() if event.widget is owner else None, add="+")

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call ``changed`` after each change; returns a function that ends that."""
        self._watchers.append(changed)

        def forget() -> None:
            if changed in self._watchers:
                self._watchers.remove(changed)

        return forget

    def is_running(self, side: str) -> bool:
        return side in self._processes

    def start(self, side: str, source: str, files: Mapping[str, bytes] | None = None) -> None:
        """Start this side's program, unless it is running already. Raises OSError."""
        if side in self._processes:
            return
        name = f"{side}.py"
        process = ExampleProcess(source, name, files)
        self._processes[side] = process
        console = self.consoles[side]
        console.begin(process.pid)
        console.add("start", f"$ python {name}\n")
        self._notify()
        if self._due is None:
            self._due = self._owner.after(POLL_MS, self._poll)

    def type_line(self, side: str, line: str) -> bool:
        """Write a line to the program; False if it is not running."""
        process = self._processes.get(side)
        if process is None:
            return False
        process.type_line(line)
        self.consoles[side].add("typed", clean_text(line) + "\n")
        self._notify()
        return True

    def stop(self, side: str) -> None:
        process = self._processes.pop(side, None)
        if process is not None:
            self._take(side, process)
            process.stop()
            self.consoles[side].end("stopped")
            self._notify()

    def stop_all(self) -> None:
        """End both, and stop polling: the owner is being destroyed."""
        self._watchers.clear()
        if self._due is not None:
            self._owner.after_cancel(self._due)
            self._due = None
        for process in self._processes.values():
            process.stop()
        self._processes.clear()

    def _poll(self) -> None:
        self._due = None
        changed = False
        for side, process in list(self._processes.items()):
            changed |= self._take(side, process)
            code = process.exit_code
            if code is not None:
                self._take(side, process)
                del self._processes[side]
                self.consoles[side].end("failed" if code else "ended")
                changed = True
        if self._processes:
            self._due = self._owner.after(POLL_MS, self._poll)
        if changed:
            self._notify()

    def _take(self, side: str, process: ExampleProcess) -> bool:
        text = process.take()
        if text:
            self.consoles[side].add("out", clean_text(text.replace("\r\n", "\n")))
        return bool(text)

    def _notify(self) -> None:
        for watcher in list(self._watchers):
            watcher()
