"""Which messages came of which call: as recorded, after a clearing, and in a file of the first version."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from net.sockets.events import (
    Acknowledged,
    DatagramsReceived,
    FileSent,
    MessagesReceived,
    MessagesSent,
    Role,
    SentFile,
    SocketCalled,
    Transport,
)
from net.transcript.commands import ClearTranscript
from net.transcript.reader import StoredCall, TranscriptReader
from tests.net.transcript.recording import FIRST_VERSION, PEER, START, Recording, closed, data_of, opened
from tests.waiting import wait_until


def recv(session: int, *messages: bytes, size: int, start: int = 0) -> MessagesReceived:
    return MessagesReceived(session, list(messages), START, size, start)


def send(session: int, *messages: bytes, size: int, start: int = 0) -> MessagesSent:
    return MessagesSent(session, list(messages), None, "user", START, size, start)


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Recording]:
    with Recording(tmp_path / "profile" / "transcript.sqlite") as recording:
        yield recording


def short(calls: list[StoredCall]) -> list[tuple[str, int, int, int]]:
    return [(call.kind, call.rows, call.start, call.stop) for call in calls]


def messages_of(reader: TranscriptReader, call: StoredCall, tree: bool = False) -> list[bytes]:
    first = call.place if tree else call.first
    root = 1 if tree else call.session
    return data_of(reader.fetch(root, first, first + call.rows, tree))


def test_a_call_has_the_messages_that_came_of_it(recording: Recording) -> None:
    recording.put(
        opened(1),
        send(1, b"a", b"bb", size=5),
        recv(1, size=3),
        recv(1, b"one", b"two", b"three", size=60, start=3),
        recv(1, b"rest", size=0, start=63),
        Acknowledged(1, 5, 5, 1, False, START),
        Acknowledged(1, 5, 0, 0, True, START),
        closed(1),
    )
    reader = recording.wait_rows(1, 8)
    calls = reader.calls(1, 0, 99)
    assert reader.count_calls(1) == 8
    assert short(calls) == [
        ("note", 1, 0, 0),
        ("sent", 2, 0, 5),
        ("received", 0, 0, 3),
        ("received", 3, 3, 63),
        ("received", 1, 63, 63),
        ("acknowledged", 1, 0, 5),
        ("finished", 0, 5, 5),
        ("note", 1, 0, 0),
    ]
    assert messages_of(reader, calls[3]) == [b"one", b"two", b"three"]
    assert reader.calls(1, 3, 5) == calls[3:5]
    assert reader.calls(1, 0, 99, notes_only=True) == [calls[0], calls[7]]
    newest = reader.acknowledged(1)
    assert newest is not None and (newest.kind, newest.stop) == ("finished", 5)
    assert data_of(reader.fetch(1, 0, 99)) == [b"a", b"bb", b"one", b"two", b"three", b"rest"]


def test_a_file_that_is_sent_has_its_calls(recording: Recording) -> None:
    """Two messages of it in one call, then one."""
    file = SentFile(7, "/tmp/x", 9, 1)
    recording.put(
        opened(1),
        FileSent(1, file, 0, 3, PEER, START, 2, 8, 0),
        FileSent(1, file, 3, 3, PEER, START, 0, 8, 0),
        FileSent(1, file, 6, 3, PEER, START, 1, 4, 8),
    )
    reader = recording.wait_rows(1, 4)
    calls = reader.calls(1, 1, 9)
    assert short(calls) == [("sent", 2, 0, 8), ("sent", 1, 8, 12)]
    parts = [[row.detail["start"] for row in reader.fetch_rows(call.row_ids)] for call in calls]
    assert parts == [[0, 3], [6]]


def test_udp_needs_no_entries(recording: Recording) -> None:
    recording.put(
        opened(1, role=Role.UNICAST, transport=Transport.UDP, remote=None),
        DatagramsReceived(1, [b"a"], [("127.0.0.1", 9)], START),
        MessagesSent(1, [b"b"], PEER, "user", START),
    )
    assert recording.wait_rows(1, 3).count_calls(1) == 0


def test_the_calls_of_a_listener_and_of_each_connection(recording: Recording) -> None:
    """Also of one whose first call was recorded before it was known whose connection it is."""
    recording.put(
        opened(1, role=Role.SERVER, remote=None),
        opened(2, 1, Role.ACCEPTED),
        recv(2, b"x", size=1),
        SocketCalled(3, "setsockopt", "", "", START),
        opened(3, 1, Role.ACCEPTED),
        recv(3, b"y", b"z", size=2),
        send(2, b"w", size=1),
    )
    reader = recording.wait_rows(1, 8, tree=True)
    tree = reader.calls(1, 0, 99, tree=True)
    assert [call.session for call in tree] == [1, 2, 2, 3, 3, 3, 2]
    assert [messages_of(reader, call, tree=True) for call in tree if call.kind != "note"] == [
        [b"x"], [b"y", b"z"], [b"w"],
    ]  # fmt: skip
    for session in (2, 3):
        own = reader.calls(session, 0, 99)
        assert own == [call for call in tree if call.session == session]
        assert reader.calls(session, 0, 99, notes_only=True) == [c for c in own if c.kind == "note"]
        assert reader.count_calls(session) == len(own)
    assert messages_of(reader, reader.calls(3, 2, 3)[0]) == [b"y", b"z"]


def test_what_stays_after_a_clearing_keeps_its_calls(recording: Recording) -> None:
    recording.put(
        opened(1, role=Role.SERVER, remote=None),
        *(opened(number, 1, Role.ACCEPTED) for number in (2, 3)),
        *(recv(number, b"%d" % number, b"more", size=9) for number in (2, 3, 2)),
        Acknowledged(3, 1, 1, 1, False, START),
        recv(3, size=2, start=9),
    )
    recording.wait_rows(1, 9, tree=True)
    recording.recorder.clear(ClearTranscript(2))
    reader = recording.reader()
    wait_until(lambda: reader.count(1, True) == 4, what="cleared")
    calls = reader.calls(1, 0, 99, tree=True)
    assert [(call.session, call.kind) for call in calls] == [
        (1, "note"), (3, "note"), (3, "received"), (3, "acknowledged"), (3, "received"),
    ]  # fmt: skip
    assert messages_of(reader, calls[2], tree=True) == [b"3", b"more"]
    assert messages_of(reader, reader.calls(3, 1, 2)[0]) == [b"3", b"more"]
    for row in reader.fetch(1, 0, 9, tree=True):
        assert (found := reader.call_of(row.id)) is not None and row.id in found.row_ids
    recording.put(recv(2, b"anew", size=4, start=18))
    wait_until(lambda: reader.count_calls(2) == 1, what="recorded again")
    assert messages_of(reader, reader.calls(1, 0, 99, tree=True)[-1], tree=True) == [b"anew"]


def test_a_file_of_the_first_version_opens_with_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "transcript.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript(FIRST_VERSION)
    with Recording(path) as recording:
        recording.put(opened(2), recv(2, b"new", size=4))
        reader = recording.wait_rows(2, 2)
        assert recording.faults() == []
        assert data_of(reader.fetch(1, 0, 9)) == [b"old"]
        assert (reader.count_calls(1), reader.count_calls(2)) == (0, 2)
    assert [each.name for each in tmp_path.glob("*version*")] == []


def test_a_file_that_an_older_duplex_holds_is_read_without_calls(tmp_path: Path) -> None:
    path = tmp_path / "transcript.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript(FIRST_VERSION)
    with contextlib.closing(TranscriptReader(path)) as reader:
        assert data_of(reader.fetch(1, 0, 9)) == [b"old"]
        assert reader.count_calls(1) == 0 and reader.calls(1, 0, 9) == []
        assert reader.acknowledged(1) is None
