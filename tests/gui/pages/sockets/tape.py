"""A transcript with events as sessions emit them, without a window."""

from __future__ import annotations

from pathlib import Path

from net.address import Address
from net.events import Event
from net.sockets.events import Opened, Role, SocketCalled, State, StateChanged, Transport
from net.transcript.reader import TranscriptReader
from net.transcript.recorder import Recorder
from tests.waiting import wait_until

HERE, THERE = Address("127.0.0.1", 50001), Address("127.0.0.1", 12345)
START = 1_700_000_000_000_000_000
MS = 1_000_000


class Tape:
    """Records events; `reader` sees them once `put` has returned."""

    def __init__(self, folder: Path) -> None:
        self.recorder = Recorder(folder / "transcript.sqlite", None, None, lambda _events: None)

    def put(self, *events: Event) -> None:
        self.recorder.put(tuple(events))
        wait_until(lambda: not self.recorder.backlog, what="recorded")

    def reader(self) -> TranscriptReader:
        found = self.recorder.reader()
        assert found is not None
        return found


def client(tape: Tape, session: int = 1) -> None:
    tape.put(
        StateChanged(session, State.CONNECTING, START, THERE),
        SocketCalled(session, "connect", "('127.0.0.1', 12345)", "", START + MS),
        Opened(session, None, Transport.TCP, Role.CLIENT, HERE, THERE, START + 2 * MS),
        StateChanged(session, State.CONNECTED, START + 2 * MS),
    )
