"""A history store, and a running History, for tests."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from net.chat.conversation import Conversation
from net.chat.history import History, HistoryReader, HistoryStore, NewMessage
from net.chat.history.history import FILE_NAME, Changed
from net.chat.history.store import open_history
from net.chat.ids import new_id as new_id
from net.events import Event, StoreFaulted
from tests.waiting import wait_until

T = TypeVar("T")

ME, BOB, EVE = "aa" * 32, "bb" * 32, "ee" * 32
WITH_BOB = Conversation.person(BOB)
ROOM = "cc" * 16


def said(text: str, author: str = BOB, message: str = "", name: str = "Bob", time: int = 0) -> NewMessage:
    return NewMessage(message or new_id(), author, name, text, time=time)


class Opened:
    """A store whose calls are transactions, and a reader of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self.store, self.notes = open_history(self.path)
        # Nobody pulls the plug here.
        self.store._database.execute("PRAGMA synchronous = OFF")
        self.reader = HistoryReader(self.path)

    def run(self, action: Callable[[HistoryStore], T]) -> T:
        return self.store.transaction(lambda: action(self.store))

    def query(self, statement: str, *values: object) -> tuple[object, ...]:
        """The first row, read or done beside the store, as any other program would."""
        with closing(sqlite3.connect(self.path)) as database:
            row: tuple[object, ...] = database.execute(statement, values).fetchone()
            return row

    def texts(self, conversation: Conversation = WITH_BOB) -> list[str]:
        return [row.text for row in self.reader.fetch(conversation, 0, 10_000)]

    def hear(self, *texts: str, conversation: Conversation = WITH_BOB) -> list[str]:
        """Incoming messages; their ids."""
        news = [said(text) for text in texts]
        self.run(lambda store: [store.messages.add(conversation, new, True) for new in news])
        return [new.message for new in news]

    def again(self) -> Opened:
        """The same file, as after a restart."""
        self.close()
        return Opened(self.path.parent)

    def close(self) -> None:
        self.reader.close()
        self.store.close()


class Running:
    """A History whose callbacks come on its own thread, and what it told."""

    def __init__(self, folder: Path, keep_days: int | None = None, changed: Changed | None = None) -> None:
        self.events: list[Event] = []
        self.history = History(folder, lambda callback: callback(), self.told, keep_days, changed)
        self.path = self.history.path

    def told(self, events: Sequence[Event]) -> None:
        self.events += events

    def faults(self) -> list[str]:
        """Kinds, "" for: works again."""
        found = [event for event in self.events if isinstance(event, StoreFaulted)]
        return [event.fault.kind.value if event.fault else "" for event in found]

    def ask(self, action: Callable[[HistoryStore], T]) -> T:
        answers: list[T] = []
        self.history.submit(action, answers.append)
        wait_until(lambda: bool(answers), what="the answer", timeout=20)
        return answers[0]

    def hear(self, text: str) -> threading.Event:
        """Set when this incoming message is on the disk."""
        done = threading.Event()
        new = said(text)
        self.history.submit(lambda store: store.messages.add(WITH_BOB, new, True), lambda _: done.set())
        return done

    def texts(self) -> list[str]:
        reader = HistoryReader(self.path)
        try:
            return [row.text for row in reader.fetch(WITH_BOB, 0, 10_000)]
        finally:
            reader.close()

    def end(self) -> None:
        self.history.stop()
        assert self.history.join(20)

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
