"""What the recorder stored, as readers see it."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from net.address import Address
from net.events import Fault, FaultKind
from net.protocol.codec import encode_text
from net.sockets.events import (
    CloseReason,
    DatagramsReceived,
    FaultOccurred,
    FileProgressed,
    GroupChanged,
    MessagesSent,
    OpenFailed,
    Role,
    SocketCalled,
    State,
    StateChanged,
    Transport,
)
from net.transcript.reader import PART_BYTES, RowFilter, RowPart, TranscriptReader
from tests.net.transcript.recording import LOCAL, PEER, START, Recording, closed, opened, received, sent

Sender = tuple[str, int] | tuple[str, int, int, int]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "transcript.sqlite"


def test_messages_and_notes_come_back_as_they_were(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1), received(1, b"\0\xff one", b""), sent(1, b"two", origin="reply"), closed(1))
        rows = recording.wait_rows(1, 5).fetch(1, 0, 99)
    assert [(row.position, row.direction, row.data, row.note) for row in rows] == [
        (0, "note", b"", "opened"),
        (1, "in", b"\0\xff one", ""),
        (2, "in", b"", ""),
        (3, "out", b"two", ""),
        (4, "note", b"", "closed"),
    ]
    assert rows[0].detail == {"role": "client", "local": str(LOCAL), "remote": str(PEER)}
    assert rows[3].detail == {"origin": "reply"} and rows[1].detail == {}
    assert rows[4].detail == {"reason": "by_peer"}
    assert [row.time - START for row in rows] == [0, 1, 1, 2, 9]
    assert {(row.transport, row.local, row.remote) for row in rows} == {("tcp", str(LOCAL), str(PEER))}
    assert len({row.id for row in rows}) == 5


def test_every_kind_of_note(path: Path) -> None:
    fault = Fault(FaultKind.REFUSED, {"address": "127.0.0.1:1"})
    group = Address("239.1.2.3", 0)
    with Recording(path) as recording:
        recording.put(
            StateChanged(1, State.CONNECTING, START, PEER),
            SocketCalled(1, "connect", "127.0.0.1:1", "ConnectionRefusedError", START),
            FaultOccurred(1, fault, START),
            GroupChanged(1, group, "lo", True, START),
            *[FileProgressed(1, 7, "/f", at, 9, 1.0, "sending") for at in (0, 3, 6)],
            FileProgressed(1, 7, "/f", 9, 9, 1.0, "finished"),
            OpenFailed(1, fault, START),
        )
        rows = recording.wait_rows(1, 7).fetch(1, 0, 99)
        (session,) = recording.reader().sessions()
    assert [row.note for row in rows] == ["state", "call", "fault", "group", "file", "file", "open_failed"]
    assert rows[0].detail == {"state": "connecting", "address": str(PEER)} and rows[0].remote == str(PEER)
    assert rows[1].detail["result"] == "ConnectionRefusedError"
    assert rows[6].detail == {"kind": "refused", "params": {"address": "127.0.0.1:1"}}
    assert [row.detail["state"] for row in rows[4:6]] == ["sending", "finished"]
    assert (session.reason, session.closed, session.rows) == ("open_failed", START, 7)


def test_each_datagram_has_its_sender(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1, role=Role.UNICAST, transport=Transport.UDP, remote=None))
        senders: list[Sender] = [("127.0.0.1", 5), ("fe80::1", 6, 0, 0), ("127.0.0.1", 5)]
        recording.put(DatagramsReceived(1, [b"a", b"b", b"c"], senders, START))
        recording.put(MessagesSent(1, [b"d"], PEER, "user", START))
        rows = recording.wait_rows(1, 5).fetch(1, 1, 5)
    assert [row.remote for row in rows] == ["127.0.0.1:5", "[fe80::1]:6", "127.0.0.1:5", str(PEER)]
    assert {row.transport for row in rows} == {"udp"}


def test_more_senders_than_are_remembered(path: Path) -> None:
    senders: list[tuple[str, int] | tuple[str, int, int, int]] = [
        (f"127.0.{n >> 8}.{n & 255}", 9) for n in range(9000)
    ]
    with Recording(path) as recording:
        recording.put(opened(1, role=Role.UNICAST, transport=Transport.UDP, remote=None))
        for start in (0, 2000, 4000, 6000):
            part = senders[start : start + 3000]
            recording.put(DatagramsReceived(1, [s[0].encode() for s in part], part, START))
        rows = recording.wait_rows(1, 12001).fetch(1, 1, 12001)
    assert all(row.remote == row.data.decode() + ":9" for row in rows)


def listener_with_two(recording: Recording) -> None:
    recording.put(StateChanged(1, State.LISTENING, START), opened(1, role=Role.SERVER, remote=None))
    recording.put(opened(2, 1, Role.ACCEPTED, remote=Address("127.0.0.1", 2)), received(2, b"2a"))
    recording.put(opened(3, 1, Role.ACCEPTED, remote=Address("127.0.0.1", 3)), received(3, b"3a", b"3b"))
    recording.put(sent(2, b"2b"), received(3, b"3c"), sent(1, b"all"))


def test_a_listeners_tree_is_in_order_of_arrival(path: Path) -> None:
    with Recording(path) as recording:
        listener_with_two(recording)
        reader = recording.wait_rows(1, 10, tree=True)
        tree = reader.fetch(1, 0, 99, tree=True)
        assert [row.data for row in tree if not row.note] == [b"2a", b"3a", b"3b", b"2b", b"3c", b"all"]
        assert [row.place for row in tree] == list(range(10))
        assert [row.session for row in tree] == [1, 1, 2, 2, 3, 3, 3, 2, 3, 1]
        assert [row.data for row in reader.fetch(3, 1, 99)] == [b"3a", b"3b", b"3c"]
        assert [row.position for row in reader.fetch(3, 2, 4)] == [2, 3]
        assert [row.note or row.data for row in reader.fetch(1, 0, 9)] == ["state", "opened", b"all"]
        assert [reader.count(session) for session in (1, 2, 3)] == [3, 3, 4]
        assert reader.is_listener(1) and not reader.is_listener(2)
        assert reader.fetch(1, 8, 5, tree=True) == [] == reader.fetch(99, 0, 5)


def test_what_a_connection_reported_before_its_listener_was_known_moves_into_the_tree(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1, role=Role.SERVER, remote=None))
        recording.put(StateChanged(2, State.HANDSHAKING, START))
        recording.wait_rows(2, 1)
        recording.put(StateChanged(2, State.CONNECTED, START), received(1, b"between"))
        recording.put(opened(2, 1, Role.ACCEPTED), received(2, b"x"))
        reader = recording.wait_rows(2, 4)
        tree = reader.fetch(1, 0, 99, tree=True)
        own = reader.fetch(2, 0, 99)
    assert [row.note or row.data for row in own] == ["state", "state", "opened", b"x"]
    assert [row.position for row in own] == [0, 1, 2, 3]
    assert [row.session for row in tree] == [1, 1, 2, 2, 2, 2]


def test_a_listener_whose_opening_is_not_in_this_file(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(received(1, b"a"), opened(2, 1, Role.ACCEPTED), received(2, b"b"), received(1, b"c"))
        reader = recording.wait_rows(1, 4, tree=True)
        assert [row.note or row.data for row in reader.fetch(1, 0, 9)] == [b"a", b"c"]
        assert [row.note or row.data for row in reader.fetch(2, 0, 9)] == ["opened", b"b"]


def test_filters_choose_rows(path: Path) -> None:
    with Recording(path) as recording:
        listener_with_two(recording)
        reader = recording.wait_rows(1, 10, tree=True)

        def chosen(filter: RowFilter, session: int = 1, tree: bool = True, start: int = 0) -> list[object]:
            ids = reader.select(session, filter, tree, start)
            return [row.note or row.data for row in reader.fetch_rows(ids)]

        only_in = RowFilter(frozenset({"in"}), notes=False)
        assert chosen(only_in) == [b"2a", b"3a", b"3b", b"3c"]
        assert chosen(RowFilter(frozenset({"out"}), notes=False)) == [b"2b", b"all"]
        assert chosen(RowFilter(peer="127.0.0.1:2")) == ["state", "opened", "opened", b"2a", b"2b"]
        assert chosen(RowFilter(frozenset(), notes=True)) == ["state", "opened", "opened", "opened"]
        notes = RowFilter(frozenset(), notes=True)
        assert [row.session for row in reader.fetch_rows(reader.select(3, notes))] == [3]
        assert chosen(notes, 1, tree=False) == ["state", "opened"]
        assert chosen(notes, 3, tree=False, start=1) == []
        assert chosen(RowFilter(frozenset(), notes=False)) == []
        assert chosen(only_in, 3, tree=False) == [b"3a", b"3b", b"3c"]
        third = reader.fetch_rows(reader.select(1, only_in, True)[2:3])[0].place
        assert chosen(only_in, start=third + 1) == [b"3c"]
        assert chosen(only_in, 3, tree=False, start=2) == [b"3b", b"3c"]
        assert len(reader.select(1, only_in, True, 0, third + 1)) == 3
        assert len(reader.select(3, only_in, False, 1, 3)) == 2
        ids = reader.select(1, only_in, True)
        assert [row.id for row in reader.fetch_rows([ids[2], 1 << 60, ids[0]])] == [ids[2], ids[0]]


def test_find(path: Path) -> None:
    messages = [b"plain", "你好 Hello".encode(), "你好 HELLO".encode("gb18030"), b"\x00\x01\xfe", b"x" * 10]
    messages.append("Größe 你".encode("utf-16-le"))
    messages.append("\ufeff你".encode("utf-16-be"))
    with Recording(path) as recording:
        recording.put(opened(1, role=Role.SERVER, remote=None), opened(2, 1, Role.ACCEPTED))
        recording.put(received(2, *messages), sent(1, b"hello"))
        reader = recording.wait_rows(1, 10, tree=True)

        def find(*words: Any, **options: Any) -> list[int]:
            return list(reader.find(*words, **options))

        assert find(2, "hello", "utf-8") == [3, 2]
        assert find(2, "你好", "utf-8") == [2]
        assert find(2, "你好 hEllo", "gb18030") == [3]
        assert find(2, "你", "utf-16") == [7, 6]
        assert find(2, "GRößE", "utf-16") == find(2, "größe", "utf-16") == [6]
        assert find(2, "0x01fe", "utf-8") == find(2, "01 FE", "utf-8", hex=True) == [4]
        assert find(2, "０ｘ０１ｆｅ", "utf-8") == [4]
        assert find(2, "\u200bｈｅｌｌｏ", "utf-8") == [3, 2]
        assert find(2, "hello", "utf-8", start=3) == [3]
        assert find(2, "hello", "utf-8", stop=3) == [2]
        assert find(1, "hello", "utf-8", tree=True) == [9, 4, 3]
        assert find(1, "hello", "utf-8", tree=True, filter=RowFilter(frozenset({"out"}))) == [9]
        assert find(1, "hello", "utf-8", tree=True, filter=RowFilter(peer="10.0.0.9:1")) == []
        assert find(2, "", "utf-8") == find(2, "你", "ascii") == find(2, "opened", "utf-8") == []
        assert find(2, "zz", "utf-8", hex=True) == [] == find(99, "x", "utf-8")


@pytest.mark.parametrize(
    ("codec", "text"), [("utf-8", "结尾 END"), ("gb18030", "结尾 END"), ("utf-16", "结尾 END")]
)
def test_find_looks_into_a_long_message_part_by_part(path: Path, codec: str, text: str) -> None:
    size = len(encode_text("好", codec))
    with Recording(path) as recording:
        # Where one part ends and the next begins, whichever byte of which character that is.
        for place in range(-12, 12):
            before = "x" + "好" * (PART_BYTES // size + place)
            recording.put(received(1, encode_text(before + text + "好" * PART_BYTES, codec)))
        reader = recording.wait_rows(1, 24)
        assert list(reader.find(1, "尾 enD", codec)) == list(range(23, -1, -1))
        assert list(reader.find(1, "enD 尾", codec)) == []


def test_only_the_beginning_of_a_message_is_read_if_so_is_asked(path: Path) -> None:
    data = bytes(range(256)) * 4096
    with Recording(path) as recording:
        recording.put(opened(1), received(1, data, b"short", b""))
        reader = recording.wait_rows(1, 4)
        rows = reader.fetch(1, 0, 9, most=1000)
        assert [(row.note, len(row.data), row.size) for row in rows] == [
            ("opened", 0, 0),
            ("", 1000, len(data)),
            ("", 5, 5),
            ("", 0, 0),
        ]
        assert rows[1].data == data[:1000] and rows[0].detail["role"] == "client"
        assert reader.fetch_rows([row.id for row in rows], most=1000) == rows
        assert reader.fetch(1, 1, 2)[0].data == data


def test_a_part_of_the_rows_is_walked_through(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1, role=Role.SERVER, remote=None), opened(2, 1, Role.ACCEPTED))
        recording.put(received(2, *[b"%d" % n for n in range(3000)]))
        reader = recording.wait_rows(1, 3002, tree=True)
        assert len(list(reader.walk(1))) == 3002 and len(list(reader.walk(2))) == 3001
        ranges = RowPart(ranges=((2, 4), (1000, 2500)))
        walked = [row.data for row in reader.walk(1, ranges)]
        assert len(ranges) == len(walked) == 1502
        assert walked[:3] == [b"0", b"1", b"998"] and walked[-1] == b"2497"
        ids = RowPart(ids=[row.id for row in reader.fetch(2, 1, 1200)])
        assert len(ids) == len([*reader.walk(2, ids)]) == 1199


def test_find_is_not_misled_by_halves_of_characters(path: Path) -> None:
    # In GB18030 the bytes of 啊 (B0 A1) also stand across the border of two other characters.
    misleading = bytes.fromhex("d6b0a1aa")
    with Recording(path) as recording:
        recording.put(opened(1), received(1, misleading, "啊".encode("gb18030")))
        reader = recording.wait_rows(1, 3)
        assert "啊" not in misleading.decode("gb18030")
        assert list(reader.find(1, "啊", "gb18030")) == [2]


def test_a_find_can_be_interrupted(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1), *[received(1, *[b"A" * 2000 + b"B"] * 500) for _ in range(40)])
        reader = recording.wait_rows(1, 20_001)
        database = reader._connection
        assert database is not None

        def interrupt_meanwhile() -> int:
            thread = threading.Thread(target=reader.interrupt)
            thread.start()
            thread.join()
            return 0

        # In the middle of the search, after so many of its steps.
        database.set_progress_handler(interrupt_meanwhile, 10_000)
        found = list(reader.find(1, "ab", "utf-8"))
        database.set_progress_handler(None, 0)
        assert 0 < len(found) < 20_000
        assert len(list(reader.find(1, "ab", "utf-8"))) == 20_000


def test_sessions_are_listed(path: Path) -> None:
    with Recording(path) as recording:
        recording.recorder.set_codec(1, "gb18030")
        listener_with_two(recording)
        recording.put(closed(2, CloseReason.RESET))
        reader = recording.wait_rows(2, 4)
        first, second, third = reader.sessions()
    assert (first.session, first.parent, first.role, first.remote) == (1, None, "server", "")
    assert (second.parent, second.role, second.reason, second.closed) == (1, "accepted", "reset", START + 9)
    assert (third.closed, third.reason, third.rows, third.transport) == (None, "", 4, "tcp")
    assert {first.codec, second.codec, third.codec} == {"gb18030"}


def test_readers_cannot_write_and_live_without_a_file(path: Path) -> None:
    reader = TranscriptReader(path)
    assert reader.count(1) == 0 and reader.fetch(1, 0, 9) == [] == reader.sessions()
    with Recording(path) as recording:
        recording.put(opened(1))
        recording.wait_rows(1, 1)
        assert reader.count(1) == 1
        with reader.read() as database, pytest.raises(sqlite3.OperationalError):
            assert database is not None
            database.execute("DELETE FROM rows")
    reader.close()


def test_a_page_costs_the_same_however_many_rows_there_are(path: Path) -> None:
    """Counted in sqlite's own steps, which unlike time are the same on a busy machine."""
    with Recording(path) as recording:
        recording.put(opened(1), received(1, *[b"m"] * 1000))
        recording.put(opened(2), *[received(2, *[b"m"] * 1000) for _ in range(100)])
        reader = recording.wait_rows(2, 100_001)

        def steps(session: int, start: int) -> int:
            counted = 0

            def count() -> int:
                nonlocal counted
                counted += 1
                return 0

            reader.count(session)
            database = reader._connection
            assert database is not None
            database.set_progress_handler(count, 1)
            assert len(reader.fetch(session, start, start + 50)) == 50
            assert reader.count(session) > 1000
            database.set_progress_handler(None, 0)
            return counted

        assert steps(2, 70_000) <= steps(1, 700) * 1.1


def test_a_connections_notes_are_found_without_its_listeners_messages(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1, role=Role.SERVER), opened(2, 1, Role.ACCEPTED), opened(3, 1, Role.ACCEPTED))
        recording.put(*[received(2, *[b"m"] * 1000) for _ in range(20)])
        recording.put(received(3, b"x"))
        reader = recording.wait_rows(1, 20_004, tree=True)
        counted = 0

        def count() -> int:
            nonlocal counted
            counted += 1
            return 0

        reader.count(1)
        database = reader._connection
        assert database is not None
        database.set_progress_handler(count, 1)
        assert len(reader.select(3, RowFilter(frozenset(), notes=True))) == 1
        assert len(reader.select(1, RowFilter(frozenset(), notes=True), tree=True)) == 3
        assert counted < 1000
