"""People find each other on real networks: two PCs, two cables, two subnets and a router, in namespaces."""

from __future__ import annotations

import pytest

from net.chat.discovery.discovery import BURST
from tests.net.chat.discovery.lan import Person, both_see, cable, drop, namespaces, plug, routed
from tests.netns import two_pcs

pytestmark = pytest.mark.netns


def test_seen_by_the_first_burst() -> None:
    assert BURST[-1] < 3.0
    with two_pcs() as (pc_a, pc_b):
        a, b = Person(pc_a, "a"), Person(pc_b, "b")
        both_see(a, b)
        seen = a.last(b)
        assert (seen["name"], seen["colour"]) == ("Person b", "#336699")
        assert f"{pc_b.address}:45654" in seen["addresses"]
        for one, other in ((a, b), (b, a)):
            one.wait(lambda one=one, other=other: one.sees(other, "dns_sd"))  # type: ignore[misc]
            one.wait(lambda one=one, other=other: one.sees(other, "beacon"))  # type: ignore[misc]
        assert a.ask("heard", "heard", host=pc_b.address)["heard"] == [True, True]
        assert a.ask("heard", "heard", host="10.9.9.9")["heard"] == [False, False]
        assert b.stop()["threads"] == []
        a.wait(lambda: a.lost(b))


def test_seen_without_dns_sd_and_without_beacons() -> None:
    for way, options in (("beacon", {"dns_sd": False}), ("dns_sd", {"port": 45000})):
        with two_pcs() as (pc_a, pc_b):
            a = Person(pc_a, "a", **options)
            b = Person(pc_b, "b", **(options if way == "beacon" else {"port": 45001}))
            both_see(a, b)
            assert a.last(b)["ways"] == [way]


def test_multicast_is_dropped() -> None:
    with two_pcs() as (pc_a, pc_b):
        drop(pc_a, "multicast")
        drop(pc_b, "multicast")
        a, b = Person(pc_a, "a"), Person(pc_b, "b")
        both_see(a, b)
        assert a.last(b)["ways"] == b.last(a)["ways"] == ["beacon"]


def test_broadcast_is_dropped_too_and_they_have_met() -> None:
    with two_pcs() as (pc_a, pc_b):
        for pc in (pc_a, pc_b):
            drop(pc, "multicast")
            drop(pc, "broadcast")
        a, b, other = Person(pc_a, "a"), Person(pc_b, "b", 45660), Person(pc_b, "c")
        other.start()
        other.wait(lambda: other.ask("echo", "echoes")["echoes"])
        # Only one of the two remembers where the other was, and on an odd port: the documented one is taken.
        a.order("met", people={b.identity: [f"{pc_b.address}:45660"]})
        both_see(a, b)


def test_two_cables_to_the_same_person() -> None:
    with namespaces("a", "b") as pcs:
        cable(pcs["a"], pcs["b"], "10.72.1", "eth0")
        cable(pcs["a"], pcs["b"], "10.72.2", "eth1")
        a, b = Person(pcs["a"], "a"), Person(pcs["b"], "b")
        both_see(a, b)
        a.wait(lambda: {"10.72.1.2:45654", "10.72.2.2:45654"} <= set(a.last(b)["addresses"]))
        assert {one["identity"] for one in a.all("seen")} == {b.identity}
        assert not a.lost(b)


@pytest.mark.parametrize("name", ["docker0", "spare0"])
def test_a_network_both_have_is_no_address_of_the_other(name: str) -> None:
    with namespaces("a", "b") as pcs:
        cable(pcs["a"], pcs["b"], "10.73.1", "eth0")
        for pc in pcs.values():
            pc.run(["ip", "link", "add", name, "type", "veth", "peer", "container0"])
            pc.run(["ip", "address", "add", "172.17.0.1/16", "brd", "172.17.255.255", "dev", name])
            pc.run(["ip", "link", "set", "container0", "up"])
            pc.run(["ip", "link", "set", name, "up"])
        a, b = Person(pcs["a"], "a"), Person(pcs["b"], "b")
        both_see(a, b)
        a.wait(lambda: a.sees(b, "dns_sd"))
        told = {address for one in a.all("seen") for address in one["addresses"]}
        assert "10.73.1.2:45654" in told
        assert not [address for address in told if address.startswith("172.17.")]


def test_listed_hosts_behind_a_router() -> None:
    with routed() as (pc_a, pc_b):
        a, b = Person(pc_a, "a"), Person(pc_b, "b")
        assert a.ask("set", "refused", invisible=False, hosts=["10.71.2.0/24", "10.0.0.0/8"])["refused"] == [
            ["10.0.0.0/8", "too_many"]
        ]
        both_see(a, b)
        assert a.last(b)["addresses"] == [f"{pc_b.address}:45654"]


def test_invisible_listens_only() -> None:
    with two_pcs() as (pc_a, pc_b):
        a, b = Person(pc_a, "a"), Person(pc_b, "b")
        a.ask("set", "refused", invisible=True, hosts=[])
        a.order("met", people={b.identity: [f"{pc_b.address}:45654"]})
        a.start()
        b.start()
        a.wait(lambda: a.sees(b, "beacon") and a.sees(b, "dns_sd"))
        # What b says on every way has arrived by now, and would have been answered.
        b.ask("heard", "heard", host=pc_a.address)
        b.order("again")
        a.order("again")
        a.wait(lambda: a.ask("heard", "heard", host=pc_b.address)["heard"] == [True, True])
        assert b.ask("heard", "heard", host=pc_a.address)["heard"] == [False, False]
        assert not b.all("seen")
        a.ask("set", "refused", invisible=False, hosts=[])
        b.wait(lambda: b.sees(a))
        a.ask("set", "refused", invisible=True, hosts=[])
        b.wait(lambda: b.lost(a))


def test_a_new_address_and_a_new_name_are_told() -> None:
    with two_pcs() as (pc_a, pc_b):
        a, b = Person(pc_a, "a"), Person(pc_b, "b")
        both_see(a, b)
        b.order("rename", name="Bea\u202e\x00 \u5f20\u4e09")
        a.wait(lambda: a.last(b)["name"] == "Bea \u5f20\u4e09")
        pc_b.run(["ip", "address", "del", f"{pc_b.address}/24", "dev", pc_b.interface])
        plug(pc_b, pc_b.interface, f"{pc_b.address.rpartition('.')[0]}.77")
        wanted = f"{pc_b.address.rpartition('.')[0]}.77:45654"
        a.wait(lambda: wanted in a.last(b)["addresses"])


def test_a_cable_plugged_in_later() -> None:
    with namespaces("a", "b") as pcs:
        a, b = Person(pcs["a"], "a"), Person(pcs["b"], "b")
        a.start()
        b.start()
        cable(pcs["a"], pcs["b"], "10.74.1", "eth0")
        a.wait(lambda: a.sees(b))
        b.wait(lambda: b.sees(a))


def test_a_restart_is_told() -> None:
    with two_pcs() as (pc_a, pc_b):
        a, b = Person(pc_a, "a"), Person(pc_b, "b")
        both_see(a, b)
        b.kill()
        again = Person(pc_b, "b")
        again.start()
        a.wait(lambda: any(one["restarted"] for one in a.all("seen")))


def test_two_on_one_pc_hear_each_other_and_a_third() -> None:
    with two_pcs() as (pc_a, pc_b):
        a, b, c = Person(pc_a, "a"), Person(pc_a, "b", 45655), Person(pc_b, "c")
        for one in (a, b, c):
            one.start()
        for one in (a, b, c):
            for other in (a, b, c):
                if one is not other:
                    one.wait(lambda one=one, other=other: one.sees(other, "beacon"))  # type: ignore[misc]
        assert f"{pc_a.address}:45655" in c.last(b)["addresses"]
        # A question to the PC itself reaches the first one, which is at the documented port.
        drop(pc_a, "broadcast")
        drop(pc_a, "multicast")
        drop(pc_b, "broadcast")
        drop(pc_b, "multicast")
        d = Person(pc_b, "d", 45656)
        d.order("met", people={a.identity: [f"{pc_a.address}:45654"]})
        d.start()
        d.wait(lambda: d.sees(a))
        a.wait(lambda: a.sees(d))
