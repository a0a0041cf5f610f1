"""Programs that do anything but the task, and tasks that can't be begun."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from net.events import FaultKind
from net.lab.commands import Knock, ReleaseAttempt, StartTask, StopTask
from net.lab.events import AttemptBegan, AttemptJudged, AttemptLine, TaskEnded, TaskListening
from net.lab.tasks import examination
from net.lab.tasks.grading import Grader, StreamGrader
from tests.net.conftest import threads_left
from tests.net.lab.tasks.examined import Examined, examined, kinds_of
from tests.net.loop_thread import LoopThread
from tests.waiting import PATIENCE_SECONDS, wait_until


@pytest.fixture
def running(net_loop: LoopThread, tmp_path: Path) -> Iterator[Examined]:
    with examined(net_loop, tmp_path) as running:
        yield running
    wait_until(lambda: not threads_left(), what="the end of the threads")


def connect(running: Examined, task: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(running.listen(task)[1])), PATIENCE_SECONDS)


def verdict(running: Examined, task: str, count: int = 1) -> AttemptJudged:
    number, _ = running.listen(task)
    wait_until(lambda: len(running.verdicts(number)) >= count, what="a verdict")
    return running.verdicts(number)[count - 1]


# --- Programs ---


def test_one_that_never_stops_sending_is_cut_off(running: Examined) -> None:
    for task in ("stream", "who-hangs-up", "http", "which-door"):
        with connect(running, task) as sock, pytest.raises(OSError):
            while True:
                sock.sendall(b"x\n" * 500_000)
        assert verdict(running, task).code in ("sent-too-much", "answered-too-early", "not-a-number",
                                               "line-feed-only", "not-a-door", "head-too-long")  # fmt: skip


def test_a_gigabyte_of_datagrams_is_cut_off(running: Examined) -> None:
    number, port = running.listen("reliability")
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        while not running.verdicts(number):
            for _ in range(20):
                sock.sendto(b"flood 1", ("127.0.0.1", int(port)))
    assert verdict(running, "reliability").code == "hammered"


@pytest.mark.parametrize("task", ["stream", "reliability"])
def test_a_task_begins_again_at_the_same_port(running: Examined, task: str) -> None:
    number, port = running.listen(task)
    for again in range(900, 910):
        running.submit(StopTask(number))
        running.submit(StartTask(again, task, "127.0.0.1", int(port), 1))
        wait_until(lambda: listening_or_ended(running, again), what="listening again")  # noqa: B023
        assert isinstance(listening_or_ended(running, again)[0], TaskListening)
        number = again
    running.submit(StopTask(number))
    running.submit(StartTask(910, task, "127.0.0.1", int(port), 1))
    running.submit(StopTask(910))
    wait_until(lambda: any(e.task == 910 for e in running.thread.of(TaskEnded)), what="the end of it")


def listening_or_ended(running: Examined, task: int) -> list[TaskListening | TaskEnded]:
    events: list[TaskListening | TaskEnded] = [
        *running.thread.of(TaskListening),
        *running.thread.of(TaskEnded),
    ]
    return [event for event in events if event.task == task]


def test_silence_and_garbage_are_told_apart(running: Examined, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Grader, "PATIENCE", 0.5)
    monkeypatch.setattr(StreamGrader, "LINE_END_PATIENCE", 0.5)
    with connect(running, "stream"):
        assert verdict(running, "stream").code == "no-name"
    with connect(running, "stream") as sock:
        sock.sendall(bytes(range(1, 9)) * 10)
        assert verdict(running, "stream", 2).code == "no-line-end"
    with connect(running, "stream") as sock:
        sock.sendall(b"\x00\xff\xfe\n\x81\n")
        assert verdict(running, "stream", 3).code == "not-a-number"
    assert verdict(running, "stream", 3).who.isprintable()


def test_one_that_is_killed_in_the_middle(running: Examined) -> None:
    sock = connect(running, "stream")
    sock.sendall(b"seat 7\n")
    sock.recv(1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    sock.close()
    judged = verdict(running, "stream")
    assert (judged.who, judged.code) == ("seat 7", "left-early")
    assert judged.lines[-1][1:] == ("note", "reset")


def test_one_that_does_not_read_is_reset(running: Examined, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "CLOSE_SECONDS", 0.2)
    with connect(running, "hello-server") as sock:
        sock.sendall(b"seat 7\nearly\n")
        assert verdict(running, "hello-server").code == "answered-too-early"
        sock.settimeout(PATIENCE_SECONDS)
        with contextlib.suppress(ConnectionResetError):
            assert sock.recv(100) == b""


def test_many_from_one_address_are_limited(running: Examined, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "ADDRESS_LIMIT", 5)
    number, _ = running.listen("stream")
    socks = [connect(running, "stream") for _ in range(9)]
    for sock in socks[5:]:
        assert sock.recv(10) == b""  # closed at once
    wait_until(lambda: len(running.thread.of(AttemptBegan)) == 5)
    for sock in socks:
        sock.close()
    wait_until(lambda: len(running.verdicts(number)) == 5)
    with connect(running, "stream") as sock:
        sock.sendall(b"next\n")
        assert sock.recv(1)


def test_two_pupils_at_once_and_one_again(running: Examined) -> None:
    """Each attempt has its own seed, and the same seed makes the same lines."""
    right = next(kind for kind in kinds_of("hello-server") if kind.path.name == "right.c")
    number, _ = running.listen("hello-server")
    first, second = running.start(right, 1), running.start(right, 2)
    wait_until(lambda: running.judged(first) and running.judged(second))
    assert all(event.passed for event in running.verdicts(number))
    sent = {event.attempt: event.text for event in running.thread.of(AttemptLine) if event.direction == "out"}
    assert sent[1] != sent[2]
    running.submit(StartTask(99, "hello-server", "127.0.0.1", 0, 2))
    port = running.thread.wait(TaskListening, count=2).addresses[0].rpartition(":")[2]
    with socket.create_connection(("127.0.0.1", int(port))) as sock:
        sock.sendall(b"again\n")
        assert sock.recv(100).decode().strip() == sent[2].removesuffix("\\n")
    running.submit(StopTask(99))
    running.thread.wait(TaskEnded)


def test_a_stuck_program_is_released(running: Examined) -> None:
    number, _ = running.listen("stream")
    with connect(running, "stream") as sock:
        sock.sendall(b"stuck\n")
        assert sock.recv(1000)
        attempt = running.thread.wait(AttemptBegan).attempt
        running.submit(ReleaseAttempt(number, attempt))
        while sock.recv(1000):
            pass
    judged = verdict(running, "stream")
    assert (judged.who, judged.code) == ("stuck", "released")
    running.submit(ReleaseAttempt(number, attempt))
    running.submit(ReleaseAttempt(12345, 1))


def test_an_old_address_is_a_new_program(running: Examined) -> None:
    number, port = running.listen("postcards")
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.settimeout(PATIENCE_SECONDS)
        sock.connect(("127.0.0.1", int(port)))
        for name in (b"first", b"second"):
            sock.send(name)
            answered: set[bytes] = set()
            while len(answered) < 10:
                question, a, b = sock.recv(100).split()
                if question not in answered:
                    answered.add(question)
                    sock.send(b"%s %d" % (question, int(a) + int(b)))
            while len(running.verdicts(number)) < 1:
                sock.settimeout(0.1)
                try:
                    sock.recv(100)
                except TimeoutError:
                    continue
            sock.settimeout(PATIENCE_SECONDS)
        wait_until(lambda: len(running.verdicts(number)) == 2)
    assert [(event.who, event.passed) for event in running.verdicts(number)] == [
        ("first", True),
        ("second", True),
    ]


def test_one_that_goes_on_after_its_verdict_is_no_new_attempt(
    running: Examined, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examination, "STRAGGLER_SECONDS", 0.2)
    number, port = running.listen("reliability-3")
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", int(port)))
        sock.send(b"first 9")
        assert verdict(running, "reliability-3").code == "window-too-wide"
        end = time.monotonic() + 0.6
        while time.monotonic() < end:
            sock.send(b"first 9")
            sock.settimeout(0.05)
            with pytest.raises(TimeoutError):
                sock.recv(100)
        assert len(running.thread.of(AttemptBegan)) == 1
        sock.send(b"second 9")
        wait_until(lambda: len(running.verdicts(number)) == 2)


# --- Tasks ---


def test_a_port_in_use_is_a_fault_that_names_the_program(running: Examined) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        running.submit(StartTask(50, "stream", "127.0.0.1", port, 1))
        ended = running.thread.wait(TaskEnded)
    assert ended.task == 50 and ended.fault is not None
    assert ended.fault.kind is FaultKind.ADDRESS_IN_USE
    assert ended.fault.params["address"] == f"127.0.0.1:{port}"


def test_an_address_of_another_pc_is_a_fault(running: Examined) -> None:
    running.submit(StartTask(50, "postcards", "192.0.2.1", 0, 1))
    ended = running.thread.wait(TaskEnded)
    assert ended.fault is not None and ended.fault.kind is FaultKind.ADDRESS_NOT_LOCAL


NO_NAME = "a" * 70
"""Longer than a name's part can be (RFC 1035 section 2.3.4): Python raises UnicodeError."""


def test_a_name_that_none_can_be(running: Examined) -> None:
    running.submit(StartTask(50, "stream", NO_NAME, 0, 1))
    assert running.thread.wait(TaskEnded).fault is not None
    running.submit(Knock(51, "serve-page", NO_NAME, 80, 1))
    running.thread.wait(AttemptJudged)
    assert [event.code for event in running.thread.of(AttemptJudged)] == ["connect-without-answer"]


def test_all_addresses_are_told_for_pupils(running: Examined) -> None:
    running.submit(StartTask(50, "stream", "0.0.0.0", 0, 1))
    addresses = running.thread.wait(TaskListening).addresses
    assert addresses[-1].startswith("127.0.0.1:") and not any("0.0.0.0" in each for each in addresses)
    running.submit(StopTask(50))
    running.thread.wait(TaskEnded)


def test_stopping_ends_everything(running: Examined) -> None:
    number, port = running.listen("which-door")
    with connect(running, "which-door") as sock:
        sock.sendall(b"seat 7\n")
        table = sock.makefile().readline()
        assert table.startswith("127.0.0.1:")
        running.submit(StopTask(number))
        wait_until(lambda: running.thread.of(TaskEnded))
        assert not running.verdicts(number)
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", int(port)))
    running.submit(StopTask(number))
    del running._listening["which-door"]


@pytest.mark.parametrize("task", ["stream", "reliability"])
def test_the_next_task_takes_the_port_of_the_one_that_was_stopped(running: Examined, task: str) -> None:
    """Another level, or the same seed again: both commands come together."""
    number, port = running.listen(task)
    running.submit(StopTask(number))
    running.submit(StartTask(50, task, "127.0.0.1", int(port), 7))
    running.submit(StopTask(50))
    running.submit(StartTask(51, task, "127.0.0.1", int(port), 8))
    wait_until(lambda: [event for event in running.thread.of(TaskListening) if event.task == 51])
    running.submit(StopTask(51))
    wait_until(lambda: len(running.thread.of(TaskEnded)) == 3)
    assert {(event.task, event.fault) for event in running.thread.of(TaskEnded)} == {
        (number, None),
        (50, None),
        (51, None),
    }
    running._listening.clear()


def test_nobody_listens_where_we_knock(running: Examined) -> None:
    with socket.socket() as guard:
        guard.bind(("127.0.0.1", 0))
        running.submit(Knock(50, "serve-page", "127.0.0.1", guard.getsockname()[1], 1))
        running.thread.wait(TaskEnded)
    judged = running.thread.of(AttemptJudged)
    assert [event.code for event in judged] == ["nobody-listens"]


def test_a_server_that_never_answers(running: Examined, monkeypatch: pytest.MonkeyPatch) -> None:
    from net.lab.tasks.serve_page import ServePage

    monkeypatch.setattr(ServePage, "ANSWER_PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        running.submit(Knock(50, "serve-page", "127.0.0.1", server.getsockname()[1], 1))
        running.thread.wait(TaskEnded)
    assert [event.code for event in running.thread.of(AttemptJudged)] == ["no-response"]


def test_the_end_leaves_nothing(running: Examined) -> None:
    for task in ("stream", "postcards", "which-door"):
        running.listen(task)
    with connect(running, "stream"):
        running.thread.wait(AttemptBegan)
        running.stop()
        wait_until(lambda: not threads_left())
    running._listening.clear()
