"""Engines for the tests of net, each stopped at the end of its test."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

import net.system.resolve
from net.engine import Engine
from net.events import EngineStopped
from net.sockets.events import Closed, Opened, OpenFailed
from tests.net.loop_thread import LoopThread, loop_thread
from tests.net.peers import SlowNames
from tests.net.watching import Watched
from tests.waiting import PATIENCE_SECONDS, wait_until

TOLD: set[threading.Thread] = set()
"""Threads that an earlier test left behind: that test failed for them; later ones need not."""


@pytest.fixture
def watched() -> Iterator[Watched]:
    """An engine; the laws of its events and of its end are checked after the test."""
    watched = Watched(Engine())
    yield watched
    check_end(watched)


@pytest.fixture
def net_loop() -> Iterator[LoopThread]:
    """A loop on a thread, with an outlet, for testing one part of net."""
    with loop_thread() as thread:
        yield thread


@pytest.fixture
def peer() -> Iterator[socket.socket]:
    """A plain UDP socket."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(PATIENCE_SECONDS)
        yield sock


@pytest.fixture
def slow_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowNames]:
    names = SlowNames()
    monkeypatch.setattr(net.system.resolve, "look_up", names)
    yield names
    names.go.set()


def check_end(watched: Watched) -> None:
    """Stop the engine; checks that it ends in time, has kept the laws, and leaves no thread."""
    watched.engine.stop()
    watched.first(EngineStopped)
    assert watched.engine.join(PATIENCE_SECONDS)
    check_laws(watched)
    with contextlib.suppress(AssertionError):
        # Threads of the previous test's engine may need a moment longer.
        wait_until(lambda: not threads_left())
    left = threads_left()
    TOLD.update(left)
    assert not left


def threads_left() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith(("Net", "Trans"))} - TOLD


def check_laws(watched: Watched) -> None:
    """Each Opened has one Closed, each other session one OpenFailed; nothing follows an end; EngineStopped
    is last."""
    assert isinstance(watched.seen[-1], EngineStopped)
    ended: set[int] = set()
    opened: set[int] = set()
    for event in watched.seen:
        session = getattr(event, "session", None)
        if isinstance(event, Opened):
            assert event.session not in opened
            opened.add(event.session)
        elif isinstance(event, Closed):
            assert event.session in opened and event.session not in ended
            ended.add(event.session)
        elif isinstance(event, OpenFailed):
            assert event.session not in opened and event.session not in ended
            ended.add(event.session)
        elif type(event).__name__ != "FaultOccurred":
            # Only the reply to a command about an ended session may follow its end.
            assert session not in ended, event
    assert opened <= ended
