"""What the kernel tells about a run's sockets, and runs where it tells nothing."""

from __future__ import annotations

import asyncio
import sys

import pytest

from net.lab import lesson_files
from net.lab.lesson import Scene, SceneProgram, Text
from net.lab.lesson_files import load_lesson
from net.lab.recording import Acked, Facts, RecordedEvent
from net.lab.run import facts
from net.lab.run.facts import FactsBook
from net.system.kernel import TcpRow
from tests.net.lab.run.lab_rig import LabRig, Rig

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells all of this")

LISTENER = """\
    import socket
    listener = socket.socket()
    listener.bind(("127.0.0.1", 23461))
    listener.listen(3)
    connection, address = listener.accept()
    print(connection.recv(100))
    connection.close()
    input()
"""
SENDER = """\
    import socket
    s = socket.socket()
    s.connect(("127.0.0.1", 23461))
    s.send(b"AAA")
    s.send(b"BB")
    s.close()
"""


def facts_of(run: Rig, who: str, socket: int) -> list[Facts]:
    return [facts for facts in run.of(Facts, who) if facts.socket == socket]


@linux_only
def test_queue_unread_and_acknowledged_are_told(lab: LabRig) -> None:
    run = lab.start(server=LISTENER, client=SENDER)
    run.make("server before accept 1", "client after connect 1")
    run.wait(lambda: any(facts.queue == 1 for facts in facts_of(run, "server", 1)), "the queue")
    assert facts_of(run, "server", 1)[-1].queue_limit == 3
    run.make("client after send 2", "server after accept 1", "server unread 5")
    unread = facts_of(run, "server", 2)[-1]
    assert (unread.unread, unread.state) == (5, "ESTABLISHED")
    acked = [facts.acked for facts in facts_of(run, "client", 1) if facts.acked]
    assert acked[-1] == 6  # the connector's SYN counts
    run.make("server after recv 1")
    assert facts_of(run, "server", 2)[-1].unread == 0
    assert run.printed("server") == "b'AAABB'\n"


@linux_only
def test_states_are_told_after_close_and_after_the_program(lab: LabRig) -> None:
    run = lab.start(server=LISTENER, client=SENDER)
    run.make("server in accept 1", "client after close 1", "server state CLOSE_WAIT")
    run.make("client ends", "client state FIN_WAIT_2")
    run.make("server after recv 1", "server after close 1", "client state TIME_WAIT", "1.5 seconds pass")
    waiting = [facts for facts in facts_of(run, "client", 1) if facts.state == "TIME_WAIT"]
    assert {facts.timer for facts in waiting} == {"time-wait"}
    left = [facts.timer_left for facts in waiting if facts.timer_left is not None]
    assert 55 < left[-1] < left[0] <= 61
    assert facts_of(run, "server", 2)[-1].state == "CLOSED"
    made = run.moves("server ends")
    assert not made.reached  # it waits at its keyboard


@linux_only
def test_a_connect_that_nobody_answers_is_watched_meanwhile(lab: LabRig) -> None:
    run = lab.start(
        server="""\
        import socket
        listener = socket.socket()
        listener.bind(("127.0.0.1", 23462))
        listener.listen(0)
        input()
        """,
        clients="""\
        import socket
        guests = []
        for guest in range(3):
            s = socket.socket()
            s.settimeout(1.5)
            s.connect(("127.0.0.1", 23462))
            guests.append(s)
        """,
    )
    run.make("server in input 1", "clients after connect 1", "clients in connect 2")
    run.make("clients state SYN_SENT", "clients after connect 2")
    connect = run.calls("clients", "connect")[1]
    assert run.returned(connect).error == "TimeoutError"
    told = facts_of(run, "clients", 2)
    assert any(facts.state == "SYN_SENT" and (facts.retransmissions or 0) >= 1 for facts in told)


@linux_only
def test_a_full_pipe_shows_a_closed_window_and_a_persist_timer(lab: LabRig) -> None:
    run = lab.start(
        server="""\
        import socket
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
        listener.bind(("127.0.0.1", 23463))
        listener.listen(1)
        connection, address = listener.accept()
        input()
        """,
        client="""\
        import socket
        s = socket.socket()
        s.connect(("127.0.0.1", 23463))
        s.sendall(bytes(20_000_000))
        """,
    )
    run.make("server in accept 1", "client after connect 1", "server in input 1", "client in sendall 1")
    run.wait(
        lambda: any(
            facts.send_window == 0 and facts.timer == "persist" and facts.unacked
            for facts in facts_of(run, "client", 1)
        ),
        "the persist timer",
    )
    option = run.calls("server", "setsockopt")[0]
    assert option.arguments == "SOL_SOCKET, SO_RCVBUF, 2304"


@linux_only
def test_datagrams_that_were_dropped_are_counted(lab: LabRig) -> None:
    run = lab.start(
        server="""\
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
        s.bind(("127.0.0.1", 23464))
        input()
        """,
        client="""\
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for number in range(50):
            s.sendto(b"0123456789", ("127.0.0.1", 23464))
        input()
        """,
    )
    run.make("server in input 1", "client in input 1", "server unread 1")
    run.wait(lambda: any(facts.drops == 45 for facts in facts_of(run, "server", 1)), "45 drops")


@linux_only
def test_a_lessons_sends_are_told_when_they_are_acknowledged(lab: LabRig) -> None:
    lesson = load_lesson("stream")
    run = lab.start_scene("stream", lesson.scenes[0])
    run.make("server in accept 1", "client after send 3", "server unread 6")
    told = run.wait(lambda: run.of(Acked, "client")[2:] and run.of(Acked, "client"), "three of them")
    assert [event.offset for event in told] == [3, 5, 6]
    for event, send in zip(told, run.calls("client", "send"), strict=True):
        assert 0 < event.t - send.t < 10
    assert not run.of(Acked, "server")


@linux_only
def test_a_socket_that_is_waited_for_tells_no_such_moments(
    lab: LabRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would wake select() though nothing has come."""
    folder = lab.folder / "waits"
    folder.mkdir()
    lab.write(
        "waits/client.py",
        """\
        import select, socket
        listener = socket.create_server(("127.0.0.1", 0))
        s = socket.create_connection(listener.getsockname())
        s.send(b"AAA")
        print(select.select([s], [], [], 0.3)[0])
        s.settimeout(0.3)
        s.send(b"B")
        try:
            s.recv(10)
        except TimeoutError:
            print("nothing")
        """,
    )
    monkeypatch.setattr(lesson_files, "LESSONS_FOLDER", lab.folder)
    role = Text(en="a", zh_CN="a")
    programs = (SceneProgram(name="client", file="client.py", role=role),)
    run = lab.start_scene("waits", Scene(name="waits", programs=programs))
    run.make("all end")
    assert run.printed() == "[]\nnothing\n"


def test_without_any_facts_all_moves_are_made_and_nothing_is_claimed(
    lab: LabRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("net.lab.run.facts.TOLD", False)
    run = lab.start(server=LISTENER, client=SENDER)
    run.make("server in accept 1", "client after send 2", "server after accept 1", "server unread 5")
    run.make("server after recv 1", "client ends", "client state FIN_WAIT_2", "server after close 1")
    run.make("client state TIME_WAIT")
    assert run.of(Facts) == []
    assert run.printed("server") == "b'AAABB'\n"


def test_a_socket_that_one_look_at_the_table_misses_is_not_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel's table is read in pieces: what moves from one to another meanwhile is in neither."""
    here, there = "127.0.0.1:23461", "127.0.0.1:50000"
    tables = [
        [TcpRow(here, there, "FIN_WAIT_2", "time-wait", 60.0)],
        [],
        [TcpRow(here, there, "TIME_WAIT", "time-wait", 59.8)],
        [],
        [],
    ]
    monkeypatch.setattr(facts, "tcp_table", lambda: tables.pop(0) if tables else [])
    monkeypatch.setattr(facts, "TABLE_SECONDS", 0.001)

    async def scenario() -> list[str | None]:
        loop = asyncio.get_running_loop()
        told: list[RecordedEvent] = []
        book = FactsBook(loop, told.append, loop.time)
        sample = {
            "socket": 2,
            "transport": "tcp",
            "local": here,
            "remote": there,
            "facts": {"state": "ESTABLISHED"},
        }
        book.sampled("server", 0.0, sample)
        book.closed("server", 2)
        while book.in_state("server", "CLOSED") is not True:
            await asyncio.sleep(0.001)
        book.stop()
        return [event.state for event in told if isinstance(event, Facts)]

    assert asyncio.run(asyncio.wait_for(scenario(), 20)) == [
        "ESTABLISHED",
        "FIN_WAIT_2",
        "TIME_WAIT",
        "CLOSED",
    ]


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        ({"state": "FIN_WAIT_1", "unacked": 1}, {"state": "FIN_WAIT_1", "unacked": 1}, 0.2),
        ({"state": "FIN_WAIT_1", "unacked": 1}, {"state": "FIN_WAIT_2", "unacked": 0}, None),
        ({"state": "ESTABLISHED", "unacked": 5}, {"state": "ESTABLISHED", "unacked": 0}, None),
    ],
)
def test_a_timer_is_told_only_while_it_runs(
    monkeypatch: pytest.MonkeyPatch, before: dict[str, object], after: dict[str, object], left: float | None
) -> None:
    """The table with the timers is read now and then, a socket is looked at in between."""
    here, there = "127.0.0.1:50000", "127.0.0.1:23461"
    row = TcpRow(here, there, str(before["state"]), "retransmit", 0.2)
    monkeypatch.setattr(facts, "tcp_table", lambda: [row])
    monkeypatch.setattr(facts, "TABLE_SECONDS", 60.0)

    async def scenario() -> Facts:
        loop = asyncio.get_running_loop()
        told: list[RecordedEvent] = []
        book = FactsBook(loop, told.append, loop.time)
        sample = {"socket": 1, "transport": "tcp", "local": here, "remote": there}
        book.sampled("client", 0.0, {**sample, "facts": before})
        while len(told) < 2:  # the table has been read
            await asyncio.sleep(0.001)
        book.sampled("client", 1.0, {**sample, "facts": after})
        book.stop()
        last = told[-1]
        assert isinstance(last, Facts)
        return last

    last = asyncio.run(asyncio.wait_for(scenario(), 20))
    assert (last.state, last.timer_left) == (after["state"], left)
