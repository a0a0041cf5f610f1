"""``--wait SECONDS``: the program ends by itself, so long after the last message and no sooner."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_terminal import Starter, listening_port
from tests.ports import free_port
from tests.programs import Programs, running_programs
from tests.waiting import wait_until


@pytest.fixture
def programs() -> Iterator[Programs]:
    with running_programs() as started:
        yield started


@pytest.fixture
def duplex(programs: Programs, tmp_path: Path) -> Starter:
    return Starter(programs, tmp_path)


def passed(since: float, seconds: float) -> None:
    """Let ``seconds`` after ``since`` go by."""
    wait_until(lambda: time.monotonic() >= since + seconds)


def test_a_server_that_nobody_calls_ends(duplex: Starter) -> None:
    began = time.monotonic()
    server = duplex("tcp-server://127.0.0.1:0", "--wait", "1.5")
    listening_port(server)
    assert server.wait() == 0
    assert time.monotonic() >= began + 1.5
    assert "Traceback" not in server.printed


def test_each_message_in_either_direction_puts_the_end_off(duplex: Starter) -> None:
    server = duplex("tcp-server://127.0.0.1:0", "--wait", "2")
    with socket.create_connection(("127.0.0.1", listening_port(server))) as peer:
        last = time.monotonic()
        for number in range(4):
            passed(last, 1.0)
            last = time.monotonic()
            if number % 2:
                server.type(f"answer {number}")
                assert peer.recv(100) == f"answer {number}".encode()
            else:
                peer.sendall(f"question {number}".encode())
                server.wait_for(f"question {number}")
        assert server.wait() == 0
        assert time.monotonic() >= last + 2.0
        assert peer.recv(100) == b""


def test_an_endpoint_waits_longer_for_an_answer_than_by_itself(duplex: Starter) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(60.0)
        url = f"udp://127.0.0.1:0?peer=127.0.0.1:{peer.getsockname()[1]}"
        asking = duplex(url, "--wait", "4")
        asking.type("time?")
        asking.end_input()
        data, address = peer.recvfrom(100)
        passed(time.monotonic(), 3.0)
        peer.sendto(b"noon", address)
        assert asking.wait() == 0
    assert data == b"time?" and "noon" in asking.printed


def test_a_client_still_ends_with_its_conversation_and_with_its_fault(duplex: Starter) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = duplex(f"tcp-client://127.0.0.1:{listener.getsockname()[1]}", "--wait", "600")
        listener.accept()[0].close()
        assert client.wait() == 0
    assert duplex(f"tcp-client://127.0.0.1:{free_port()}", "--wait", "600").wait() == 3
