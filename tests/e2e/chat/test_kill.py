"""SIGKILL of either end at random moments while messages and a file flow both ways."""

from __future__ import annotations

import contextlib
import hashlib
import random
import re
import sqlite3
import threading
from pathlib import Path

import pytest

from tests.e2e.chat.chat_lan import Chat, Lan, stored_texts
from tests.waiting import wait_until

pytestmark = [pytest.mark.netns, pytest.mark.timeout(220)]

FILE_SIZE = 6 * 1024 * 1024
RATE = "24mbit"
"""Of the cable: a file takes about two seconds, so that most kills meet one under way."""


class End:
    """One person through all their lives."""

    def __init__(self, lan: Lan, place: int, folder: Path, name: str, other: str) -> None:
        self._lan, self._place, self._name, self._other = lan, place, name, other
        self.profile = folder / name
        self.before: list[str] = []
        self.said = 0
        self.chat = self._start()

    def _start(self) -> Chat:
        chat = self._lan.chat(self._lan.pcs[self._place], self.profile, self._name)
        chat.wait_for("started ")
        if self.before:
            chat.type(f"/to {self._other}")
        return chat

    def kill_and_restart(self) -> None:
        self.chat.kill()
        self.before += self.chat.lines
        self.chat = self._start()

    @property
    def lines(self) -> list[str]:
        return self.before + self.chat.lines

    def say(self, count: int) -> None:
        self.chat.type(*(f"{self._name} {self.said + number}" for number in range(count)))
        self.said += count

    def acknowledged(self) -> list[int]:
        """The numbers of the texts that this program said it has on the disk."""
        found = (re.match(rf"out \S+ \w+ {self._name} (\d+)$", line) for line in self.lines)
        return [int(match[1]) for match in found if match]

    def finished(self, way: str, title: str) -> bool:
        if any(re.match(rf"file \d+ {way} \w+ finished .* {title}$", line) for line in self.lines):
            return True
        # Killed after it was stored and before it was said, it is never said.
        with contextlib.closing(sqlite3.connect(self.profile / "history.sqlite")) as database:
            query = "SELECT count(*) FROM transfers WHERE incoming = ? AND title = ? AND stage = 'finished'"
            return bool(database.execute(query, (way == "in", title)).fetchone()[0])


def run(lan: Lan, folder: Path, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    for pc in lan.pcs:
        pc.run(
            ["tc", "qdisc", "add", "dev", "eth0", *f"root tbf rate {RATE} burst 64k latency 100ms".split()]
        )
    a, b = End(lan, 0, folder, "阿明", "Bob"), End(lan, 1, folder, "Bob", "阿明")
    a.chat.online(b.chat)
    b.chat.online(a.chat)
    a.chat.type("/to Bob")
    b.chat.type("/to 阿明")
    files: list[Path] = []
    for _turn in range(rounds):
        if not files or b.finished("in", files[-1].name):
            files.append(folder / f"file{len(files)}.bin")
            files[-1].write_bytes(chance.randbytes(FILE_SIZE))
            a.chat.type(f"/send {files[-1]}")
            wanted = rf"file \d+ in \w+ offered .* {files[-1].name}$"
            b.chat.wait_for(wanted)
            b.chat.type("/accept")
        a.say(30)
        b.say(30)
        threading.Event().wait(chance.uniform(0.0, 1.2))
        chance.choice((a, b)).kill_and_restart()
    a.say(5)
    b.say(5)
    for end in (a, b):
        end.chat.wait_for(rf"out \S+ \w+ {end.profile.name} {end.said - 1}$", 60)
    for path in files:
        for end, way in ((a, "out"), (b, "in")):
            what = f"{path.name} to be finished; {end.lines[-30:]}"
            wait_until(lambda: end.finished(way, path.name), 120, what=what)  # noqa: B023
    for one, other in ((a, b), (b, a)):
        last = rf"in \S+ \w+ \w+ {other.profile.name} {other.said - 1}$"
        one.chat.wait_for(last, 60)
        one.chat.online(other.chat)
    assert (a.chat.quit(), b.chat.quit()) == (0, 0)
    for one, other in ((a, b), (b, a)):
        stored = [int(text.split()[1]) for text in stored_texts(one.profile, incoming=True)]
        ours = [int(text.split()[1]) for text in stored_texts(other.profile, incoming=False)]
        assert stored == sorted(set(stored)), "doubled or out of order"
        assert stored == ours
        assert set(other.acknowledged()) <= set(stored), "lost"
    for path in files:
        landed = b.profile / "downloads" / path.name
        assert hashlib.sha256(landed.read_bytes()).digest() == hashlib.sha256(path.read_bytes()).digest()
    assert sorted(path.name for path in (b.profile / "downloads").iterdir()) == sorted(
        path.name for path in files
    )


def test_six_kills(two: Lan, tmp_path: Path) -> None:
    run(two, tmp_path, 6, seed=3)


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_a_hundred_kills(two: Lan, tmp_path: Path) -> None:
    run(two, tmp_path, 100, seed=random.randrange(1 << 30))
