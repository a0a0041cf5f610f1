"""The transcript as a sequence diagram: nothing in it that no call and no fact supports."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from gui.pages.sockets.conversation.rows import Scope
from gui.pages.sockets.diagram import sequence_rows
from gui.pages.sockets.diagram.sequence_rows import KEY_PLACES, SequenceRows
from gui.widgets.sequence_drawing import SequenceRow
from net.address import Address
from net.events import Event, Fault, FaultKind
from net.sockets.events import (
    Acknowledged,
    Closed,
    CloseReason,
    DatagramsReceived,
    MessagesReceived,
    MessagesSent,
    Opened,
    OpenFailed,
    Role,
    SocketCalled,
    State,
    StateChanged,
    Transport,
)
from net.transcript.reader import TranscriptReader
from tests.gui.pages.sockets.tape import HERE, MS, START, THERE, Tape, client
from tests.net.transcript.recording import FIRST_VERSION


def recv(session: int, *messages: bytes, size: int = 0, start: int = 0, when: int = START) -> Event:
    return MessagesReceived(session, list(messages), when, size or sum(map(len, messages)), start)


def send(session: int, *messages: bytes, size: int = 0, start: int = 0, when: int = START) -> Event:
    whole = size or sum(map(len, messages))
    return MessagesSent(session, list(messages), THERE, "user", when, whole, start)


def acked(
    session: int, upto: int, size: int, sends: int = 1, finished: bool = False, when: int = START
) -> Event:
    return Acknowledged(session, upto, size, sends, finished, when)


def shut(session: int, when: int = START) -> Event:
    return SocketCalled(session, "shutdown", "SHUT_WR", "", when)


def rows_of(tape: Tape, scope: Scope | None = None, tcp: bool = True) -> SequenceRows:
    return SequenceRows(tape.reader(), scope or Scope(1), "utf-8", tcp=tcp)


def shown(rows: SequenceRows) -> list[SequenceRow]:
    return list(rows.fetch(0, rows.count()))


def labels(rows: list[SequenceRow]) -> list[str]:
    """``>`` out, ``<`` in, ``~`` derived; what a call carries in brackets, ``…`` for an arrow that ends on
    its way."""
    arrows = {"out": ">", "in": "<", "": ""}
    found = []
    for row in rows:
        text = f"{arrows[row.direction]}{'~' if row.mark == 'derived' else ''}{row.label}"
        if row.kind == "bytes":
            text += f" [{' | '.join(row.parts)}]"
        found.append(text + ("" if row.arrives else f" … {row.detail}"))
    return found


HANDSHAKE = ["connect(('127.0.0.1', 12345))", ">~SYN", "<~SYN+ACK", ">~ACK"]


def test_a_connection_as_calls_and_what_they_prove(tape: Tape) -> None:
    client(tape)
    tape.put(
        send(1, b"hello", when=START + 10 * MS),
        acked(1, 5, 5, when=START + 12 * MS),
        recv(1, b"world", when=START + 20 * MS),
        StateChanged(1, State.HALF_CLOSED_REMOTE, START + 30 * MS),
        Closed(1, CloseReason.BY_PEER, None, START + 40 * MS),
    )
    rows = rows_of(tape)
    found = shown(rows)
    assert labels(found) == [
        *HANDSHAKE,
        ">send 5 B [hello]",
        "<~ACK",
        "<recv 5 B [world]",
        "<~FIN",
        "recv",
        ">~FIN … ?",
        "Closed by the peer",
    ]
    assert [row.time_text for row in found[4:7]] == ["10.0", "12.0", "20.0"]
    assert found[5].detail == "5 B"


def test_a_click_on_the_peers_ack_does_not_show_our_bytes(tape: Tape) -> None:
    client(tape)
    tape.put(send(1, b"ours"), acked(1, 4, 4), recv(1, b"theirs"))
    rows = rows_of(tape)
    sent, ack, received = (rows.picked(row.key) for row in shown(rows)[4:])
    assert sent is not None and ack is not None and received is not None
    assert (sent.title, sent.data, sent.derived) == ("Sent", b"ours", False)
    assert "send, 4 bytes: 1 message" in sent.about and "Acknowledged" in sent.about
    assert (ack.title, ack.data, ack.derived) == ("Acknowledgement", b"", True)
    assert "the peer's kernel has the first 4 bytes" in ack.about and "Sent" not in ack.about
    assert (received.title, received.data) == ("Received", b"theirs")


def test_no_ack_is_drawn_that_the_kernel_did_not_tell(tape: Tape) -> None:
    """The cable is pulled: what was sent is not acknowledged and neither is the FIN."""
    client(tape)
    tape.put(send(1, b"a"), acked(1, 1, 1), send(1, b"lost?", start=1), shut(1))
    found = labels(shown(rows_of(tape))[4:])
    assert found == [
        ">send 1 B [a]",
        "<~ACK",
        ">send 5 B [lost?] … not acknowledged",
        "shutdown(SHUT_WR)",
        ">~FIN … not acknowledged",
    ]


def test_what_is_acknowledged_later_looks_so_later(tape: Tape) -> None:
    client(tape)
    tape.put(send(1, b"one"), send(1, b"two", start=3), shut(1))
    rows = rows_of(tape)
    assert [row.arrives for row in shown(rows)[4:]] == [False, False, True, False]
    assert not rows.recount()
    tape.put(acked(1, 4, 4))
    assert rows.recount(), "what was drawn must be drawn anew"
    found = shown(rows)[4:]
    assert [row.arrives for row in found] == [True, False, True, False, True]
    assert found[1].detail == "1 B of 3 B"
    picked = rows.picked(found[1].key)
    assert picked is not None and "1 B of 3 B acknowledged" in picked.about
    tape.put(acked(1, 6, 2, finished=True))
    assert rows.recount()
    assert all(row.arrives for row in shown(rows))


def test_one_ack_may_cover_several_sends(tape: Tape) -> None:
    client(tape)
    tape.put(*(send(1, b"x" * 10, start=10 * n) for n in range(3)), acked(1, 30, 30, 3), shut(1))
    tape.put(acked(1, 30, 0, 0, finished=True))
    acks = [row.detail for row in shown(rows_of(tape)) if row.label == "ACK" and row.direction == "in"]
    assert acks == ["3 sends · 30 B", "FIN"]


def test_a_system_that_does_not_tell_is_said_not_to(tape: Tape) -> None:
    client(tape)
    tape.put(send(1, b"a"), Acknowledged(1, None, 0, 0, False, START), send(1, b"b", start=1), shut(1))
    assert labels(shown(rows_of(tape))[4:]) == [
        ">send 1 B [a] … ?",
        "This system does not tell what was acknowledged",
        ">send 1 B [b] … ?",
        "shutdown(SHUT_WR)",
        ">~FIN … ?",
    ]


def test_five_lines_of_one_recv_are_one_call(tape: Tape) -> None:
    client(tape)
    tape.put(
        recv(1, b"one", b"two", b"three", b"four", b"five", size=24),
        recv(1, size=3, start=24),
        recv(1, b"six", size=1, start=27),
        recv(1, *[b"%d" % n for n in range(100)], size=290, start=28),
        MessagesReceived(1, [b"rest"], START, 0, 318),
    )
    rows = rows_of(tape)
    found = shown(rows)[4:]
    assert labels(found[:3]) == [
        "<recv 24 B [one | two | three | four | five]",
        "<recv 3 B []",
        "<recv 1 B [six]",
    ]
    assert found[1].detail == "no whole message yet"
    assert found[3].messages == 100 and found[3].parts[:2] == ("0", "1")
    assert (found[4].label, found[4].flies) == ("held back", False)
    assert [row.flies for row in found[:4]] == [True] * 4
    picked = rows.picked(found[0].key)
    assert picked is not None and "recv returned 24 bytes: 5 messages" in picked.about


def test_a_refused_connect_is_answered_by_a_reset(tape: Tape) -> None:
    tape.put(
        SocketCalled(1, "connect", "('127.0.0.1', 12345)", "ECONNREFUSED", START),
        OpenFailed(1, Fault(FaultKind.REFUSED, {"address": str(THERE)}), START),
    )
    assert labels(shown(rows_of(tape)))[1:3] == [">~SYN", "<~RST"]


def test_a_connect_without_answer_ends_on_its_way(tape: Tape) -> None:
    tape.put(SocketCalled(1, "connect", "('127.0.0.1', 12345)", "ETIMEDOUT", START))
    assert labels(shown(rows_of(tape)))[1:] == [">~SYN … no answer"]


@pytest.mark.parametrize("reason", [CloseReason.ABORTED, CloseReason.ENGINE_STOPPED])
def test_a_reset_of_ours_is_no_fin(tape: Tape, reason: CloseReason) -> None:
    client(tape)
    tape.put(
        SocketCalled(1, "setsockopt", "SOL_SOCKET, SO_LINGER, (1, 0)", "", START),
        Closed(1, reason, None, START),
    )
    assert labels(shown(rows_of(tape)))[-2] == ">~RST … ?"


def test_datagrams_are_acknowledged_by_nobody(tape: Tape) -> None:
    tape.put(
        Opened(1, None, Transport.UDP, Role.UNICAST, HERE, None, START),
        DatagramsReceived(1, [b"a", b"b"], [("10.0.0.1", 1), ("10.0.0.2", 2)], START),
        send(1, b"c"),
        Closed(1, CloseReason.BY_ME, None, START),
    )
    found = shown(rows_of(tape, tcp=False))
    assert [row.peer for row in found] == ["10.0.0.1:1", "10.0.0.2:2", str(THERE), ""]
    assert labels(found) == [
        "<recvfrom 1 B [a]",
        "<recvfrom 1 B [b]",
        ">sendto 1 B [c] … ?",
        "Closed by me",
    ]


def test_what_an_older_duplex_recorded_has_no_calls_and_no_acks(tmp_path: Path) -> None:
    path = tmp_path / "transcript.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript(FIRST_VERSION)
        database.execute("INSERT INTO rows VALUES ((1 << 32) + 1, 1, 1, 6, 1, 1, x'6e6577')")
        database.commit()
    with contextlib.closing(TranscriptReader(path)) as reader:
        found = shown(SequenceRows(reader, Scope(1), "utf-8", tcp=True))
    assert labels(found) == [
        "Recorded by an older Duplex: without calls, without ACKs",
        "<~3 B [old]",
        ">~3 B [new] … ?",
    ]


def test_each_row_of_a_listener_tells_whose_it_is(tape: Tape) -> None:
    peers = {number: Address("192.168.1.23", 50000 + number) for number in (2, 3)}
    tape.put(Opened(1, None, Transport.TCP, Role.SERVER, THERE, None, START))
    for number, peer in peers.items():
        tape.put(
            SocketCalled(1, "accept", "", f"('192.168.1.23', {peer.port})", START),
            Opened(number, 1, Transport.TCP, Role.ACCEPTED, THERE, peer, START),
            recv(number, b"in"),
            MessagesSent(number, [b"out"], peer, "user", START, 3, 0),
            acked(number, 3, 3),
            StateChanged(number, State.HALF_CLOSED_REMOTE, START),
            Closed(number, CloseReason.BY_PEER, None, START),
        )
    found = shown(rows_of(tape, Scope(1, tree=True)))
    # The three arrows of a handshake and the accept(), the recv, the send, the ACK, the FINs, the ends.
    for number, peer in peers.items():
        mine = [row for row in found if row.peer == str(peer)]
        assert len(mine) == 11, number
    assert len(found) == 22
    alone = shown(rows_of(tape, Scope(2, parent=1)))
    assert {row.peer for row in alone} == {""}


@pytest.mark.parametrize("tree", [False, True])
def test_any_part_of_the_diagram_is_what_it_is_in_the_whole(tape: Tape, tree: bool) -> None:
    """The computation from row to step, with notes that make no, one and several rows."""
    tape.put(
        SocketCalled(1, "listen", "5", "", START),
        Opened(1, None, Transport.TCP, Role.SERVER, THERE, None, START),
    )
    scope = Scope(1, tree=True) if tree else Scope(11, parent=1)
    rows = rows_of(tape, scope)
    for number in range(10, 14):
        tape.put(
            SocketCalled(number, "accept", "", str(HERE), START),
            Opened(number, 1, Transport.TCP, Role.ACCEPTED, THERE, HERE, START),
            recv(number, *[b"%d" % n for n in range(number)]),
            recv(number, size=2),
            send(number, *[b"yes"] * 3),
            acked(number, 9, 9),
            StateChanged(number, State.CLOSING, START),
            recv(number, b"last"),
            Closed(number, CloseReason.BY_ME, None, START),
        )
        rows.recount()
    fresh = rows_of(tape, scope)
    whole = shown(fresh)
    assert len(whole) == fresh.count() == rows.count()
    assert shown(rows) == whole
    assert len({row.key for row in whole}) == len(whole)
    for start in range(len(whole)):
        assert list(rows.fetch(start, start + 7)) == whole[start : start + 7]
    assert all(row.key % KEY_PLACES < KEY_PLACES - 1 for row in whole)


@pytest.mark.parametrize("back", [5, 12])
def test_a_long_diagram_begins_late_and_says_so(
    tape: Tape, monkeypatch: pytest.MonkeyPatch, back: int
) -> None:
    client(tape)
    tape.put(*(recv(1, b"%d" % number, start=number) for number in range(10)))
    everything = shown(rows_of(tape))
    monkeypatch.setattr(sequence_rows, "STEPS_BACK", back)
    late = rows_of(tape)
    found = shown(late)
    assert found[0].label == f"{14 - back} earlier ones: see the log"
    assert [row.key for row in found[1:]] == [row.key for row in everything[-(len(found) - 1) :]]
    for start in range(len(found)):
        assert list(late.fetch(start, start + 3)) == found[start : start + 3]
    tape.put(recv(1, b"more", start=10), Closed(1, CloseReason.BY_ME, None, START))
    late.recount()
    assert labels(list(late.fetch(late.count() - 3, late.count())))[0] == "<recv 4 B [more]"
