"""Why can't I see them? Each cause is made on a real network, and named."""

from __future__ import annotations

from typing import Any

import pytest

from net.chat.diagnosis.findings import in_order, is_trouble
from tests.net.chat.discovery.lan import Person, both_see, drop, namespaces, routed, virtual_networks
from tests.netns import two_pcs

Findings = list[tuple[str, dict[str, str]]]


def findings(person: Person, port: int = 9, **values: Any) -> Findings:
    answer = person.ask("diagnose", "findings", port=port, **values)
    return [(kind, params) for kind, params in answer["findings"]]


def found_with(wanted: set[str], person: Person, **values: Any) -> Findings:
    """Findings, all of these kinds among them: a probe is waited for a second only, in which a busy machine
    may have given nobody the time to hear it."""
    found: Findings = []

    def are_there() -> bool:
        found[:] = findings(person, **values)
        return wanted <= set(kinds(found))

    person.wait(are_there)
    return found


def kinds(found: Findings) -> list[str]:
    return [kind for kind, _ in found]


def reply(seen: str, beacon: bool = False, dns_sd: bool = False) -> dict[str, Any]:
    return {"heard_beacon": beacon, "heard_dns_sd": dns_sd, "seen_address": seen, "interfaces": ["eth0"]}


@pytest.mark.netns
def test_a_pc_in_order_and_what_the_other_hears() -> None:
    with two_pcs() as (pc_a, pc_b):
        a, b = Person(pc_a, "a"), Person(pc_b, "b")
        both_see(a, b)
        there: dict[str, Any] = {"address": f"{pc_b.address}:45654"}
        wanted = {"broadcast_heard", "multicast_heard", "multicast6_heard", "people_seen", "peer_fine"}
        found = found_with(wanted, a, **there, reply=reply(pc_a.address, beacon=True))
        # The test has no listener: that is the only trouble.
        assert [kind for kind, params in found if is_trouble((kind, params))] == ["not_listening"]
        assert kinds(found)[0] == "not_listening"
        found = findings(a, **there, reply=reply(pc_a.address))
        assert ("peer_hears_nothing", there) in found
        found = findings(a, **there, reply=reply("192.168.122.7", dns_sd=True))
        assert ("address_translated", {**there, "seen": "192.168.122.7"}) in found
        assert ("peer_refuses", there) in findings(a, **there)
        assert "invisible" in kinds(findings(a, invisible=True))


@pytest.mark.netns
def test_a_limit_of_memberships_is_no_firewall() -> None:
    with two_pcs() as (pc_a, _):
        virtual_networks(pc_a)
        a = Person(pc_a, "a", dns_sd=False)
        a.start()
        found = found_with({"memberships_full", "multicast_heard"}, a)
        assert ("multicast_heard", {"interface": pc_a.interface}) in found, "the real one came first"
        full = [params["interface"] for kind, params in found if kind == "memberships_full"]
        assert len(full) == 2 and set(full) < {"veth1", "veth2", "veth3"}
        assert not [params for kind, params in found if kind == "multicast_not_heard"]
        assert not is_trouble(("memberships_full", {}))


@pytest.mark.netns
def test_a_firewall_of_our_own() -> None:
    with two_pcs() as (pc_a, pc_b):
        drop(pc_a, "broadcast")
        drop(pc_a, "multicast")
        a = Person(pc_a, "a", dns_sd=False)
        a.start()
        there: dict[str, Any] = {"address": f"{pc_b.address}:45654"}
        wanted = {"multicast_not_heard", "firewall_blocks"}
        found = found_with(wanted, a, **there, reply=reply(pc_a.address, beacon=True))
        names = {"interface": pc_a.interface}
        assert ("broadcast_not_heard", names) in found
        assert ("multicast_not_heard", names) in found
        assert ("firewall_blocks", {"tool": "nftables", "what": "broadcast"}) in found
        assert ("peer_not_heard", there) in found
        assert "broadcast_heard" not in kinds(found)
        # Neither hears the other, though the connection got through.
        assert ("nothing_passes", there) in findings(a, **there, reply=reply(pc_a.address))


@pytest.mark.netns
def test_a_router_between_and_no_network() -> None:
    with routed() as (pc_a, pc_b):
        a = Person(pc_a, "a", dns_sd=False)
        a.start()
        a.wait(lambda: "interface" in kinds(findings(a)))
        there: dict[str, Any] = {"address": f"{pc_b.address}:45654"}
        found = findings(a, **there, reply=reply(pc_a.address))
        assert ("different_networks", {**there, "network": "10.71.1.0/24"}) in found
    with namespaces("a") as pcs:
        a = Person(pcs["a"], "a", dns_sd=False)
        a.start()
        a.wait(lambda: "no_network" in kinds(findings(a)))


@pytest.mark.netns
def test_a_copied_profile_is_found_out() -> None:
    with two_pcs() as (pc_a, pc_b):
        a, twin = Person(pc_a, "a", dns_sd=False), Person(pc_b, "a", dns_sd=False)
        a.start()
        twin.start()
        for one, other in ((a, pc_b), (twin, pc_a)):
            # Each is told at once, not with a beacon of half a minute later.
            one.wait(lambda one=one, other=other: one.twins() == [f"{other.address}:45654"])  # type: ignore[misc]
        assert ("same_identity", {"address": pc_b.address}) in findings(a)
        assert not a.all("seen")
        twin.stop()
        a.wait(lambda: a.twins() == [])
        assert "same_identity" not in kinds(findings(a))


def test_worst_comes_first() -> None:
    found = in_order([("interface", {}), ("peer_fine", {}), ("firewall_on", {}), ("no_network", {})])
    assert kinds(list(found)) == ["no_network", "firewall_on", "peer_fine", "interface"]
    assert [is_trouble(one) for one in found] == [True, False, False, False]
