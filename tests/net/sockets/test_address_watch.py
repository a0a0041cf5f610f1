"""The local address of an open session disappears and comes back: that is reported, and nothing is closed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import net.sockets.address_watch
from net.address import Address
from net.events import FaultKind
from net.sockets.address_watch import _name_of
from net.sockets.commands import Close, Send, UdpOpen
from net.sockets.events import Closed, FaultEnded, FaultOccurred, Opened
from net.system.interfaces import present_hosts
from tests.e2e.test_window_lan import headless
from tests.net.watching import LOOPBACK, Watched
from tests.netns import two_pcs
from tests.programs import Programs, running_programs

HERE = "127.0.0.1"


class Interfaces:
    """The addresses that the system lists for the watch; ``looks`` counts its calls."""

    def __init__(self) -> None:
        self.hosts = frozenset({HERE})
        self.looks = 0

    def __call__(self) -> frozenset[str]:
        self.looks += 1
        return self.hosts


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> Interfaces:
    """Treat loopback as an address that can disappear, and check often."""
    made = Interfaces()
    monkeypatch.setattr(net.sockets.address_watch, "PERIOD", 0.02)
    monkeypatch.setattr(net.sockets.address_watch, "present_hosts", made)
    monkeypatch.setattr(net.sockets.address_watch, "_name_of", lambda host, _scope: host)
    return made


def looked(watched: Watched, listed: Interfaces, more: int = 3) -> None:
    before = listed.looks
    watched.wait(lambda: listed.looks >= before + more, what="looks at the interfaces")


def test_what_goes_and_comes_back_is_reported_once_each(watched: Watched, listed: Interfaces) -> None:
    listener, address = watched.listen(LOOPBACK)
    client = watched.connect(address)
    (accepted,) = watched.accepted(listener)
    udp = watched.engine.new_session()
    watched.engine.submit(UdpOpen(udp, LOOPBACK))
    watched.first(Opened, udp)
    looked(watched, listed)
    assert not watched.all(FaultOccurred)
    listed.hosts = frozenset()
    for session in (listener, client, accepted, udp):
        fault = watched.fault(session).fault
        assert (fault.kind, dict(fault.params)) == (FaultKind.ADDRESS_GONE, {"address": HERE})
    looked(watched, listed)
    assert len(watched.all(FaultOccurred)) == 4
    watched.engine.submit(Send(client, [b"still open"]))
    watched.wait_received(accepted, b"still open")
    listed.hosts = frozenset({HERE})
    for session in (listener, client, accepted, udp):
        assert watched.first(FaultEnded, session).kind is FaultKind.ADDRESS_GONE
    looked(watched, listed)
    assert len(watched.all(FaultEnded)) == 4 and not watched.all(Closed)


def test_what_was_never_listed_is_not_missed(watched: Watched, listed: Interfaces) -> None:
    listed.hosts = frozenset()
    watched.listen(LOOPBACK)
    looked(watched, listed)
    assert not watched.all(FaultOccurred)


def test_nobody_looks_where_nothing_is_open(watched: Watched, listed: Interfaces) -> None:
    listener, _address = watched.listen(LOOPBACK)
    looked(watched, listed)
    watched.engine.submit(Close(listener))
    watched.end(listener)
    watch = watched.engine._sockets.addresses
    watched.wait(lambda: watch.is_resting, what="the watch rests")
    watched.listen(LOOPBACK)
    looked(watched, listed)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (Address("127.0.0.1", 1), None),
        (Address("0.0.0.0", 1), None),
        (Address("::", 1), None),
        (Address("239.1.2.3", 1), None),
        (Address("host.invalid", 1), None),
        (Address("192.0.2.7", 1), "192.0.2.7"),
        (Address("::ffff:192.0.2.7", 1), "192.0.2.7"),
        (Address("2001:db8:0::7", 1), "2001:db8::7"),
        (Address("fe80::7", 1, "eth0"), "fe80::7%eth0"),
    ],
)
def test_only_what_can_go_away_is_looked_for(address: Address, name: str | None) -> None:
    assert _name_of(address.host, address.scope) == name


def test_the_systems_own_addresses_are_present() -> None:
    assert "127.0.0.1" in present_hosts()


@pytest.fixture
def programs() -> Iterator[Programs]:
    with running_programs() as started:
        yield started


@pytest.mark.netns
@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux'")
def test_a_pulled_cable_is_reported_and_the_conversation_goes_on_after_it(
    programs: Programs, tmp_path: Path
) -> None:
    with two_pcs() as (a, b):
        server = headless(programs, b, tmp_path / "b", f"tcp-server://{b.address}:12345")
        server.wait_for("Listening")
        client = headless(programs, a, tmp_path / "a", f"tcp-client://{b.address}:12345")
        client.wait_for("Connected")
        client.type("before")
        server.wait_for("before")
        a.set_link(up=False)
        client.wait_for(f"no longer has the address {a.address}")
        a.set_link(up=True)
        client.wait_for("there again")
        client.type("after")
        server.wait_for("after")
