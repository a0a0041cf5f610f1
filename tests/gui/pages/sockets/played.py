"""Sessions on a page, by events that a test plays."""

from __future__ import annotations

import time

from gui.pages.sockets.choice import Choice
from net.address import Address
from net.events import Event
from net.sockets.events import (
    MessagesReceived,
    Opened,
    Role,
    SocketCalled,
    State,
    StateChanged,
    Transport,
)
from tests.gui.pages.sockets.stage import Stage

HERE = Address("192.168.1.7", 12345)


def listening(stage: Stage) -> int:
    session = stage.page.sessions.open(Choice())
    assert session is not None
    now = time.time_ns()
    address = Address("0.0.0.0", 12345)
    stage.play(
        SocketCalled(session, "listen", "128", "", now),
        Opened(session, None, Transport.TCP, Role.SERVER, address, None, now),
        StateChanged(session, State.LISTENING, now),
    )
    return session


def joined(session: int, parent: int, port: int = 50001) -> tuple[Event, ...]:
    now = time.time_ns()
    remote = Address("192.168.1.23", port)
    return (
        Opened(session, parent, Transport.TCP, Role.ACCEPTED, HERE, remote, now),
        StateChanged(session, State.CONNECTED, now),
    )


def connected(stage: Stage, messages: int = 0) -> int:
    """A listener with one client that has written; the client is shown."""
    listener = listening(stage)
    stage.play(*joined(100, listener))
    stage.page.sessions.show(100)
    if messages:
        texts = [b"message %d" % n for n in range(messages)]
        stage.play(MessagesReceived(100, texts, time.time_ns(), sum(map(len, texts))))
    paint(stage)
    return 100


def toasted(stage: Stage, words: str) -> bool:
    return any(words in toast for toast in stage.toasts)


def paint(stage: Stage) -> None:
    stage.app.update()
    stage.page.side.recount()
    stage.page.chat.conversation.current.paint_now()
    stage.page.side.diagram.paint_now()
    stage.page.setup.reload()
    stage.page.setup.sessions.paint_now()
    stage.app.update()
