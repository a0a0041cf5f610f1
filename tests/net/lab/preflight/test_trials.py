"""What the addresses and ports of this PC allow is found by using them."""

from __future__ import annotations

import socket

import pytest

from net.lab.preflight import trials
from net.lab.preflight.trials import Tried, try_ipv6, try_second_loopback, try_tutorial_port


def test_the_second_loopback_address() -> None:
    assert try_second_loopback() == Tried(True)  # all of 127.0.0.0/8 on Linux


def test_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "has_ipv6", False)
    assert not try_ipv6().works


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_taken_port(monkeypatch: pytest.MonkeyPatch, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setattr(trials, "TUTORIAL_PORT", taken.getsockname()[1])
        tried = try_tutorial_port()
    assert not tried.works and tried.detail
    assert try_tutorial_port() == Tried(True)
