"""A recorder under test, the events it reported, and events as sessions emit them."""

from __future__ import annotations

import queue
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from net.address import Address
from net.events import Event, StoreFaulted
from net.sockets.events import (
    Closed,
    CloseReason,
    MessagesReceived,
    MessagesSent,
    Opened,
    Role,
    Transport,
)
from net.transcript.reader import Row, TranscriptReader
from net.transcript.recorder import Recorder
from tests.waiting import PATIENCE_SECONDS, wait_until

LOCAL = Address("127.0.0.1", 12345)
PEER = Address("127.0.0.1", 40000)
START = 1_700_000_000_123_456_789

FIRST_VERSION = """
CREATE TABLE sessions(id INTEGER PRIMARY KEY, parent INTEGER, region INTEGER NOT NULL,
  places INTEGER NOT NULL,
  transport TEXT NOT NULL, role TEXT NOT NULL, local TEXT NOT NULL, remote TEXT NOT NULL, codec TEXT NOT NULL,
  opened INTEGER NOT NULL, closed INTEGER, reason TEXT NOT NULL);
CREATE INDEX sessions_of_region ON sessions(region);
CREATE TABLE rows(id INTEGER PRIMARY KEY, session INTEGER NOT NULL, position INTEGER NOT NULL,
  time INTEGER NOT NULL, kind INTEGER NOT NULL, link INTEGER NOT NULL, data);
CREATE INDEX notes ON rows(id, session) WHERE kind >= 16;
CREATE TABLE places(id INTEGER PRIMARY KEY, row INTEGER NOT NULL);
CREATE TABLE links(id INTEGER PRIMARY KEY, region INTEGER NOT NULL, transport TEXT NOT NULL,
  local TEXT NOT NULL, remote TEXT NOT NULL);
CREATE TABLE garbage(region INTEGER PRIMARY KEY);
INSERT INTO sessions VALUES (1, NULL, 1, 0, 'tcp', 'client', 'a:1', 'b:2', 'utf-8', 5, 9, 'by_me');
INSERT INTO links VALUES (1, 1, 'tcp', 'a:1', 'b:2');
INSERT INTO rows VALUES (1 << 32, 1, 0, 6, 0, 1, x'6f6c64');
PRAGMA user_version = 1;
"""
"""Statements that make a transcript as the first version of its layout was, with one message of a session."""

E = TypeVar("E")


def opened(
    session: int,
    parent: int | None = None,
    role: Role = Role.CLIENT,
    transport: Transport = Transport.TCP,
    remote: Address | None = PEER,
    when: int = START,
) -> Opened:
    return Opened(session, parent, transport, role, LOCAL, remote, when)


def closed(session: int, reason: CloseReason = CloseReason.BY_PEER, when: int = START + 9) -> Closed:
    return Closed(session, reason, None, when)


def received(session: int, *messages: bytes, when: int = START + 1) -> MessagesReceived:
    return MessagesReceived(session, list(messages), when, sum(map(len, messages)))


def sent(session: int, *messages: bytes, origin: str = "user", when: int = START + 2) -> MessagesSent:
    return MessagesSent(session, list(messages), None, origin, when, sum(map(len, messages)))


class Recording:
    """A `Recorder`, stopped at the end of the with block."""

    def __init__(
        self, path: Path | None, json_lines: Path | None = None, keep_days: int | None = None
    ) -> None:
        self.reported: queue.SimpleQueue[tuple[Event, ...]] = queue.SimpleQueue()
        self._events: list[Event] = []
        self.recorder = Recorder(path, json_lines, keep_days, self.reported.put)

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *args: object) -> None:
        self.end()

    def put(self, *events: Event) -> None:
        self.recorder.put(events)

    def reader(self) -> TranscriptReader:
        reader = self.recorder.reader()
        assert reader is not None
        return reader

    def end(self) -> None:
        self.recorder.stop()
        assert self.recorder.join(PATIENCE_SECONDS), "the recorder does not end"

    def events(self, kind: type[E]) -> list[E]:
        """All events of this kind reported so far."""
        while not self.reported.empty():
            self._events.extend(self.reported.get())
        return [event for event in self._events if isinstance(event, kind)]

    def wait_for(self, kind: type[E], count: int = 1) -> E:
        """The ``count``-th event of a kind."""
        return wait_until(lambda: self.events(kind)[count - 1 :], what=f"{count} {kind.__name__}")[0]

    def wait_rows(self, session: int, count: int, tree: bool = False) -> TranscriptReader:
        """A reader, once the session has at least ``count`` rows."""
        reader = self.reader()
        wait_until(lambda: reader.count(session, tree) >= count, what=f"{count} rows of {session}")
        return reader

    def faults(self, stream: bool = False) -> Sequence[str]:
        """The kinds of the faults reported, "" for the end of one."""
        return [
            event.fault.kind.value if event.fault else ""
            for event in self.events(StoreFaulted)
            if event.stream == stream
        ]


def now() -> int:
    return time.time_ns()


def data_of(rows: list[Row]) -> list[bytes]:
    return [row.data for row in rows if not row.note]
