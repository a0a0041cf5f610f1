"""Endpoints on a LAN of two PCs (network namespaces): broadcast, groups, scope ids, and a cable that is
pulled."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.netns import Pc, two_pcs
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.netns

PROGRAM = Path(__file__).with_name("endpoint_program.py")
MAIN = Path(__file__).resolve().parents[4] / "main.py"


class Remote:
    """An endpoint that runs on a PC."""

    def __init__(self, pc: Pc, address: str, **options: object) -> None:
        arguments = json.dumps({"address": address, **options})
        self.process: subprocess.Popen[str] = pc.popen([sys.executable, str(PROGRAM), arguments])
        self.events: list[dict[str, Any]] = []
        threading.Thread(target=self._read, daemon=True).start()
        self.wait(lambda event: event["event"] in ("Opened", "OpenFailed"))

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def do(self, *what: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def wait(self, condition: Any, timeout: float = PATIENCE_SECONDS) -> dict[str, Any]:
        found = wait_until(
            lambda: next((event for event in self.events if condition(event)), None), timeout, what=str(self)
        )
        assert found is not None
        return found

    def wait_fault(self, kind: str) -> dict[str, Any]:
        return self.wait(lambda event: event.get("kind") == kind)

    def received(self) -> list[str]:
        return [text for event in self.events for text in event.get("data", [])]

    def wait_received(self, *texts: str) -> None:
        wait_until(lambda: len(self.received()) >= len(texts), what=f"{texts} at {self}")
        assert self.received() == list(texts)

    def __str__(self) -> str:
        return f"endpoint that reported {self.events}"


@pytest.fixture
def lan() -> Iterator[tuple[Pc, Pc]]:
    with two_pcs() as pcs:
        yield pcs


def test_broadcast_reaches_the_other_pc(lan: tuple[Pc, Pc]) -> None:
    a, b = lan
    listener = Remote(b, "0.0.0.0:5000")
    timid = Remote(a, "0.0.0.0:0")
    timid.do("send", "may I?", f"{a.broadcast}:5000")
    assert timid.wait_fault("broadcast_not_allowed")["params"] == {"address": f"{a.broadcast}:5000"}
    bold = Remote(a, "0.0.0.0:0", broadcast=True, peer=f"{a.broadcast}:5000")
    bold.do("send", "everyone", None)
    listener.wait_received("everyone")
    sender = listener.wait(lambda event: "senders" in event)["senders"][0]
    assert sender.startswith(f"{a.address}:")
    listener.do("send", "here", sender)
    bold.wait_received("here")
    # Without a default route the system finds no way to 255.255.255.255.
    bold.do("send", "world", "255.255.255.255:5000")
    listener.wait_received("everyone", "world")


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0"])
def test_everybody_is_reached_by_the_interface_that_is_chosen(lan: tuple[Pc, Pc], address: str) -> None:
    a, b = lan
    # Another cable, which leads to nobody.
    a.run(["ip", "link", "add", "veth7", "type", "veth", "peer", "veth8"])
    a.run(["ip", "address", "add", "10.77.0.1/24", "dev", "veth7"])
    for end in ("veth7", "veth8"):
        a.run(["ip", "link", "set", end, "up"])
    listener = Remote(b, "0.0.0.0:5000")
    everybody = "255.255.255.255:5000"
    elsewhere = Remote(a, address, broadcast=True, interface="veth7")
    elsewhere.do("send", "elsewhere", everybody)
    chosen = Remote(a, address, broadcast=True, interface=a.interface)
    chosen.do("send", "chosen", everybody)
    left_alone = Remote(a, address, broadcast=True)
    left_alone.do("send", "a real one first", everybody)
    listener.wait_received("chosen", "a real one first")
    a.run(["ip", "link", "del", "veth7"])
    elsewhere.do("send", "nowhere", everybody)
    assert elsewhere.wait_fault("interface_gone")["params"] == {"interface": "veth7"}
    a.set_link(up=False)
    left_alone.do("send", "no way left", everybody)
    assert left_alone.wait_fault("unreachable")["params"] == {"address": everybody}


ASK = """
import socket, sys
host, port = sys.argv[1], int(sys.argv[2])
info = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
sock = socket.socket(info[0], socket.SOCK_DGRAM)
sock.settimeout(20)
sock.connect(info[4])
for number in range(2):
    sock.send(b"question")
    print(sock.recv(100).decode(), flush=True)
"""


@pytest.mark.parametrize(
    ("bound", "extra"),
    [
        ("0.0.0.0:5000", "{subnet}.77"),
        ("[::]:5000", "{subnet}.77"),
        ("[::]:5000", "fd00::77"),
        ("[::]:5000", "fe80::77%{cable}"),
    ],
)
def test_an_answer_leaves_from_the_address_that_was_asked(lan: tuple[Pc, Pc], bound: str, extra: str) -> None:
    a, b = lan
    subnet = b.address.rpartition(".")[0]
    own = extra.format(subnet=subnet, cable="").rstrip("%")
    bits = "24" if "." in own else "64"
    b.run(["ip", "address", "add", f"{own}/{bits}", "dev", b.interface, *(["nodad"] if ":" in own else [])])
    if own.startswith("fd00"):
        for number, pc in enumerate(lan, 1):
            pc.run(["ip", "address", "add", f"fd00::{number}/64", "dev", pc.interface, "nodad"])
    device = Remote(b, bound, reply_rules="echo")
    asking = a.popen([sys.executable, "-c", ASK, extra.format(subnet=subnet, cable=a.interface), "5000"])
    assert asking.stdout is not None
    assert asking.stdout.read() == "question\nquestion\n"
    assert device.received() == ["question"] * 2
    # Once that address has gone, answers leave from another one.
    asker = Remote(a, "[::]:0" if ":" in own else "0.0.0.0:0")
    target = f"[{extra.format(cable=a.interface)}]:5000" if ":" in own else f"{own}:5000"
    asker.do("send", "last", target)
    asker.wait_received("last")
    b.run(["ip", "address", "del", f"{own}/{bits}", "dev", b.interface])
    device.do(
        "send",
        "from elsewhere",
        device.events[-1]["senders"][0]
        if "senders" in device.events[-1]
        else [event["senders"][0] for event in device.events if "senders" in event][-1],
    )
    asker.wait_received("last", "from elsewhere")


def test_a_relay_answers_from_the_address_that_was_asked(lan: tuple[Pc, Pc]) -> None:
    a, b = lan
    extra = b.address.rpartition(".")[0] + ".77"
    b.run(["ip", "address", "add", f"{extra}/24", "dev", b.interface])
    Remote(b, "127.0.0.1:6000", reply_rules="echo")
    relay = b.popen(
        [sys.executable, str(MAIN), "--headless", "--open", "relay+udp://0.0.0.0:5000?to=127.0.0.1:6000"],
        stderr=subprocess.PIPE,
    )
    assert relay.stderr is not None and "5000" in relay.stderr.readline()
    asking = a.popen([sys.executable, "-c", ASK, extra, "5000"])
    assert asking.stdout is not None
    assert asking.stdout.read() == "question\nquestion\n"


@pytest.mark.parametrize("loop", [True, False])
def test_a_group_on_a_lan_without_a_router(lan: tuple[Pc, Pc], loop: bool) -> None:
    a, b = lan
    teacher = Remote(a, "0.0.0.0:5000", group="239.1.2.3:5000", loop=loop)
    pupil = Remote(b, "0.0.0.0:5000", group="239.1.2.3:5000")
    for remote, pc in ((teacher, a), (pupil, b)):
        joined = remote.wait(lambda event: event["event"] == "GroupChanged")
        assert joined["interface"] == pc.interface
    teacher.do("send", "class", None)
    pupil.wait_received("class")
    pupil.do("send", "yes", None)
    teacher.wait_received(*(["class", "yes"] if loop else ["yes"]))
    pupil.do("leave", "239.1.2.3", "")
    pupil.wait(lambda event: event.get("joined") is False)
    teacher.do("send", "gone", None)
    teacher.do("send", "end", f"{b.address}:5000")
    pupil.wait_received("class", "yes", "end")


def test_an_ipv6_group_and_scoped_addresses(lan: tuple[Pc, Pc]) -> None:
    a, b = lan
    listener = Remote(b, "[::]:5000", group="[ff02::77]:5000", interface=b.interface)
    sender = Remote(a, "[::]:0")
    sender.do("send", "group", f"[ff02::77%{a.interface}]:5000")
    sender.do("send", "scoped", f"[fe80::99:2%{a.interface}]:5000")
    listener.wait_received("group", "scoped")
    origin = listener.wait(lambda event: "senders" in event)["senders"][0]
    assert f"fe80::99:1%{b.interface}" in origin
    listener.do("send", "back", origin)
    sender.wait_received("back")
    listener.do("leave", "ff02::77", "")
    listener.wait(lambda event: event.get("joined") is False)
    sender.do("send", "gone", f"[ff02::77%{a.interface}]:5000")
    sender.do("send", "end", f"[fe80::99:2%{a.interface}]:5000")
    listener.wait_received("group", "scoped", "end")
    sender.do("send", "x", "[fe80::99:2%nowhere0]:5000")
    assert sender.wait_fault("interface_gone")["params"] == {"interface": "nowhere0"}


def test_an_interface_that_vanishes_is_reported_and_survived(lan: tuple[Pc, Pc]) -> None:
    a, b = lan
    bound = Remote(a, f"{a.address}:5000")
    member = Remote(a, "0.0.0.0:5001", group="239.1.2.3:5001", interface=a.interface)
    bound.do("send", "before", f"{a.address}:5000")
    bound.wait_received("before")
    a.run(["ip", "link", "del", a.interface])
    bound.do("send", "during", f"{b.address}:5000")
    assert bound.wait_fault("interface_gone")["params"] == {"interface": a.address}
    assert member.wait_fault("interface_gone")["params"] == {"interface": a.interface}
    member.do("send", "during", None)
    wait_until(lambda: [event.get("kind") for event in member.events].count("interface_gone") >= 2)
    for arguments in (
        ["link", "add", a.interface, "type", "veth", "peer", "netns", b.name, b.interface],
        ["address", "add", f"{a.address}/24", "dev", a.interface],
        ["link", "set", a.interface, "up"],
    ):
        a.run(["ip", *arguments])
    b.set_link(up=True)
    wait_until(lambda: [event.get("joined") for event in member.events].count(True) == 2, what=str(member))
    bound.do("send", "after", f"{a.address}:5000")
    bound.wait_received("before", "after")
    member.do("send", "again", None)
    member.wait_received("again")


def test_a_firewall_loses_some(lan: tuple[Pc, Pc]) -> None:
    a, b = lan
    b.drop(20)
    listener, sender = Remote(b, "0.0.0.0:5000"), Remote(a, "0.0.0.0:0")
    for number in range(500):
        sender.do("send", str(number), f"{b.address}:5000")
    # Sent while the firewall is still there: what has arrived shows how far the sender has come.
    wait_until(lambda: any(int(text) >= 400 for text in listener.received()))
    b.run(["iptables", "-w", "-F", "INPUT"])
    sender.do("send", "end", f"{b.address}:5000")
    wait_until(lambda: listener.received()[-1:] == ["end"])
    assert len(listener.received()) < 501
