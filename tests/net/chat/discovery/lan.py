"""PCs, cables and a router out of network namespaces, and a Discovery running on each PC."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from net.chat.discovery.discovery import JITTER, PERIOD
from tests.netns import Pc
from tests.programs import run_program, start_program
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[4]
_numbers = itertools.count(1)

START_SECONDS = 60.0
SECONDS = 0.8 * PERIOD * (1 - JITTER)
"""Until something has happened that takes two or three: a machine that others use too must not fail a test.
What is seen by then was seen by the first burst, not by the beacon that follows."""


class Person:
    """A Discovery on ``pc``, or on this machine. What it told is in ``told``."""

    def __init__(self, pc: Pc | None, letter: str, tcp_port: int = 45654, **options: Any) -> None:
        self.identity = letter * 64
        self.told: list[dict[str, Any]] = []
        arguments = [sys.executable, "-m", "tests.net.chat.discovery.finder", self.identity, str(tcp_port)]
        arguments += [f"Person {letter}", *(f"{key}={json.dumps(value)}" for key, value in options.items())]
        if pc is None:
            self.process = start_program(
                arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=ROOT
            )
        else:
            self.process = pc.popen(arguments, cwd=ROOT)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait(lambda: self.all("ready"), START_SECONDS)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told.append(json.loads(line))

    def order(self, kind: str, **values: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": kind, **values}) + "\n")
        self.process.stdin.flush()

    def start(self) -> None:
        self.order("start")

    def ask(self, kind: str, answer: str, timeout: float = START_SECONDS, **values: Any) -> dict[str, Any]:
        before = len(self.all(answer))
        self.order(kind, **values)
        self.wait(lambda: len(self.all(answer)) > before, timeout)
        return self.all(answer)[-1]

    def all(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.told if one["kind"] == kind]

    def sees(self, other: Person, way: str = "") -> bool:
        return any(
            one["identity"] == other.identity and (not way or way in one["ways"]) for one in self.all("seen")
        )

    def twins(self) -> list[str]:
        """Where else its identity was last said to be used."""
        told = self.all("twins")
        return list(told[-1]["addresses"]) if told else []

    def last(self, other: Person) -> dict[str, Any]:
        """What it told last of ``other``."""
        return [one for one in self.all("seen") if one["identity"] == other.identity][-1]

    def lost(self, other: Person) -> bool:
        return any(one["identity"] == other.identity for one in self.all("gone"))

    def wait(self, condition: Callable[[], object], timeout: float = SECONDS) -> None:
        wait_until(condition, timeout)

    def stop(self) -> dict[str, Any]:
        answer = self.ask("stop", "stopped")
        self.process.wait(START_SECONDS)
        return answer

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(START_SECONDS)


def both_see(a: Person, b: Person) -> None:
    """Start both; each is seen by the other before the second beacon is due."""
    a.start()
    b.start()
    deadline = time.monotonic() + SECONDS
    for one, other in ((a, b), (b, a)):
        one.wait(lambda one=one, other=other: one.sees(other), max(0.1, deadline - time.monotonic()))  # type: ignore[misc]


def drop(pc: Pc, kind: str) -> None:
    """Lose all UDP ``kind`` ("multicast" or "broadcast") that arrives."""
    pc.run(["nft", "add table inet lan"])
    pc.run(["nft", "add chain inet lan input { type filter hook input priority 0; }"])
    pc.run(["nft", f"add rule inet lan input meta l4proto udp meta pkttype {kind} drop"])


def _ip(*arguments: str, check: bool = True) -> None:
    run_program(["ip", *arguments], check=check, capture_output=True, text=True, timeout=30)


@contextlib.contextmanager
def namespaces(*letters: str) -> Iterator[dict[str, Pc]]:
    """PCs without cables."""
    mark = f"{os.getpid()}y{next(_numbers)}"
    pcs = {letter: Pc(f"dl{letter}{mark}", "", "", "") for letter in letters}
    try:
        for pc in pcs.values():
            _ip("netns", "add", pc.name)
            pc.run(["ip", "link", "set", "lo", "up"])
        yield pcs
    finally:
        for pc in pcs.values():
            pc._end()
            _ip("netns", "del", pc.name, check=False)


def cable(a: Pc, b: Pc, subnet: str, name: str = "eth0", names: tuple[str, str] | None = None) -> None:
    """Join two PCs: ``subnet`` "10.7.1" gives them .1 and .2 of a /24 and link-local IPv6 addresses."""
    name_a, name_b = names or (name, name)
    _ip("link", "add", name_a, "netns", a.name, "type", "veth", "peer", name_b, "netns", b.name)
    for number, (pc, interface) in enumerate(((a, name_a), (b, name_b)), 1):
        pc.run(["ip", "link", "set", interface, "addrgenmode", "none"])
        plug(pc, interface, f"{subnet}.{number}")
        pc.run(["ip", "address", "add", f"fe80::{number}/64", "nodad", "dev", interface])
        pc.run(["ip", "link", "set", interface, "up"])
        if not pc.address:
            pc.interface, pc.address, pc.broadcast = interface, f"{subnet}.{number}", f"{subnet}.255"
    for pc, interface in ((a, name_a), (b, name_b)):
        wait_until(
            lambda pc=pc, interface=interface: "state UP" in pc.run(["ip", "link", "show", interface]).stdout  # type: ignore[misc]
        )


def plug(pc: Pc, interface: str, address: str) -> None:
    broadcast = f"{address.rpartition('.')[0]}.255"
    pc.run(["ip", "address", "add", f"{address}/24", "broadcast", broadcast, "dev", interface])


@contextlib.contextmanager
def routed() -> Iterator[tuple[Pc, Pc]]:
    """Two subnets, 10.71.1.0/24 and 10.71.2.0/24, and a router between them: no broadcast passes."""
    with namespaces("a", "r", "b") as pcs:
        a, router, b = pcs["a"], pcs["r"], pcs["b"]
        cable(a, router, "10.71.1", names=("eth0", "left"))
        cable(b, router, "10.71.2", names=("eth0", "right"))
        router.run(["sysctl", "-qw", "net.ipv4.ip_forward=1"])
        a.run(["ip", "route", "add", "default", "via", "10.71.1.2"])
        b.run(["ip", "route", "add", "default", "via", "10.71.2.2"])
        yield a, b


def virtual_networks(pc: Pc) -> None:
    """Three virtual interfaces, and room for two groups on one socket."""
    pc.run(["sysctl", "-w", "net.ipv4.igmp_max_memberships=2"])
    for number in (1, 2, 3):
        name = f"veth{number}"
        pc.run(["ip", "link", "add", name, "type", "veth", "peer", f"peer{number}"])
        pc.run(["ip", "address", "add", f"10.77.{number}.1/24", "dev", name])
        for end in (name, f"peer{number}"):
            pc.run(["ip", "link", "set", end, "up"])
