"""The chat's window on a PC of its own, as its user has it: keys, the mouse, what is copied, what is seen."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageGrab

import dev
from gui.look.palette import Palette
from tests.e2e import chroot
from tests.e2e.chat.chat_lan import MAIN
from tests.e2e.real_window import ScreenWindow
from tests.netns import Pc
from tests.programs import Program, run_program
from tests.waiting import wait_until

SECONDS = 30.0
SHOTS = os.environ.get("DUPLEX_SHOTS", "")
"""A folder for a picture of both windows at each step; "" for none."""

COPIED = """
import sys, tkinter
root = tkinter.Tk()
root.withdraw()
try:
    text = root.selection_get(selection="CLIPBOARD", type="UTF8_STRING")
except tkinter.TclError:
    text = ""
sys.stdout.buffer.write(text.encode())
"""
"""A program that prints what was copied."""

Way = Callable[[Pc, Path, str, Sequence[str]], list[str]]


def from_source(pc: Pc, home: Path, display: str, words: Sequence[str]) -> list[str]:
    return ["env", f"HOME={home}", sys.executable, str(MAIN), "--profile", str(home / "profile"), *words]


def packaged(pc: Pc, home: Path, display: str, words: Sequence[str]) -> list[str]:
    """On a machine without Python."""
    assert dev.PROGRAM.exists(), "no built program: run `python3 dev.py build` first"
    environment = [f"DISPLAY={display}", "LANG=C.UTF-8"]
    program = ["/opt/duplex/Duplex", "--profile", "/home/user/profile", *words]
    return chroot.command(chroot.make(), home, *environment, *program)


class ChatWindow(ScreenWindow):
    """``home`` is its user's folder, seen from here, with the profile in it."""

    def __init__(self, display: str, pc: Pc, home: Path, way: Way, lang: str, theme: str) -> None:
        self.display, self.pc, self.home, self.lang = display, pc, home, lang
        self.profile = home / "profile"
        self.downloads = home / "Downloads"
        self.palette = Palette.make(theme == "dark")
        self._way = way
        self._words = ["--page", "chat", "--lang", lang, "--theme", theme]
        home.mkdir(parents=True, exist_ok=True)
        super().__init__(display, self._command)

    @property
    def _command(self) -> list[str]:
        return self.pc.command(self._way(self.pc, self.home, self.display, self._words))

    def say_in(self, english: str, chinese: str) -> str:
        """What the window shows, by its language."""
        return chinese if self.lang == "zh_CN" else english

    def begin_again(self) -> None:
        """Its program, which has ended, is started once more."""
        self.program.stop()
        wait_until(lambda: not self._windows(), SECONDS, what="the old window is gone")
        self.program = Program(self._command, DISPLAY=self.display)
        self.wait_shown()

    def stop(self) -> None:
        self.program.stop()

    def kill(self) -> None:
        """At once and for good; what runs in the packaged program's namespaces goes with them."""
        self.program.process.kill()
        self.program.wait()

    # What its history holds

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Nothing before there is a history, and while it is being made."""
        path = self.profile / "history.sqlite"
        if not path.exists():
            return []
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as database:
            return database.execute(query, values).fetchall()
        return []

    def people(self) -> list[str]:
        """Whom it has met."""
        return [name for (name,) in self.ask("SELECT name FROM people")]

    def digits(self, name: str) -> str:
        return "".join(text for (text,) in self.ask("SELECT digits FROM people WHERE name = ?", name))

    def trust(self, name: str) -> str:
        return "".join(text for (text,) in self.ask("SELECT trust FROM people WHERE name = ?", name))

    def stage(self, title: str = "%") -> str:
        """How the newest transfer that is called so stands; "" before it is known."""
        rows = self.ask("SELECT stage FROM transfers WHERE title LIKE ? ORDER BY id DESC LIMIT 1", title)
        return str(rows[0][0]) if rows else ""

    def wait_stage(self, stage: str, title: str = "%", seconds: float = SECONDS) -> None:
        try:
            wait_until(lambda: self.stage(title) == stage, seconds)
        except AssertionError:
            rows = self.ask("SELECT title, stage, reason, done FROM transfers")
            raise AssertionError(f"{title} is not {stage} in {self.home}: {rows}") from None

    # What its user does

    def named(self, name: str) -> None:
        """Answer the only question of a first start."""
        self.wait_shown()
        self.fill(name)
        self.xdotool("key", "Return")
        wait_until(lambda: (self.profile / "history.sqlite").exists(), SECONDS, what=f"{name} has begun")

    def fill(self, text: str) -> None:
        """The field with the keyboard, of a window or dialog that may be there before it listens."""

        def filled() -> bool:
            with contextlib.suppress(AssertionError):
                self.paste(text)
                return True
            return False

        wait_until(filled, SECONDS, what=f"a field takes {text!r}")

    def choose(self, name: str) -> None:
        """The conversation with the one in the list who is called so."""
        self.press("ctrl+e")
        self.fill(name)
        self.xdotool("key", "Down", "ctrl+m")

    def say(self, text: str) -> None:
        self.press("ctrl+m")
        self.fill(text)
        self.xdotool("key", "Return")

    def paste_picture(self, path: Path) -> None:
        """Into the composer, where another program copied it."""
        pasted = self.profile / "pasted"
        other = Program([sys.executable, "-m", "tests.copied", "image/png", str(path)], DISPLAY=self.display)
        try:
            other.wait_for("copied")
            self.press("ctrl+m", "ctrl+v")
            wait_until(lambda: [*pasted.glob("*.png")], SECONDS, what="the picture is attached")
        finally:
            other.stop()

    def wait_menu(self) -> None:
        """Until a menu is open: it takes the keyboard."""

        def opened() -> str:
            return self.xdotool("search", "--onlyvisible", "--class", "^Menu$")

        wait_until(opened, SECONDS, what="the menu")

    def send_file(self, path: str) -> None:
        """With the dialog, into which its path, as the PC has it, is typed."""
        self.press("ctrl+o")
        with self.dialog(self.say_in("Files or pictures", "文件或图片")):
            self.fill(path)
            self.shoot("file-dialog")
            self.xdotool("key", "Return")
        self.press("ctrl+m", "Return")

    @contextlib.contextmanager
    def dialog(self, title: str) -> Iterator[None]:
        """Until it is gone, keys and pictures are those of the dialog that is called so."""
        main = self.id

        def opened() -> str:
            # a search for a name finds no Chinese
            found = self.xdotool("search", "--onlyvisible", "--name", ".").split()
            return next((id for id in found if self.xdotool("getwindowname", id) == title), "")

        self.id = wait_until(opened, SECONDS, what=f"the dialog {title!r}")
        try:
            yield
            wait_until(lambda: opened() != self.id, SECONDS, what=f"{title!r} closes")
        finally:
            self.id = main

    def copied(self) -> str:
        """What Ctrl+C gives where the keyboard is."""
        self.press("ctrl+c")
        environment = {**os.environ, "DISPLAY": self.display}
        asked = run_program(
            [sys.executable, "-c", COPIED], env=environment, capture_output=True, encoding="utf-8"
        )
        return asked.stdout

    # What is seen

    def picture(self) -> Image.Image:
        """The window, or the dialog, as it is on the screen."""
        # of a window in a frame, xdotool tells the place wrong, and the size right
        told = self.xdotool("mousemove", "--window", self.id, "0", "0", "getmouselocation", "--shell")
        told += self.xdotool("getwindowgeometry", "--shell", self.id)
        x, y = (int(re.findall(rf"\b{name}=(\d+)", told)[0]) for name in "XY")
        wide, high = (int(re.findall(rf"\b{name}=(\d+)", told)[0]) for name in ("WIDTH", "HEIGHT"))
        return ImageGrab.grab((x, y, x + wide, y + high), xdisplay=self.display).convert("RGB")

    def sees(self, colour: str, pixels: int, near: int = 0) -> bool:
        return count(mask(self.picture(), colour, near)) >= pixels

    def shoot(self, name: str) -> None:
        if SHOTS:
            ImageGrab.grab(xdisplay=self.display).save(Path(SHOTS) / f"{self.home.name}-{name}.png")


def mask(picture: Image.Image, colour: str, near: int = 0) -> Image.Image:
    """255 where the picture has ``colour``, give or take ``near`` a channel."""
    difference = ImageChops.difference(picture, Image.new("RGB", picture.size, colour))
    red, green, blue = difference.split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return most.point([255] * (near + 1) + [0] * (255 - near))


def count(found: Image.Image) -> int:
    return found.histogram()[255]


@contextlib.contextmanager
def two_windows(
    pcs: Sequence[Pc], folder: Path, way: Way, theme: str, langs: Sequence[str] = ("zh_CN", "en")
) -> Iterator[tuple[ChatWindow, ChatWindow]]:
    """Each on a screen of its own: two on one would take the focus from each other."""
    with contextlib.ExitStack() as stack:
        windows = []
        for pc, name, lang in zip(pcs, ("a", "b"), langs, strict=False):
            screen = stack.enter_context(dev.virtual_screen())
            window = ChatWindow(screen, pc, folder / name, way, lang, theme)
            stack.callback(window.stop)
            windows.append(window)
        a, b = windows
        try:
            yield a, b
        except BaseException:
            for window in windows:
                window.shoot("failed")
            raise
