"""UDP and the jobs through the whole Engine."""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from net.address import Address
from net.engine import Engine
from net.events import EngineStopped, Event, FaultKind
from net.protocol.framing import Framing, FramingKind
from net.protocol.reply import ReplyRule
from net.sockets.commands import (
    Close,
    JoinGroup,
    LeaveGroup,
    Send,
    SendFile,
    SetReplyRules,
    StartRepeat,
    TcpConnect,
    UdpOpen,
)
from net.sockets.events import (
    Closed,
    CloseReason,
    CountersChanged,
    DatagramsReceived,
    FaultOccurred,
    FileProgressed,
    GroupChanged,
    MessagesSent,
    Opened,
    RepeatProgressed,
    ReplyRulesChanged,
    Transport,
)
from tests.waiting import PATIENCE_SECONDS, wait_until

E = TypeVar("E")


class Running:
    def __init__(self) -> None:
        self.engine = Engine()
        self.events: list[Event] = []

    def of(self, kind: type[E], session: int | None = None) -> list[E]:
        with contextlib.suppress(queue.Empty):
            while True:
                self.events.extend(self.engine.events.get_nowait())
        return [
            event
            for event in self.events
            if isinstance(event, kind) and session in (None, getattr(event, "session", None))
        ]

    def wait(self, kind: type[E], session: int | None = None, count: int = 1) -> E:
        wait_until(lambda: len(self.of(kind, session)) >= count, what=f"{kind.__name__} {count}")
        return self.of(kind, session)[count - 1]

    def open(self, address: Address | None = None, **options: object) -> Opened:
        session = self.engine.new_session()
        where = address or Address("127.0.0.1", 0)
        self.engine.submit(UdpOpen(session, where, **options))  # type: ignore[arg-type]
        return self.wait(Opened, session)

    def received(self, session: int) -> list[bytes]:
        return [data for event in self.of(DatagramsReceived, session) for data in event.datagrams]


@pytest.fixture
def running() -> Iterator[Running]:
    running = Running()
    yield running
    running.engine.stop()
    assert running.engine.join(PATIENCE_SECONDS)
    assert running.of(EngineStopped) and isinstance(running.events[-1], EngineStopped)
    for opened in running.of(Opened):
        assert len(running.of(Closed, opened.session)) == 1
        mine = [event for event in running.events if getattr(event, "session", None) == opened.session]
        assert isinstance(mine[-1], Closed), mine[-1]


def test_two_endpoints_talk_and_are_counted(running: Running) -> None:
    first, second = running.open(), running.open()
    assert first.transport is Transport.UDP
    running.engine.submit(Send(first.session, [b"hello", "你好".encode()], second.local_address))
    wait_until(lambda: running.received(second.session) == [b"hello", "你好".encode()])
    sent = running.wait(MessagesSent, first.session)
    assert sent.remote_address == second.local_address

    def counted() -> list[tuple[int, int, int]]:
        reported = running.of(CountersChanged, second.session)[-1:]
        return [(last.messages_received, last.bytes_received, last.drops) for last in reported]

    wait_until(lambda: counted() == [(2, 11, 0)])
    running.engine.submit(Close(second.session))
    assert running.wait(Closed, second.session).reason is CloseReason.BY_ME
    running.engine.submit(Send(second.session, [b"late"]))
    assert running.wait(FaultOccurred, second.session).fault.kind is FaultKind.NOT_OPEN
    # The fixture allows nothing after a session's end; the reply to a late command is the exception.
    running.events = [event for event in running.events if not isinstance(event, FaultOccurred)]


def test_groups_and_rules_by_command(running: Running) -> None:
    endpoint = running.open(Address("0.0.0.0", 0))
    group = Address("239.77.5.5", 0)
    running.engine.submit(JoinGroup(endpoint.session, group, "127.0.0.1"))
    assert running.wait(GroupChanged).joined
    running.engine.submit(LeaveGroup(endpoint.session, group))
    assert not running.wait(GroupChanged, count=2).joined
    running.engine.submit(SetReplyRules(endpoint.session, (ReplyRule(answer="re: {text}"),)))
    assert len(running.wait(ReplyRulesChanged).rules) == 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.settimeout(PATIENCE_SECONDS)
        peer.sendto(b"question", ("127.0.0.1", endpoint.local_address.port))
        assert peer.recv(100) == b"re: question"
    assert running.wait(MessagesSent).origin == "reply"


def test_repeating_ends_before_its_session(running: Running) -> None:
    first, second = running.open(), running.open()
    job = running.engine.new_job()
    running.engine.submit(StartRepeat(first.session, job, b"tick", 0.005, None, second.local_address))
    wait_until(lambda: len(running.received(second.session)) >= 5)
    running.engine.submit(Close(first.session))
    running.wait(Closed, first.session)
    progress = running.of(RepeatProgressed, first.session)
    assert [event.finished for event in progress].count(True) == 1 and progress[-1].finished


def test_a_file_over_udp_ends_before_its_session(running: Running, tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.truncate(1 << 30)  # sending it takes hours
    first, second = running.open(), running.open()
    job = running.engine.new_job()
    running.engine.submit(SendFile(first.session, job, str(path), second.local_address, 1000, 0.01))
    wait_until(lambda: len(running.received(second.session)) >= 5)
    running.engine.submit(Close(first.session))
    running.wait(Closed, first.session)
    last = running.of(FileProgressed, first.session)[-1]
    assert last.state == "failed" and last.fault is not None and last.fault.kind is FaultKind.NOT_OPEN


def connect(running: Running, listener: socket.socket, framing: Framing) -> tuple[int, socket.socket]:
    session = running.engine.new_session()
    address = Address.from_socket(listener.getsockname())
    running.engine.submit(TcpConnect(session, address, framing=framing))
    peer = listener.accept()[0]
    running.wait(Opened, session)
    return session, peer


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        sock.settimeout(PATIENCE_SECONDS)
        yield sock


def test_a_file_over_tcp_waits_for_a_peer_that_does_not_read(
    running: Running, listener: socket.socket, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(20_000_000))
    session, peer = connect(running, listener, Framing())
    with peer:
        running.engine.submit(SendFile(session, running.engine.new_job(), str(path)))
        wait_until(lambda: any(event.queued > 500_000 for event in running.of(CountersChanged, session)))
        got = bytearray()

        def read() -> None:
            while len(got) < 20_000_000 and (data := peer.recv(1 << 20)):
                got.extend(data)

        thread = threading.Thread(target=read)
        thread.start()
        wait_until(lambda: any(event.state == "finished" for event in running.of(FileProgressed)), 60)
        thread.join(60)
        assert bytes(got) == path.read_bytes()
        assert max(event.queued for event in running.of(CountersChanged, session)) < 2_000_000


def test_a_file_that_does_not_fit_the_framing_fails(
    running: Running, listener: socket.socket, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 1000)
    session, peer = connect(running, listener, Framing(FramingKind.FIXED, size=300))
    with peer:
        running.engine.submit(SendFile(session, running.engine.new_job(), str(path), chunk=300))
        wait_until(lambda: any(event.state == "failed" for event in running.of(FileProgressed)))
        last = running.of(FileProgressed, session)[-1]
        assert (last.sent, last.fault and last.fault.kind) == (900, FaultKind.MESSAGE_SIZE)
