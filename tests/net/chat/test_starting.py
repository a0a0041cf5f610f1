"""Something of ours goes wrong while the chat starts: that is told, nothing is left behind, and starting
again works."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from net.chat import chat
from net.chat.commands import CreateRoom, SendText, StartChat
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.core import ChatCore
from net.chat.events import ChatFailed, ChatFault, ChatStarted
from net.chat.identity import IDENTITY_FILE
from net.chat.people import People
from net.chat.pictures import Pictures
from net.chat.rooms import Rooms
from net.chat.rooms.hosted_rooms import HostedRooms
from net.chat.wires.duplex.doors import Doors
from net.engine import Engine
from net.events import FaultKind
from tests.net.chat.deaf import Deaf
from tests.net.chat.engines import DEADLINE, chatters, deaf
from tests.waiting import wait_until

__all__ = ["deaf"]


class Mute(Deaf):
    def start(self) -> None:
        raise RuntimeError("ours")

    async def stop(self) -> None:
        raise RuntimeError("ours as well")


def raising(*_: Any, **__: Any) -> Any:
    raise RuntimeError("ours")


BROKEN: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "identity": lambda patch: patch.setattr(chat, "load_or_create", raising),
    "reading": lambda patch: patch.setattr(Rooms, "read", raising),
    "taking up": lambda patch: patch.setattr(People, "load", raising),
    "pictures": lambda patch: patch.setattr(Pictures, "load", raising),
    "listening": lambda patch: patch.setattr(Doors, "listen", raising),
    "discovery": lambda patch: patch.setattr(ChatCore, "make_discovery", Mute),
    "import": lambda patch: patch.setitem(sys.modules, "net.chat.core", None),
}


class Told:
    def __init__(self) -> None:
        self.engine = Engine()
        self.events: list[Any] = []

    def all(self, kind: type[Any], count: int = 1) -> list[Any]:
        """As many of this kind as are waited for."""

        def found() -> list[Any]:
            while not self.engine.events.empty():
                self.events.extend(self.engine.events.get_nowait())
            events = [event for event in self.events if isinstance(event, kind)]
            return events if len(events) >= count else []

        return wait_until(found, what=kind.__name__)

    def first(self, kind: type[Any]) -> Any:
        return self.all(kind)[0]


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[Told]:
    caplog.set_level(logging.CRITICAL)
    told = Told()
    yield told
    told.engine.stop()
    assert told.engine.join(DEADLINE)


@pytest.mark.parametrize("where", BROKEN)
def test_a_mistake_of_ours_is_told_and_one_can_try_again(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    start = StartChat(tmp_path, tmp_path, "Ann", port=0)
    with monkeypatch.context() as broken:
        BROKEN[where](broken)
        told.engine.submit(start)
        fault = told.first(ChatFailed).fault
    assert fault.kind is FaultKind.INTERNAL
    assert where == "import" or "ours" in fault.params["detail"]
    told.events.clear()
    # What comes after the end of it is answered.
    told.engine.submit(SendText(EVERYBODY, "ab" * 16, "hello"))
    assert told.first(ChatFault).details["reason"] == "not_started"
    told.engine.submit(start)
    assert told.first(ChatStarted).port
    assert not [event for event in told.events if isinstance(event, ChatFailed)]


def test_a_command_that_ours_breaks_is_told(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HostedRooms, "create", raising)
    told.engine.submit(StartChat(tmp_path, tmp_path, "Ann", port=0))
    told.engine.submit(CreateRoom("ab" * 16, "tea"))
    told.engine.submit(SendText(Conversation.person("1" * 64), "cd" * 16, "hello"))
    broken, next_one = told.all(ChatFault, 2)
    assert broken.fault.kind is FaultKind.INTERNAL
    assert next_one.details["reason"] == "person_unknown"


def test_a_damaged_identity_is_kept_and_holds_nothing(told: Told, tmp_path: Path) -> None:
    damaged = tmp_path / IDENTITY_FILE
    damaged.write_bytes(b"no key")
    start = StartChat(tmp_path, tmp_path, "Ann", port=0)
    told.engine.submit(start)
    fault = told.first(ChatFailed).fault
    assert fault.kind is FaultKind.STORE_FAILED and fault.params["detail"].startswith("damaged")
    assert damaged.read_bytes() == b"no key"
    damaged.unlink()
    told.engine.submit(start)
    assert told.first(ChatStarted).port


def test_a_profile_in_use_is_told_and_is_free_afterwards(told: Told, tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann") as (ann,):
        start = StartChat(ann.folder, tmp_path, "Ann", port=0)
        told.engine.submit(start)
        fault = told.first(ChatFailed).fault
        assert (fault.kind, fault.params["detail"]) == (FaultKind.STORE_FAILED, "in use")
        # Who has it is not disturbed.
        ann.say(EVERYBODY, "anybody?")
        assert ann.wait_for(ChatFault).details["reason"] == "no_one_visible"
    told.engine.submit(start)
    assert told.first(ChatStarted).identity == ann.identity
