"""PCs on one switch, and the chat without its window running on them as real processes."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.netns import Pc, _ip
from tests.programs import start_program
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]
MAIN = ROOT / "main.py"
DEADLINE = 60.0
MOST_UNACQUAINTED = 10
"""PCs that may find out each other's network cards by themselves."""

_numbers = itertools.count(1)


class Chat:
    """One headless chat on ``pc``, or on this machine. ``lines`` grows as it prints. ``ahead``: seconds by
    which its clock is wrong."""

    def __init__(
        self, pc: Pc | None, profile: Path, name: str, *more: str, lang: str = "en", ahead: int = 0
    ) -> None:
        self.pc = pc
        self.name = name
        self.profile = profile
        self.lines: list[str] = []
        self.notes: list[str] = []
        program = ["-m", "tests.e2e.chat.clock", str(ahead)] if ahead else [str(MAIN)]
        words = [sys.executable, *program, "--headless", "--page", "chat", "--lang", lang]
        words += ["--profile", str(profile), "--name", name, *more]
        self.process = start_program(
            pc.command(words) if pc is not None else words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            cwd=ROOT,
        )
        self._readers = [
            threading.Thread(target=self._collect, args=pair, daemon=True)
            for pair in ((self.process.stdout, self.lines), (self.process.stderr, self.notes))
        ]
        for reader in self._readers:
            reader.start()

    @property
    def identity(self) -> str:
        """As it is printed."""
        return self.wait_for("started ").split()[1]

    @property
    def downloads(self) -> Path:
        return self.profile / "downloads"

    def _collect(self, pipe: object, into: list[str]) -> None:
        for line in pipe:  # type: ignore[attr-defined]
            into.append(line.rstrip("\n"))

    def type(self, *typed: str) -> None:
        assert self.process.stdin is not None
        for line in typed:
            self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def find(self, pattern: str, after: int = 0) -> str | None:
        """The first printed line that ``pattern`` matches from its beginning."""
        compiled = re.compile(pattern)
        return next((line for line in list(self.lines)[after:] if compiled.match(line)), None)

    def wait_for(self, pattern: str, seconds: float = DEADLINE, after: int = 0) -> str:
        return self.wait(lambda: self.find(pattern, after), pattern, seconds)

    def wait(self, condition: Callable[[], object], what: str, seconds: float = DEADLINE) -> str:
        try:
            return wait_until(condition, seconds)  # type: ignore[return-value]
        except AssertionError:
            shown = "\n".join([*self.lines[-40:], *self.notes[-20:]])
            raise AssertionError(f"{self.name}: no {what} in {seconds:g} s; it printed:\n{shown}") from None

    def sees(self, other: Chat, presence: str = r"\w+", seconds: float = DEADLINE, after: int = 0) -> str:
        return self.wait_for(f"person {other.identity} {presence} ", seconds, after)

    def online(self, other: Chat, seconds: float = DEADLINE, after: int = 0) -> None:
        self.sees(other, "online", seconds, after)

    def texts(self, other: Chat | None = None) -> list[str]:
        """What others said, as printed."""
        who = other.identity if other is not None else r"\w+"
        found = (re.match(rf"in \S+ \w+ {who} (.*)", line) for line in list(self.lines))
        return [match[1] for match in found if match]

    def wait_texts(self, texts: list[str], other: Chat | None = None, seconds: float = DEADLINE) -> None:
        self.wait(lambda: len(self.texts(other)) >= len(texts), f"{len(texts)} texts", seconds)
        assert self.texts(other) == texts

    def states(self, text: str) -> list[str]:
        """How a message of ours fared."""
        ours = (re.match(r"out \S+ (\w+) (.*)", line) for line in list(self.lines))
        match = next((match for match in ours if match and match[2] == text), None)
        if match is None:
            return []
        return [line.split()[3] for line in list(self.lines) if re.match(rf"state \S+ {match[1]} ", line)]

    def quit(self) -> int:
        if self.process.poll() is None:
            self.type("/quit")
        return self.wait_exit()

    def wait_exit(self, seconds: float = DEADLINE) -> int:
        code = self.process.wait(seconds)
        for reader in self._readers:
            reader.join(5.0)
        return code

    def kill(self) -> None:
        self.process.kill()
        self.wait_exit()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join(1.0)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()


def stored_texts(profile: Path, incoming: bool) -> list[str]:
    """The texts that the history of a stopped chat holds, in the order of the conversations. Read without the
    program: the file must be sound by itself."""
    with contextlib.closing(sqlite3.connect(profile / "history.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = database.execute(
            "SELECT m.text FROM messages m WHERE m.incoming = ? AND m.transfer = x''"
            " ORDER BY m.conversation, m.place",
            (incoming,),
        )
        return [row[0] for row in rows]


class Lan:
    """A switch with PCs on it: ``10.N.0.1`` and so on, in one /24, without a way out. Each PC has one cable,
    ``eth0``, and more where `plug` adds them."""

    def __init__(self) -> None:
        self._mark = f"{os.getpid()}z{next(_numbers)}"
        self._switch = Pc(f"dsw{self._mark}", "", "", "")
        self._ports = itertools.count(1)
        self.pcs: list[Pc] = []
        self.chats: list[Chat] = []

    def open(self) -> None:
        _ip("netns", "add", self._switch.name)
        # Without waiting for loops: there are none.
        self._switch.run(
            ["ip", "link", "add", "sw0", "type", "bridge", "stp_state", "0", "mcast_snooping", "0"]
        )
        self._switch.run(["ip", "link", "set", "sw0", "up"])

    def add(self) -> Pc:
        number = len(self.pcs) + 1
        pc = Pc(f"dpc{number}{self._mark}", "eth0", f"10.73.1.{number}", "10.73.1.255")
        _ip("netns", "add", pc.name)
        self.pcs.append(pc)
        pc.run(["ip", "link", "set", "lo", "up"])
        self.plug(pc, "eth0", pc.address)
        return pc

    def plug(self, pc: Pc, interface: str, address: str) -> None:
        """A cable from the PC to the switch."""
        port = f"p{next(self._ports)}"
        _ip(
            "link",
            "add",
            interface,
            "netns",
            pc.name,
            "type",
            "veth",
            "peer",
            port,
            "netns",
            self._switch.name,
        )
        self._switch.run(["ip", "link", "set", port, "master", "sw0", "up"])
        broadcast = f"{address.rpartition('.')[0]}.255"
        pc.run(["ip", "address", "add", f"{address}/24", "broadcast", broadcast, "dev", interface])
        pc.run(["ip", "link", "set", interface, "up"])
        wait_until(lambda: "state UP" in pc.run(["ip", "link", "show", interface]).stdout)

    def introduce(self) -> None:
        """Each PC knows the others' network cards for good. Of those that a kernel learns by itself it keeps
        at most 1,024 in all its namespaces together, other tests' too: of forty PCs that is too few, and
        hardly a packet gets through."""
        cards = {
            pc.name: json.loads(pc.run(["ip", "-j", "address", "show", "eth0"]).stdout)[0] for pc in self.pcs
        }
        for pc in self.pcs:
            lines = [
                f"neighbour replace {entry['local']} lladdr {card['address']} dev eth0 nud permanent"
                for name, card in cards.items()
                if name != pc.name
                for entry in card["addr_info"]
            ]
            pc.run(["ip", "-batch", "-"], input="\n".join(lines))

    def chat(self, pc: Pc, profile: Path, name: str, *more: str, lang: str = "en", ahead: int = 0) -> Chat:
        chat = Chat(pc, profile, name, *more, lang=lang, ahead=ahead)
        self.chats.append(chat)
        return chat

    def close(self) -> None:
        for chat in self.chats:
            chat.stop()
        for pc in [*self.pcs, self._switch]:
            pc._end()
            _ip("netns", "del", pc.name, check=False)


@contextlib.contextmanager
def lan(count: int = 2) -> Iterator[Lan]:
    made = Lan()
    try:
        made.open()
        for _ in range(count):
            made.add()
        if count > MOST_UNACQUAINTED:
            made.introduce()
        yield made
    finally:
        made.close()
