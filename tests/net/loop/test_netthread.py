"""The loop's own selector: commands run before events that came after them."""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import socket
import sys
from typing import Any

import pytest

from net.events import Event
from net.loop.outlet import EventQueue, Outlet
from net.loop.own_loop import CommandLoop, CommandSelector
from net.loop.polling import Polling
from net.sockets.commands import Close, Send
from net.sockets.events import (
    Closed,
    CloseReason,
    MessagesReceived,
    MessagesSent,
    SocketCalled,
)
from tests.net.watching import Watched
from tests.waiting import PATIENCE_SECONDS


@pytest.mark.skipif(sys.platform == "win32", reason="the loop has no selector there")
def test_a_command_that_comes_while_asleep_runs_before_what_woke(monkeypatch: pytest.MonkeyPatch) -> None:
    selector = CommandSelector()
    run: list[object] = []
    selector.run_commands = lambda: run.append(selector.commands.popleft())
    asleep = Polling.look

    def submit_meanwhile(self: CommandSelector, timeout: float | None) -> Any:
        self.commands.append(Close(1))
        return asleep(self, timeout)

    monkeypatch.setattr(Polling, "look", submit_meanwhile)
    ours, theirs = socket.socketpair()
    with contextlib.closing(CommandLoop(selector)) as loop, ours, theirs:
        selector.outlet = Outlet(loop, EventQueue())
        theirs.sendall(b"x")
        selector.register(ours, selectors.EVENT_READ)
        assert selector.select(5) and run == [Close(1)]
        selector.unregister(ours)


def test_a_close_waits_for_what_the_peer_still_sends(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closed at once, our socket would answer it with a reset instead of the orderly end."""
    monkeypatch.setattr("net.sockets.tcp.closing.CLOSE_LINGER", PATIENCE_SECONDS)
    listener, address = watched.listen()
    with socket.create_connection((address.host, address.port), timeout=PATIENCE_SECONDS) as peer:
        (session,) = watched.accepted(listener)
        watched.engine.submit(Send(session, [b"last"]))
        watched.engine.submit(Close(session))
        watched.wait(lambda: "shutdown" in watched.calls(session))
        for _ in range(3):
            peer.sendall(b"late")
        assert peer.recv(4, socket.MSG_WAITALL) == b"last" and peer.recv(1) == b""
        peer.sendall(b"later")
    ended = watched.end(session)
    assert isinstance(ended, Closed) and ended.reason is CloseReason.BY_ME
    assert b"".join(watched.received(session)) == b"late" * 3 + b"later"
    assert watched.all(SocketCalled, session)[-1].call == "close"


@pytest.mark.parametrize("by_selector", [True, False])
def test_what_was_sent_is_reported_with_what_comes_next_and_by_itself_in_the_end(by_selector: bool) -> None:
    selector = CommandSelector()
    loop = CommandLoop(selector)
    queue = EventQueue()
    outlet = Outlet(loop, queue)
    if by_selector:
        selector.outlet = outlet
        outlet.flushed_by_loop = True
    first = MessagesSent(1, [b"a"], None, "user", 0)
    second = MessagesReceived(1, [b"b"], 1)
    third = MessagesSent(1, [b"c"], None, "user", 2)
    reported: list[tuple[Event, ...]] = []

    async def tell() -> None:
        outlet.put_later(first, 1)
        outlet.put(second, 1)
        reported.append(await asyncio.wait_for(loop.run_in_executor(None, queue.get, True, 10.0), 20.0))
        outlet.put_later(third, 1)
        reported.append(await asyncio.wait_for(loop.run_in_executor(None, queue.get, True, 10.0), 20.0))

    with contextlib.closing(loop):
        loop.run_until_complete(tell())
        loop.run_until_complete(loop.shutdown_default_executor())
    assert reported == [(first, second), (third,)]
