"""The chat through two Engines against bare TLS and bare sqlite: texts, receipts, a file, histories,
idleness.

``python -m tests.bench.chat file PATH`` sends one file and prints seconds and the bytes of memory
that each side took above idle: in a process of its own, because memory that was used before would be used
again.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import sqlite3
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from net.chat.commands import AddPerson, OfferFiles, SendText
from net.chat.conversation import Conversation
from net.chat.events import (
    MessageState,
    MessageStateChanged,
    PersonChanged,
    TransferChanged,
    TransferStage,
)
from net.chat.history import History, HistoryReader, HistoryStore, NewMessage
from net.chat.history.history import INDEX_DELAY
from net.chat.ids import new_id
from net.engine import Engine
from tests.bench.chat_peer import address_of, start_engine
from tests.bench.chat_room import room
from tests.bench.figures import ROUNDS, Figure, interleave
from tests.bench.transfers import _certificate
from tests.programs import start_program

MIB = 1024 * 1024
TEXTS = 10_000
PINGS = 200
PINGS_IN_TURN = 20
MANY = 1_000_000
FEW = 1_000
PEOPLE = 50
IDLE_SECONDS = 20.0
OPENED_ROWS = 60
QUERIES = (
    ("needle", "texts", '"nee" AND "eed" AND "edl" AND "dle"', 200),
    ("银杏", "grams", '"银杏"', 200),
    ("nothing day", "texts", '"not" AND "oth" AND "thi" AND "hin" AND "ing" AND "day"', 200),
    ("没有", "grams", '"没有"', 200),
    ("of the", "texts", '"the"', 200),
    (str(MANY - 500), "texts", '"999" AND "995" AND "950" AND "500"', 1),
)
"""What is looked for; the same asked of the index by hand; how many are found."""

_ARRIVED = (MessageState.DELIVERED, MessageState.DISPLAYED)


class Side:
    """Our Engine, linked to so many people of another process."""

    def __init__(self, folder: Path, people: int = 1) -> None:
        self.engine, _started = start_engine(folder / "here", "Here")
        words = [sys.executable, "-m", "tests.bench.chat_peer", "chat", str(folder / "there"), str(people)]
        self.peer = start_program(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        others = self._reported()
        for other in others:
            self.engine.submit(AddPerson(address_of(other["port"])))
        self.conversation = Conversation.person(others[0]["identity"])
        self.linked: set[str] = set()
        for event in self.events():
            if isinstance(event, PersonChanged) and event.person.path:
                self.linked.add(event.person.identity)
                if len(self.linked) == people:
                    break

    def _reported(self) -> Any:
        assert self.peer.stdout is not None
        return json.loads(self.peer.stdout.readline())

    def ask_peer(self) -> Any:
        """What the other process says of itself."""
        assert self.peer.stdin is not None
        self.peer.stdin.write("\n")
        self.peer.stdin.flush()
        return self._reported()

    def events(self) -> Iterator[Any]:
        while True:
            yield from self.engine.events.get(timeout=60.0)

    def say(self, text: str) -> str:
        message = new_id()
        self.engine.submit(SendText(self.conversation, message, text))
        return message

    def wait_arrived(self, messages: set[str]) -> None:
        waiting = set(messages)
        for event in self.events():
            if type(event) is MessageStateChanged and event.state in _ARRIVED:
                waiting.discard(event.message)
                if not waiting:
                    return

    def close(self) -> None:
        assert self.peer.stdin is not None and self.peer.stdout is not None
        self.peer.stdin.close()
        self.engine.stop()
        self.engine.join(15.0)
        self.peer.wait(30.0)
        self.peer.stdout.close()


@contextlib.contextmanager
def side(people: int = 1) -> Iterator[Side]:
    with tempfile.TemporaryDirectory() as folder:
        made = Side(Path(folder), people)
        try:
            yield made
        finally:
            made.close()


def texts() -> Figure:
    """Each on the disk here before it goes, and on the other's before it counts."""
    figure = Figure("texts durable on both sides", "1/s", at_least=2000)
    for turn in range(ROUNDS + 1):
        with side() as here:
            begun = time.perf_counter()
            here.wait_arrived({here.say(f"message number {number}") for number in range(TEXTS)})
            rate = TEXTS / (time.perf_counter() - begun)
        if turn:
            figure.ours.append(rate)
    return figure


@contextlib.contextmanager
def bare_echo() -> Iterator[Callable[[], None]]:
    """Gives what commits one row, durably, and then waits for a bare TLS echo."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        key, certificate = _certificate(Path(folder))
        words = [sys.executable, "-m", "tests.bench.chat_peer", "echo", certificate, key]
        peer = stack.enter_context(start_program(words, stdout=subprocess.PIPE, text=True))
        assert peer.stdout is not None
        port = int(peer.stdout.readline())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        database = sqlite3.connect(Path(folder) / "bare.sqlite", isolation_level=None)
        stack.callback(database.close)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE messages(id INTEGER PRIMARY KEY, uid BLOB, text TEXT)")
        link = context.wrap_socket(socket.create_connection(("127.0.0.1", port)))
        stack.enter_context(link)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def ping() -> None:
            row = (secrets.token_bytes(16), "hello, are you there?")
            database.execute("INSERT INTO messages(uid, text) VALUES(?, ?)", row)
            link.sendall(row[0] + b"hello, are you there?")
            link.recv(1000)

        yield ping


def receipt() -> Figure:
    """One text at a time, from the command to Delivered: both are on their disks. The two sides take turns
    every few texts, because a disk's pace changes from one second to the next."""
    figure = Figure("text to its receipt", "s", at_most=3.0)
    with side() as here, bare_echo() as bare:
        for turn in range(ROUNDS + 1):
            ours_took: list[float] = []
            bare_took: list[float] = []
            for _turn in range(0, PINGS, PINGS_IN_TURN):
                ours_took += _times(lambda: here.wait_arrived({here.say("hello, are you there?")}))
                bare_took += _times(bare)
            if turn:
                figure.ours.append(statistics.median(ours_took))
                figure.bare.append(statistics.median(bare_took))
    return figure


def _times(action: Callable[[], object]) -> list[float]:
    times = []
    for _turn in range(PINGS_IN_TURN):
        begun = time.perf_counter()
        action()
        times.append(time.perf_counter() - begun)
    return times


def one_file(source: Path) -> tuple[float, float, float]:
    """Seconds from the offer's acceptance to both having finished; memory above idle, ours and theirs."""
    with side() as here:
        idle_there = here.ask_peer()["most"]
        process = psutil.Process()
        idle_here = most = process.memory_info().rss
        here.engine.submit(OfferFiles(here.conversation, new_id(), [source]))
        begun = 0.0
        for event in here.events():
            if not isinstance(event, TransferChanged):
                continue
            most = max(most, process.memory_info().rss)
            if event.stage in (TransferStage.WAITING, TransferStage.RUNNING) and not begun:
                begun = time.perf_counter()
            elif event.stage is TransferStage.FINISHED:
                break
            elif event.stage is TransferStage.FAILED:
                raise RuntimeError(f"the transfer failed: {event.reason}")
        seconds = time.perf_counter() - begun
        return seconds, most - idle_here, here.ask_peer()["most"] - idle_there


def _write_history(folder: Path, count: int) -> Path:
    """A conversation of so many messages, a word of which stands in every thousandth."""
    written = threading.Semaphore(0)
    history = History(folder, lambda callback: callback(), lambda events: None, None, lambda counts: None)
    identity = "ab" * 32

    def add(start: int, stop: int) -> Callable[[HistoryStore], None]:
        def work(store: HistoryStore) -> None:
            for number in range(start, stop):
                word = "needle 银杏叶" if number % 1000 == 500 else "nothing 没有"
                text = f"{number} 今天的消息 {word} of the day {number * 7919 % 10007}"
                message = NewMessage(secrets.token_hex(16), identity, "Somebody", text, 1 + number)
                store.messages.add(Conversation.person(identity), message, True)

        return work

    step = 5000
    for start in range(0, count, step):
        history.submit(add(start, min(count, start + step)), lambda _: written.release())
    for _start in range(0, count, step):
        written.acquire()
    behind = count

    def reported(left: int) -> None:
        nonlocal behind
        behind = left
        written.release()

    while behind:
        history.submit(lambda store: store.behind(), reported)
        written.acquire()
        # Asked more often, the worker would never have the quiet in which its index catches up.
        time.sleep(2 * INDEX_DELAY)
    path = history.path
    history.stop()
    history.join(30.0)
    return path


def histories() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        large = _write_history(Path(folder, "large"), MANY)
        small = _write_history(Path(folder, "small"), FEW)
        conversation = Conversation.person("ab" * 32)

        def open_(path: Path) -> float:
            times = []
            for _turn in range(20):
                begun = time.perf_counter()
                reader = HistoryReader(path)
                count = reader.count(conversation)
                assert len(reader.fetch(conversation, count - OPENED_ROWS, count)) == OPENED_ROWS
                times.append(time.perf_counter() - begun)
                reader.close()
            return statistics.median(times)

        name = f"history of {MANY:,} messages opened, against {FEW:,}"
        yield interleave(Figure(name, "s", at_most=1.5), lambda: open_(large), lambda: open_(small))
        reader = HistoryReader(large)
        database = sqlite3.connect(f"{large.absolute().as_uri()}?mode=ro", uri=True)

        def ours() -> float:
            begun = time.perf_counter()
            for text, _table, _query, hits in QUERIES:
                assert len(reader.search(text)) == hits
            return time.perf_counter() - begun

        def bare() -> float:
            begun = time.perf_counter()
            for _text, table, query, _hits in QUERIES:
                database.execute(
                    f"SELECT m.uid, m.text, m.time, c.name, m.place - c.first FROM {table}"
                    f" CROSS JOIN messages m ON m.id = {table}.rowid"
                    f" CROSS JOIN conversations c ON c.id = m.conversation"
                    f" WHERE {table} MATCH ? ORDER BY {table}.rowid DESC LIMIT 200",
                    (query,),
                ).fetchall()
            return time.perf_counter() - begun

        yield interleave(Figure(f"six searches in {MANY:,} messages", "s", at_most=1.5), ours, bare)
        reader.close()
        database.close()


def idle() -> Figure:
    """Processor time of our process with everybody linked and nobody talking, in percent of a core."""
    figure = Figure(f"idle with {PEOPLE} people linked", "%", at_most=1.0)
    with side(PEOPLE) as here:
        stop = threading.Event()
        reading = threading.Thread(target=_read_until, args=(here.engine, stop))
        reading.start()
        time.sleep(5.0)
        for _turn in range(3):
            before = time.process_time()
            time.sleep(IDLE_SECONDS)
            figure.ours.append((time.process_time() - before) / IDLE_SECONDS * 100)
        stop.set()
        reading.join()
    return figure


def _read_until(engine: Engine, stop: threading.Event) -> None:
    """As the window's pump does, though less often: the pump's own idleness is measured elsewhere."""
    import queue

    while not stop.is_set():
        with contextlib.suppress(queue.Empty):
            engine.events.get(timeout=1.0)


def figures() -> Iterator[Figure]:
    yield texts()
    yield receipt()
    yield from histories()
    yield idle()
    yield room()


if __name__ == "__main__" and sys.argv[1:2] == ["file"]:
    print(*one_file(Path(sys.argv[2])))
