"""A relay between two PCs (network namespaces): its client is on the other one."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.netns import Pc, two_pcs
from tests.waiting import wait_until

pytestmark = pytest.mark.netns

RELAY = Path(__file__).with_name("relay_program.py")
CLIENT = """
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
where = socket.getaddrinfo(sys.argv[1], int(sys.argv[2]), type=socket.SOCK_DGRAM)[0][4]
for text in sys.argv[3:]:
    s.sendto(text.encode(), where)
    try:
        print("answer", s.recv(100).decode())
    except TimeoutError:
        print("silence")
"""
ECHO = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 9000))
print("ready", flush=True)
while True:
    data, who = s.recvfrom(100)
    s.sendto(data.upper(), who)
"""


@pytest.fixture
def lan() -> Iterator[tuple[Pc, Pc]]:
    with two_pcs() as pcs:
        yield pcs


def lines_of(pc: Pc, *arguments: str) -> list[str]:
    """The lines that a program on this PC has printed so far; it goes on."""
    process = pc.popen([sys.executable, *arguments])
    lines: list[str] = []

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip("\n"))

    threading.Thread(target=read, daemon=True).start()
    wait_until(lambda: lines, what="its first line")
    return lines


def test_a_client_of_another_pc_reaches_a_target_that_only_the_relay_sees(lan: tuple[Pc, Pc]) -> None:
    a, b = lan
    lines_of(b, "-c", ECHO)
    relay = lines_of(b, str(RELAY), "0.0.0.0:6000", "127.0.0.1:9000", "lose=2&delay=0.02")
    assert relay == ["open 0.0.0.0:6000"]
    done = a.run([sys.executable, "-c", CLIENT, b.address, "6000", "one", "two", "three"])
    # The second question is lost, and of the answers to the others the second.
    assert done.stdout.split("\n")[:3] == ["answer ONE", "silence", "silence"]
    wait_until(lambda: len(relay) >= 6)
    client = relay[1].split()[0]
    assert client.startswith(f"{a.address}:")
    assert sorted(relay[1:]) == sorted(
        [
            f"{client} there passed one",
            f"{client} back passed ONE",
            f"{client} there lost two",
            f"{client} there passed three",
            f"{client} back lost THREE",
        ]
    )


def test_a_pulled_cable_does_not_end_the_relay(lan: tuple[Pc, Pc]) -> None:
    a, b = lan
    lines_of(b, "-c", ECHO)
    relay = lines_of(b, str(RELAY), "0.0.0.0:6000", "127.0.0.1:9000", "")
    b.set_link(up=False)
    b.set_link(up=True)
    done = a.run([sys.executable, "-c", CLIENT, b.address, "6000", "still", "there"])
    assert "answer" in done.stdout
    assert not any(line.startswith("ended") for line in relay)


def test_the_subnets_broadcast_address_is_refused(lan: tuple[Pc, Pc]) -> None:
    _a, b = lan
    relay = lines_of(b, str(RELAY), "0.0.0.0:6000", f"{b.broadcast}:9000", "")
    assert "relay_target" in relay[0].lower()
