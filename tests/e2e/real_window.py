"""Duplex as its user has it: the real program's window on a virtual screen, driven by keyboard alone.

What it did is read from its ``--transcript``.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.netns import Pc
from tests.programs import ROOT, Program, run_program
from tests.waiting import wait_until

START_SECONDS = 60.0
TYPED_SECONDS = 30.0
ACTIVE_SECONDS = 10.0
UNHEARD_SECONDS = 3.0
TRIES = 5
SELECTED = """
import sys, tkinter
root = tkinter.Tk()
root.withdraw()
try:
    text = root.selection_get(type="UTF8_STRING")
except tkinter.TclError:
    text = ""
sys.stdout.buffer.write(text.encode())
"""
"""A program that prints what is selected on the screen."""
COPIED = """
import sys, tkinter
root = tkinter.Tk()
root.withdraw()
root.clipboard_clear()
root.clipboard_append(sys.argv[1])
root.update()
print("copied", flush=True)
root.mainloop()
"""
"""A program in which a text has been copied; while it runs it can be pasted elsewhere."""


class ScreenWindow:
    """The window of a program that was started on ``display``, and the keyboard before it."""

    def __init__(self, display: str, command: Sequence[str]) -> None:
        self.display = display
        self._others = self._windows()
        self.program = Program(command, DISPLAY=display)
        self.id = ""

    def xdotool(self, *words: str, within: float | None = None) -> str:
        environment = {**os.environ, "DISPLAY": self.display, "LC_ALL": "C.UTF-8"}
        return run_program(
            ["xdotool", *words], env=environment, capture_output=True, text=True, timeout=within
        ).stdout.strip()

    def _windows(self) -> set[str]:
        return set(self.xdotool("search", "--onlyvisible", "--name", "^Duplex$").split())

    def wait_shown(self) -> None:
        """Until the window is on the screen."""

        def shown() -> set[str]:
            assert self.program.process.poll() is None, f"it ended:\n{self.program.printed}"
            return self._windows() - self._others

        (self.id,) = wait_until(shown, START_SECONDS, what="the window shows")

    def activate(self) -> None:
        """Asked for again where the window manager, busy with a new window, did not hear it."""
        wait_until(self._is_activated, START_SECONDS, what="the window is active")

    def _is_activated(self) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.xdotool("windowactivate", "--sync", self.id, within=ACTIVE_SECONDS)
            return True
        return False

    def press(self, *keys: str) -> None:
        self.activate()
        self.xdotool("key", *keys)

    def type(self, text: str) -> None:
        """Type ``text`` into the field with the focus, in place of what is there.

        A window just painted may not listen yet, and a busy X server may mix up characters that have no key
        of their own: what the field then holds, selected, is asked for, and typed again where it is wrong.
        """
        for _ in range(TRIES):
            self.press("ctrl+a", "BackSpace")
            self.xdotool("type", "--delay", "40", text)
            self.xdotool("key", "ctrl+a")
            if self._selected() == text:
                return
        raise AssertionError(f"could not type {text!r}; the field holds {self._selected()!r}")

    def paste(self, text: str) -> None:
        """As `type`, with Ctrl+V: another program has copied ``text``."""
        other = Program([sys.executable, "-c", COPIED, text], DISPLAY=self.display)
        try:
            other.wait_for("copied")
            for _ in range(TRIES):
                self.press("ctrl+a", "ctrl+v", "ctrl+a")
                if self._selected() == text:
                    return
        finally:
            other.stop()
        raise AssertionError(f"could not paste {text!r}; the field holds {self._selected()!r}")

    def _selected(self) -> str:
        environment = {**os.environ, "DISPLAY": self.display}
        asked = run_program(
            [sys.executable, "-c", SELECTED], env=environment, capture_output=True, encoding="utf-8"
        )
        return asked.stdout.removesuffix("\n")  # Tk's text fields always end with one

    def close(self) -> None:
        """As its user does; it must end in order. A window manager that is busy may miss a key: it is pressed
        once more, soon enough that a program which did hear it takes no notice."""
        self.press("alt+F4")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.program.wait(UNHEARD_SECONDS)
        if self.program.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.xdotool("windowactivate", "--sync", self.id, "key", "alt+F4", within=ACTIVE_SECONDS)
        assert self.program.wait(START_SECONDS) == 0
        assert "Traceback" not in self.program.printed, self.program.printed


class RealWindow(ScreenWindow):
    """``rows`` are the transcript's messages, ``notes`` the texts of what else happened."""

    def __init__(
        self, display: str, folder: Path, arguments: Sequence[str], pc: Pc | None, lang: str
    ) -> None:
        self.transcript = folder / "transcript.jsonl"
        self._sessions = arguments.count("--open")
        command = [sys.executable, str(ROOT / "main.py"), "--lang", lang]
        command += ["--profile", str(folder / "profile"), "--transcript", str(self.transcript), *arguments]
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(display, pc.command(command) if pc is not None else command)

    def wait_shown(self) -> None:
        """Until the window is on the screen and each session asked for has been opened, or could not be: the
        program opens one after the other."""
        super().wait_shown()
        wait_until(self._all_tried, START_SECONDS, what=f"{self._sessions} sessions begin")
        self.activate()

    def _all_tried(self) -> bool:
        """A session's state is noted after what its opening did."""
        notes = self.rows("note")
        begun = {row["session"] for row in notes if row["text"].startswith(("state ", "fault"))}
        return len(begun) >= self._sessions

    def say(self, text: str) -> None:
        """Type ``text`` into the composer, where the focus is, and Return; until it has been sent."""
        before = self.texts("out").count(text)
        self.type(text)
        self.xdotool("key", "Return")
        try:
            wait_until(lambda: self.texts("out").count(text) > before, TYPED_SECONDS)
        except AssertionError:
            raise AssertionError(f"{text!r} was not sent; the transcript:\n{self._read()}") from None

    # The transcript

    def _read(self) -> str:
        """What is whole of it: it may be in the middle of being written."""
        written = self.transcript.read_bytes() if self.transcript.exists() else b""
        return written.rpartition(b"\n")[0].decode("utf-8")

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._read().splitlines()]

    def rows(self, direction: str) -> list[dict[str, Any]]:
        return [row for row in self.lines() if row["direction"] == direction]

    def data(self, direction: str) -> bytes:
        return b"".join(bytes.fromhex(row["hex"]) for row in self.rows(direction))

    def texts(self, direction: str) -> list[str]:
        return [row["text"] for row in self.rows(direction)]

    def notes(self) -> str:
        return "\n".join(self.texts("note"))

    def port(self) -> int:
        """The one it listens on or is bound to."""

        def opened() -> str:
            return next((row["local"] for row in self.lines() if row["local"] not in ("", ":0")), "")

        local = wait_until(
            lambda: re.search(r":([1-9]\d*)$", opened()), START_SECONDS, what=f"a port in {self._read()}"
        )
        return int(local.group(1))

    def wait_for(self, text: str, direction: str = "in", timeout: float = TYPED_SECONDS) -> None:
        """Until ``text`` is in what came in (or went "out", or is a "note")."""
        try:
            wait_until(lambda: text in "\n".join(self.texts(direction)), timeout)
        except AssertionError:
            raise AssertionError(f"no {text!r} ({direction}) in the transcript:\n{self._read()}") from None


@contextmanager
def real_window(
    display: str,
    folder: Path,
    *urls: str,
    pc: Pc | None = None,
    lang: str = "en",
    arguments: Sequence[str] = (),
) -> Iterator[RealWindow]:
    """The program with a session of each URL; closed in order at the end, which must leave no traceback."""
    opening = [word for url in urls for word in ("--open", url)]
    window = RealWindow(display, folder, [*opening, *arguments], pc, lang)
    try:
        window.wait_shown()
        yield window
        window.close()
    finally:
        window.program.stop()
