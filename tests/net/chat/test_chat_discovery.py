"""Two Engines that find each other by discovery itself: beacons over loopback."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from net.address import Address
from net.chat.commands import Diagnose, SetDiscovery
from net.chat.core import ChatCore
from net.chat.discovery import Discovery, Options, discovery
from net.chat.events import Diagnosis, MessageState, PersonChanged, Trust
from net.system.interfaces import interfaces
from tests.net.chat.engines import Chatter, chatters
from tests.ports import free_port


@pytest.fixture(autouse=True)
def beacons(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a port that no other test uses, and on loopback alone."""
    port = free_port(socket.SOCK_DGRAM)

    monkeypatch.setattr(discovery, "interfaces", lambda: [one for one in interfaces() if one.is_loopback])

    def make(**parts: Any) -> Discovery:
        return Discovery(**parts, options=Options(port=port, dns_sd=False))

    monkeypatch.setattr(ChatCore, "make_discovery", make)


def knows(one: Chatter, other: Chatter) -> None:
    one.wait(lambda: (p := one.person(other)) and p.path, f"{one.name} finding {other.name}")


def test_who_is_seen_is_paired_and_linked_by_itself(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        knows(ann, bob)
        knows(bob, ann)
        message = ann.say(bob, "found")
        ann.wait_state(message, MessageState.DELIVERED)
        assert ann.person(bob).trust is Trust.UNVERIFIED
        ann.same_digits(bob)
        assert {event.person.identity for event in ann.all(PersonChanged)} == {bob.identity}


def test_who_was_met_is_linked_again_after_a_restart(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as made:
        ann, bob = made
        knows(ann, bob)
        bob.stop()
        ann.wait(lambda: not ann.person(bob).path, "Bob's going")
        message = ann.say(bob, "later")
        made[1] = bob = bob.again(port=0)
        ann.wait_state(message, MessageState.DELIVERED)
        bob.has_texts(ann, ["later"])


def test_the_diagnosis_asks_the_other(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        knows(ann, bob)
        ann.do(SetDiscovery(False))
        ann.do(Diagnose(bob.address))
        found = ann.wait(lambda: ann.last(Diagnosis, finished=True), "the diagnosis", 90)
        assert any(kind.startswith("peer") or "address" in params for kind, params in found.findings)


def test_the_diagnosis_of_where_nobody_listens_ends(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann") as (ann,), socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        ann.do(Diagnose(Address.from_socket(taken.getsockname())))
        found = ann.wait(lambda: ann.last(Diagnosis, finished=True), "the diagnosis", 90)
        assert "peer_refuses" in [kind for kind, _ in found.findings]


def test_the_diagnosis_of_what_is_no_duplex_ends(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann") as (ann,), socket.create_server(("127.0.0.1", 0)) as other:

        def hang_up() -> None:
            with other.accept()[0]:
                pass

        threading.Thread(target=hang_up, daemon=True).start()
        ann.do(Diagnose(Address.from_socket(other.getsockname())))
        found = ann.wait(lambda: ann.last(Diagnosis, finished=True), "the diagnosis", 90)
        assert "peer_not_duplex" in [kind for kind, _ in found.findings]
