"""Two windows on two PCs, worked by keyboard alone: a name, somebody in sight, a conversation, a file."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import dev
from tests.e2e import chroot
from tests.e2e.chat.chat_lan import MAIN, Lan, stored_texts
from tests.e2e.real_window import ScreenWindow
from tests.netns import Pc
from tests.waiting import wait_until

SECONDS = 30.0


class ChatWindow(ScreenWindow):
    """``profile`` is where its history is, seen from here; ``command`` starts the program on its PC."""

    def __init__(self, display: str, pc: Pc, profile: Path, command: Sequence[str]) -> None:
        self.profile = profile
        super().__init__(display, pc.command(command))

    def people(self) -> list[str]:
        """Whom it has met."""
        path = self.profile / "history.sqlite"
        if not path.exists():
            return []
        with contextlib.closing(sqlite3.connect(path)) as database, contextlib.suppress(sqlite3.Error):
            return [name for (name,) in database.execute("SELECT name FROM people")]
        return []

    def named(self, name: str) -> None:
        """Answer the only question of a first start."""
        self.wait_shown()

        def typed() -> bool:
            # The page comes a moment after the window.
            with contextlib.suppress(AssertionError):
                self.paste(name)
                return True
            return False

        wait_until(typed, SECONDS, what="its name can be typed")
        self.xdotool("key", "Return")
        wait_until(lambda: (self.profile / "history.sqlite").exists(), SECONDS, what=f"{name} has begun")

    def choose(self, name: str) -> None:
        """The conversation with the one in the list who is called so."""
        self.press("ctrl+e")
        self.paste(name)
        self.xdotool("key", "Down", "ctrl+m")

    def say(self, text: str) -> None:
        self.press("ctrl+m")
        self.paste(text)
        self.xdotool("key", "Return")


def has(window: ChatWindow, texts: list[str]) -> None:
    """Wait until these came in, and nothing else."""

    def stored() -> bool:
        return stored_texts(window.profile, incoming=True) == texts

    wait_until(stored, SECONDS, what=f"{texts} in {window.profile}")


@contextlib.contextmanager
def screens(count: int) -> Iterator[list[str]]:
    """A screen for each: two windows on one would take the focus from each other."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(dev.virtual_screen()) for _ in range(count)]


def talk(a: ChatWindow, b: ChatWindow) -> None:
    """From the first start of both to an answer in Chinese, read from what each stored."""
    a.named("小红")
    b.named("Bob")
    wait_until(lambda: a.people() == ["Bob"] and b.people() == ["小红"], SECONDS, what="they meet")
    a.choose("Bob")
    a.say("你好，鲍勃！")
    has(b, ["你好，鲍勃！"])
    b.choose("小红")
    b.say("收到，谢谢 :)")
    has(a, ["收到，谢谢 :)"])
    a.say("second line")
    has(b, ["你好，鲍勃！", "second line"])
    a.close()
    b.close()


@pytest.mark.netns
def test_two_windows_meet_and_talk(two: Lan, tmp_path: Path, display: str) -> None:
    with screens(2) as (first, second):
        windows = []
        for screen, pc, name, lang in ((first, two.pcs[0], "a", "zh_CN"), (second, two.pcs[1], "b", "en")):
            profile = tmp_path / name
            command = [sys.executable, str(MAIN), "--page", "chat", "--lang", lang, "--profile", str(profile)]
            windows.append(ChatWindow(screen, pc, profile, command))
        try:
            talk(*windows)
        finally:
            for window in windows:
                window.program.stop()


@pytest.mark.netns
@pytest.mark.packaged
@pytest.mark.timeout(chroot.MAKE_SECONDS + 120)
def test_two_packaged_windows_meet_and_talk(two: Lan, tmp_path: Path, display: str) -> None:
    """On machines without Python."""
    machine = chroot.make()
    with screens(2) as (first, second):
        windows = []
        for screen, pc, name, lang in ((first, two.pcs[0], "a", "zh_CN"), (second, two.pcs[1], "b", "en")):
            home = tmp_path / name
            home.mkdir()
            words = ["--page", "chat", "--lang", lang, "--profile", "/home/user/profile"]
            environment = [f"DISPLAY={screen}", "LANG=C.UTF-8"]
            command = chroot.command(machine, home, *environment, "/opt/duplex/Duplex", *words)
            windows.append(ChatWindow(screen, pc, home / "profile", command))
        try:
            talk(*windows)
        finally:
            for window in windows:
                window.program.stop()
