"""What the systems' firewalls say, read."""

from __future__ import annotations

import json

import pytest

from net.chat.diagnosis.firewall import (
    FirewallAnswer,
    Verdict,
    ask_firewall,
    read_firewalld,
    read_iptables,
    read_macos,
    read_nft,
    read_ufw,
    read_windows,
)
from tests.netns import two_pcs

PORTS = ("45654/tcp", "45654/udp")


def verdicts(answers: list[FirewallAnswer]) -> dict[str, str]:
    return {answer.what: answer.verdict.value for answer in answers}


def test_ufw() -> None:
    assert verdicts(read_ufw("Status: inactive\n", PORTS)) == {"": "off"}
    text = (
        "Status: active\nLogging: on (low)\nDefault: deny (incoming), allow (outgoing), disabled (routed)\n\n"
        "To                         Action      From\n--                         ------      ----\n"
        "22/tcp                     ALLOW IN    Anywhere\n45654/tcp                  ALLOW IN    Anywhere\n"
        "45654/tcp (v6)             ALLOW IN    Anywhere (v6)\n"
    )
    assert verdicts(read_ufw(text, PORTS)) == {"45654/tcp": "allows", "45654/udp": "blocks"}
    ranged = text.replace("45654/tcp  ", "45600:45700/udp  ")
    assert verdicts(read_ufw(ranged, PORTS))["45654/udp"] == "allows"
    assert set(verdicts(read_ufw(text.replace("deny (incoming)", "allow (incoming)"), PORTS)).values()) == {
        "allows"
    }


def test_firewalld() -> None:
    text = "public (active)\n  target: default\n  services: ssh\n  ports: 45654/udp 8000-8100/tcp\n"
    assert verdicts(read_firewalld(text, PORTS)) == {"45654/tcp": "blocks", "45654/udp": "allows"}
    assert set(verdicts(read_firewalld(text.replace("default", "ACCEPT"), PORTS)).values()) == {"allows"}


def test_iptables() -> None:
    assert verdicts(read_iptables("-P INPUT ACCEPT\n", PORTS)) == {"": "off"}
    text = "-P INPUT DROP\n-A INPUT -p udp -m udp --dport 45654 -j ACCEPT\n"
    assert verdicts(read_iptables(text, PORTS)) == {"45654/tcp": "blocks"}
    text = "-P INPUT ACCEPT\n-A INPUT -m pkttype --pkt-type multicast -j DROP\n"
    assert verdicts(read_iptables(text, PORTS)) == {"multicast": "blocks"}
    text = "-P INPUT ACCEPT\n-A INPUT -p tcp -m multiport --dports 22,45000:46000 -j REJECT\n"
    assert verdicts(read_iptables(text, PORTS)) == {"45654/tcp": "blocks"}


def test_nft_that_is_empty_or_not_read() -> None:
    assert verdicts(read_nft(json.dumps({"nftables": []}), PORTS)) == {"": "off"}
    assert verdicts(read_nft("nonsense", PORTS)) == {"": "unknown"}


@pytest.mark.netns
def test_nft_itself() -> None:
    with two_pcs() as (pc, _):

        def told() -> dict[str, str]:
            return verdicts(read_nft(pc.run(["nft", "-j", "list", "ruleset"]).stdout, PORTS))

        pc.run(["nft", "add table inet own"])
        pc.run(["nft", "add chain inet own input { type filter hook input priority 0; policy accept; }"])
        assert told() == {"": "allows"}
        pc.run(["nft", "add rule inet own input meta pkttype broadcast drop"])
        assert told() == {"broadcast": "blocks"}
        pc.run(["nft", "flush chain inet own input"])
        pc.run(["nft", "add rule inet own input tcp dport { 22, 45000-46000 } reject"])
        assert told() == {"45654/tcp": "blocks"}
        pc.run(["nft", "flush chain inet own input"])
        pc.run(["nft", "chain inet own input { policy drop; }"])
        pc.run(["nft", "add rule inet own input tcp dport 45654 accept"])
        assert told() == {"45654/udp": "blocks"}


def windows(category: str = "Private", enabled: str = "True", rules: tuple[str, ...] = ()) -> str:
    profiles = [f"{name}|{enabled}|Block" for name in ("Domain", "Private", "Public")]
    return json.dumps({"categories": [f"Wi-Fi|{category}"], "profiles": profiles, "rules": list(rules)})


def test_windows() -> None:
    allow, block = "True|Allow|Private", "True|Block|Public"
    assert verdicts(read_windows(windows(rules=(allow, block)))) == {"Wi-Fi": "allows"}
    assert verdicts(read_windows(windows())) == {"Wi-Fi": "blocks"}
    assert verdicts(read_windows(windows("Public", rules=(allow,)))) == {"Wi-Fi": "public"}
    assert verdicts(read_windows(windows("Public", rules=(allow, block)))) == {"Wi-Fi": "blocks"}
    assert verdicts(read_windows(windows(rules=("False|Allow|Any",)))) == {"Wi-Fi": "blocks"}
    assert verdicts(read_windows(windows(enabled="False"))) == {"Wi-Fi": "off"}
    assert verdicts(read_windows("")) == verdicts(read_windows("{}")) == {"": "unknown"}


def test_macos() -> None:
    on, off = "Firewall is enabled. (State = 1)", "Firewall is disabled. (State = 0)"
    all_off = "Block all DISABLED!"
    assert [a.verdict for a in read_macos(off, all_off, "")] == [Verdict.OFF]
    assert [a.verdict for a in read_macos(on, all_off, "The application is permitted")] == [Verdict.ALLOWS]
    assert [a.verdict for a in read_macos(on, all_off, "The application is blocked")] == [Verdict.BLOCKS]
    assert [a.verdict for a in read_macos(on, all_off, "The application is not part of it")] == [Verdict.ON]
    assert [a.verdict for a in read_macos("State = 2", "", None)] == [Verdict.BLOCKS]
    assert [a.verdict for a in read_macos(None, None, None)] == [Verdict.UNKNOWN]


def test_this_system_answers_or_says_nothing() -> None:
    for answer in ask_firewall(45654, 45654):
        assert answer.tool and answer.verdict in Verdict
