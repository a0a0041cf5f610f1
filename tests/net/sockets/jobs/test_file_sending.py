"""Files through a fake session, and through real endpoints."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from net.address import Address
from net.events import Fault, FaultKind
from net.sockets.commands import SendFile
from net.sockets.events import FilePart, FileProgressed
from net.sockets.jobs.file_sending import QUEUE_LIMIT, FileSender
from tests.net.loop_thread import LoopThread
from tests.net.sockets.jobs.fake_session import FakeSession
from tests.waiting import wait_until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "大 file.bin"
    file.write_bytes(os.urandom(3_000_001))
    return file


def start(
    net_loop: LoopThread, session: FakeSession, path: Path | str, chunk: int = 65536, interval: float = 0.0
) -> FileSender:
    command = SendFile(1, 7, str(path), Address("127.0.0.1", 9), chunk, interval)
    sending: FileSender = net_loop.call(FileSender, net_loop.loop, session, command, net_loop.outlet)
    net_loop.call(sending.start)
    return sending


def wait_state(net_loop: LoopThread, state: str) -> FileProgressed:
    def found() -> FileProgressed | None:
        return next((event for event in net_loop.of(FileProgressed) if event.state == state), None)

    event = wait_until(found, what=f"{state}; reported: {net_loop.of(FileProgressed)}")
    assert event is not None
    return event


def test_the_whole_file_is_sent_in_messages_of_the_requested_size(net_loop: LoopThread, path: Path) -> None:
    session = FakeSession()
    start(net_loop, session, path, chunk=1000)
    finished = wait_state(net_loop, "finished")
    assert session.data == path.read_bytes()
    assert {len(message) for message, _, _ in session.sent[:-1]} == {1000}
    assert {str(to) for _, to, _origin in session.sent} == {"127.0.0.1:9"}
    origins = [origin for _message, _to, origin in session.sent if isinstance(origin, FilePart)]
    assert [origin.start for origin in origins] == list(range(0, 3_000_001, 1000))
    facts = (7, str(path), 3_000_001, path.stat().st_mtime_ns)
    assert {tuple(origin.file) for origin in origins} == {facts}
    assert finished.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (finished.sent, finished.size, finished.job, finished.path) == (3_000_001, 3_000_001, 7, str(path))
    assert net_loop.of(FileProgressed)[0].state == "sending"


def test_an_empty_file_is_finished_at_once(net_loop: LoopThread, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    session = FakeSession()
    start(net_loop, session, tmp_path / "empty")
    assert wait_state(net_loop, "finished").size == 0
    assert not session.sent


def test_a_slow_peer_is_waited_for(net_loop: LoopThread, path: Path) -> None:
    session = FakeSession()
    session.queues = True
    start(net_loop, session, path)
    wait_until(lambda: session.queued > QUEUE_LIMIT)
    most = 0
    while not any(event.state == "finished" for event in net_loop.of(FileProgressed)):
        most = max(most, session.queued)
        net_loop.call(setattr, session, "queued", max(0, session.queued - 100_000))
    assert session.data == path.read_bytes()
    assert most <= QUEUE_LIMIT + 65536


def test_pause_holds_and_resume_goes_on(net_loop: LoopThread, path: Path) -> None:
    session = FakeSession()
    sending: list[FileSender] = []

    def pause_early() -> None:
        if len(session.sent) == 3:
            sending[0].pause()

    session.on_send = pause_early
    command = SendFile(1, 7, str(path), None, 65536)
    sending.append(net_loop.call(FileSender, net_loop.loop, session, command, net_loop.outlet))
    net_loop.call(sending[0].start)
    assert wait_state(net_loop, "paused").sent == 3 * 65536
    net_loop.call(lambda: None)
    assert len(session.sent) == 4
    net_loop.call(sending[0].resume)
    wait_state(net_loop, "finished")
    assert session.data == path.read_bytes()


def test_cancel_ends_it_also_while_it_waits(net_loop: LoopThread, path: Path) -> None:
    session = FakeSession()
    sending = start(net_loop, session, path, interval=3600)
    wait_until(lambda: session.sent)
    net_loop.call(sending.cancel)
    net_loop.call(sending.cancel)
    assert wait_state(net_loop, "cancelled").sent == 65536
    wait_until(lambda: sending._task is not None and sending._task.done())
    assert [event.state for event in net_loop.of(FileProgressed)].count("cancelled") == 1


def test_cancel_ends_it_while_paused(net_loop: LoopThread, path: Path) -> None:
    session = FakeSession()
    session.queued = QUEUE_LIMIT + 1
    sending = start(net_loop, session, path)
    net_loop.call(sending.pause)
    wait_state(net_loop, "paused")
    net_loop.call(sending.cancel)
    wait_state(net_loop, "cancelled")
    wait_until(lambda: sending._task is not None and sending._task.done())
    assert not session.sent


@pytest.mark.parametrize("name", ["missing", "folder", "fifo", "nul\0"])
def test_what_cannot_be_read_is_reported(net_loop: LoopThread, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    if name == "fifo":
        if not hasattr(os, "mkfifo"):
            pytest.skip("no FIFOs here")
        os.mkfifo(tmp_path / name)
    start(net_loop, FakeSession(), f"{tmp_path}/{name}")
    fault = wait_state(net_loop, "failed").fault
    assert fault is not None and fault.kind is FaultKind.FILE_UNREADABLE
    assert fault.params["path"] == f"{tmp_path}/{name}" and fault.params["detail"]


@pytest.mark.parametrize("change", ["longer", "shorter", "rewritten"])
def test_a_file_that_changes_meanwhile_is_reported(net_loop: LoopThread, path: Path, change: str) -> None:
    session = FakeSession()
    session.queues = True
    start(net_loop, session, path)
    wait_until(lambda: session.queued > QUEUE_LIMIT)
    if change == "longer":
        with path.open("ab") as file:
            file.write(b"more")
    elif change == "shorter":
        os.truncate(path, 100_000)
    else:
        os.utime(path, (1, 1))

    def drain() -> bool:
        net_loop.call(setattr, session, "queued", 0)
        return any(event.state == "failed" for event in net_loop.of(FileProgressed))

    wait_until(drain)
    fault = wait_state(net_loop, "failed").fault
    assert fault == Fault(FaultKind.FILE_CHANGED, {"path": str(path)})


def test_a_session_that_closes_meanwhile_fails_it(net_loop: LoopThread, path: Path) -> None:
    session = FakeSession()
    session.queues = True
    start(net_loop, session, path)
    wait_until(lambda: session.queued > QUEUE_LIMIT)
    net_loop.call(session.close)
    fault = wait_state(net_loop, "failed").fault
    assert fault is not None and fault.kind is FaultKind.NOT_OPEN


def test_when_the_session_ends_it_fails_once_and_at_once(net_loop: LoopThread, path: Path) -> None:
    session = FakeSession()
    sending = start(net_loop, session, path, interval=3600)
    wait_until(lambda: session.sent)
    net_loop.call(sending.session_ended)
    assert net_loop.of(FileProgressed)[-1].state == "failed"
    wait_until(lambda: sending._task is not None and sending._task.done())
    assert [event.state for event in net_loop.of(FileProgressed)].count("failed") == 1


def test_what_the_session_refuses_fails_it(net_loop: LoopThread, path: Path) -> None:
    session = FakeSession()
    session.refuse = Fault(FaultKind.NO_DESTINATION)
    start(net_loop, session, path)
    assert wait_state(net_loop, "failed").fault == session.refuse


def test_over_udp_a_chunk_is_no_larger_than_a_datagram(net_loop: LoopThread, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(200_000))
    receiver = net_loop.open(receive_buffer=4 * 1024 * 1024)
    sender = net_loop.open()
    command = SendFile(sender.session, 7, str(path), receiver.local_address, interval=0.001)
    sending: FileSender = net_loop.call(FileSender, net_loop.loop, sender, command, net_loop.outlet)
    net_loop.call(sending.start)
    wait_state(net_loop, "finished")
    assert b"".join(net_loop.wait_received(receiver, 4)) == path.read_bytes()
    assert len(net_loop.received(receiver)[0]) == 65_507
