"""Engines that chat with each other in one process, on 127.0.0.1; nobody is discovered but by hand."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from net.address import Address
from net.chat.commands import AddPerson, ChatCommand, SendText, StartChat
from net.chat.conversation import Conversation
from net.chat.core import ChatCore
from net.chat.events import (
    ChatStarted,
    MessageAdded,
    MessageState,
    MessageStateChanged,
    PersonChanged,
    PersonForgotten,
)
from net.chat.ids import new_id
from net.engine import Engine
from net.events import EngineStopped
from tests.net.chat.deaf import Deaf

DEADLINE = 30.0
"""Seconds: only a failing test waits as long."""
T = TypeVar("T")


@pytest.fixture(autouse=True)
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChatCore, "make_discovery", Deaf)


class Chatter:
    """One Engine that has started its chat, and all the events it told so far."""

    def __init__(self, folder: Path, name: str, **options: Any) -> None:
        self.folder = folder
        self.name = name
        self.events: list[Any] = []
        self.stopped = False
        self.engine = Engine()
        start = StartChat(folder, folder / "downloads", name, **{"port": 0, **options})
        self.engine.submit(start)
        try:
            started = self.wait(lambda: self.last(ChatStarted), "start")
        except BaseException:
            self.stop()
            raise
        self.identity = started.identity
        self.address = Address("127.0.0.1", started.port)

    def do(self, command: ChatCommand) -> None:
        self.engine.submit(command)

    def gather(self, timeout: float = 0.0) -> None:
        try:
            self.events.extend(self.engine.events.get(timeout=timeout) if timeout else ())
            while True:
                self.events.extend(self.engine.events.get_nowait())
        except queue.Empty:
            pass

    def wait(self, condition: Callable[[], T | None], what: str = "", deadline: float = DEADLINE) -> T:
        end = time.monotonic() + deadline
        while True:
            # Asked once more after the end: the machine may have had no time for this process.
            late = time.monotonic() > end
            self.gather()
            found = condition()
            if found:
                return found
            if late:
                pytest.fail(f"{self.name} waited in vain for {what}; last: {self.events[-6:]}")
            self.gather(0.02)

    def all(self, kind: type[T], **fields: Any) -> list[T]:
        self.gather()
        return [
            event
            for event in self.events
            if isinstance(event, kind) and all(getattr(event, key) == one for key, one in fields.items())
        ]

    def last(self, kind: type[T], **fields: Any) -> T | None:
        found = self.all(kind, **fields)
        return found[-1] if found else None

    def wait_for(self, kind: type[T], **fields: Any) -> T:
        return self.wait(lambda: self.last(kind, **fields), f"{kind.__name__} {fields}")

    def person(self, other: Chatter) -> Any:
        """As it was told last."""
        self.gather()
        for event in reversed(self.events):
            if isinstance(event, PersonChanged) and event.person.identity == other.identity:
                return event.person
            if isinstance(event, PersonForgotten) and event.identity == other.identity:
                return None
        return None

    def same_digits(self, other: Chatter) -> None:
        """Both show the same: where both dialled at once the last of two pairings counts."""
        self.wait(lambda: self.person(other).digits == other.person(self).digits, "the same digits")

    def meet(self, other: Chatter) -> None:
        """Both have a link to each other."""
        self.do(AddPerson(other.address))
        self.wait(lambda: (p := self.person(other)) and p.path, f"link to {other.name}")
        other.wait(lambda: (p := other.person(self)) and p.path, f"link to {self.name}")

    def say(self, other: Chatter | Conversation, text: str, **fields: Any) -> str:
        message = new_id()
        conversation = other if isinstance(other, Conversation) else Conversation.person(other.identity)
        self.do(SendText(conversation, message, text, **fields))
        return message

    def texts(self, other: Chatter | Conversation) -> list[str]:
        """What was told of this conversation that others said."""
        conversation = other if isinstance(other, Conversation) else Conversation.person(other.identity)
        return [one.text for one in self.all(MessageAdded, conversation=conversation, incoming=True)]

    def states(self, message: str) -> list[MessageState]:
        return [one.state for one in self.all(MessageStateChanged, message=message)]

    def has_texts(self, other: Chatter | Conversation, texts: list[str]) -> None:
        """What was said there was told here: the other's "delivered" may be known before."""
        self.wait(lambda: len(self.texts(other)) >= len(texts), f"{texts}")
        assert self.texts(other) == texts

    def wait_state(self, message: str, state: MessageState) -> None:
        self.wait(lambda: state in self.states(message), f"{state} of {message}")

    def stored(self, conversation: Conversation) -> list[str]:
        reader = self.engine.history_reader()
        assert reader is not None
        try:
            return [row.text for row in reader.fetch(conversation, 0, 100_000)]
        finally:
            reader.close()

    def stop(self) -> None:
        if not self.stopped:
            self.stopped = True
            self.engine.stop()
            assert self.engine.join(DEADLINE)
            self.gather()
            assert isinstance(self.events[-1], EngineStopped)

    def again(self, **options: Any) -> Chatter:
        """Stopped and started anew on the same profile and port."""
        self.stop()
        return Chatter(self.folder, self.name, **{"port": self.address.port, **options})


@contextmanager
def chatters(folder: Path, *names: str, **options: Any) -> Iterator[list[Chatter]]:
    """Stopped at the end; those that `Chatter.again` made must be put in the list."""
    made: list[Chatter] = []
    try:
        for name in names:
            made.append(Chatter(folder / name, name, **options))
        yield made
    finally:
        for one in made:
            one.stop()
