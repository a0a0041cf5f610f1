"""The plain loop beside ours: it is measured, so it must work."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from net.engine import Engine
from net.events import EngineStopped
from net.loop.netthread import NetThread
from net.loop.outlet import EventQueue
from net.loop.own_loop import CommandLoop
from net.sockets.commands import Send
from net.sockets.events import MessagesReceived
from tests.net.conftest import check_end
from tests.net.watching import Watched
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setattr("net.loop.choice.PLAIN", True)
    watched = Watched(Engine())
    yield watched
    check_end(watched)


def test_the_plain_loop_is_asyncios_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("net.loop.choice.PLAIN", True)
    loop = NetThread(EventQueue(), lambda command: None).loop
    try:
        assert isinstance(loop, asyncio.SelectorEventLoop) and not isinstance(loop, CommandLoop)
    finally:
        loop.close()


def test_an_echo_on_the_plain_loop(plain: Watched) -> None:
    """The consumer sleeps in the queue, so that each reply has to wake both threads."""
    _listener, address = plain.listen()
    engine = plain.engine

    def echo() -> None:
        while True:
            known = len(plain.seen)
            plain.take(PATIENCE_SECONDS)
            for event in plain.seen[known:]:
                if isinstance(event, MessagesReceived):
                    engine.submit(Send(event.session, event.messages))
                elif isinstance(event, EngineStopped):
                    return

    thread = threading.Thread(target=echo)
    thread.start()
    with socket.create_connection((address.host, address.port), timeout=PATIENCE_SECONDS) as peer:
        for number in range(300):
            data = b"%d\n" % number
            peer.sendall(data)
            assert peer.recv(100) == data
    engine.stop()
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive() and engine.join(PATIENCE_SECONDS)
