"""Something of ours goes wrong while the chat starts: that is told, nothing is left behind, and starting
again works."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from net.chat import chat
from net.chat.commands import CreateRoom, SendText, StartChat, StopChat
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.core import ChatCore
from net.chat.events import ChatFailed, ChatFault, ChatStarted
from net.chat.history import history
from net.chat.history.store import open_history
from net.chat.identity import IDENTITY_FILE
from net.chat.people import People
from net.chat.pictures import Pictures
from net.chat.rooms import Rooms
from net.chat.rooms.hosted_rooms import HostedRooms
from net.chat.wires.duplex.doors import Doors
from net.engine import Engine
from net.events import FaultKind, StoreFaulted
from net.storage.file import FileLock, lock_path
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
    "identity": lambda patch: patch.setattr(chat, "open_identity", raising),
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
    assert fault.kind is FaultKind.IDENTITY_DAMAGED
    assert fault.params == {"path": str(damaged), "what": "other"}
    assert damaged.read_bytes() == b"no key"
    told.engine.submit(replace(start, new_identity=True))
    assert told.first(ChatStarted).port
    (aside,) = tmp_path.glob(f"{IDENTITY_FILE}.replaced-*")
    assert aside.read_bytes() == b"no key"


def test_where_nothing_can_be_kept_the_chat_lasts_until_the_end(told: Told, tmp_path: Path) -> None:
    profile = tmp_path / "file" / "profile"
    profile.parent.touch()
    told.engine.submit(StartChat(profile, tmp_path, "Ann", port=0))
    assert told.first(ChatStarted).port
    kinds = [event.fault.kind for event in told.all(StoreFaulted) if event.fault is not None]
    assert kinds == [FaultKind.STORE_IN_MEMORY, FaultKind.IDENTITY_IN_MEMORY]
    told.engine.submit(SendText(EVERYBODY, "ab" * 16, "anybody?"))
    assert told.first(ChatFault).details["reason"] == "no_one_visible"


@pytest.mark.parametrize("how", ["the chat", "the engine"])
def test_a_stop_does_not_wait_for_a_start(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """A file system that answers no more, or a history that can't be read."""

    async def never(*_: Any) -> None:
        begun.set()
        await asyncio.Event().wait()

    begun = threading.Event()
    start = StartChat(tmp_path, tmp_path, "Ann", port=0)
    with monkeypatch.context() as patch:
        patch.setattr(chat, "load", never)
        told.engine.submit(start)
        wait_until(begun.is_set, what="the start")
        if how == "the engine":
            told.engine.stop()
            assert told.engine.join(DEADLINE)
            return
        told.engine.submit(SendText(EVERYBODY, "ab" * 16, "typed meanwhile"))
        told.engine.submit(StopChat())
        assert told.first(ChatFault).details["reason"] == "not_started"
    told.engine.submit(start)
    assert told.first(ChatStarted).port, "the profile is free again"


def test_what_is_opened_after_the_stop_is_closed(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(path: Path) -> Any:
        begun.set()
        go_on.wait(DEADLINE)
        return open_history(path)

    start = StartChat(tmp_path, tmp_path, "Ann", port=0)
    with monkeypatch.context() as patch:
        patch.setattr(history, "open_history", slow)
        told.engine.submit(start)
        wait_until(begun.is_set, what="the opening")
        told.engine.submit(StopChat())
        told.engine.submit(SendText(EVERYBODY, "ab" * 16, "too late"))
        assert told.first(ChatFault).details["reason"] == "not_started"
        go_on.set()
    # The profile is free once the file, which nobody waits for, was closed.
    wait_until(lambda: not is_held(tmp_path), what="the lock")
    told.engine.submit(start)
    assert told.first(ChatStarted).port


def is_held(profile: Path) -> bool:
    lock = FileLock(lock_path(profile / history.FILE_NAME))
    held = lock.held
    lock.release()
    return not held


def test_a_profile_in_use_is_told_and_is_free_afterwards(told: Told, tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann") as (ann,):
        start = StartChat(ann.folder, tmp_path, "Ann", port=0)
        told.engine.submit(start)
        fault = told.first(ChatFailed).fault
        assert (fault.kind, fault.params["path"]) == (FaultKind.PROFILE_IN_USE, str(ann.folder))
        # Who has it is not disturbed.
        ann.say(EVERYBODY, "anybody?")
        assert ann.wait_for(ChatFault).details["reason"] == "no_one_visible"
    told.engine.submit(start)
    assert told.first(ChatStarted).identity == ann.identity
