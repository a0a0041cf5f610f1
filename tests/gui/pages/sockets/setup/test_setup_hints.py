"""What the setup says about the address that was chosen."""

from __future__ import annotations

import sys

import pytest

from gui.pages.sockets.choice import Choice
from gui.pages.sockets.words import address_hint
from tests.gui.pages.sockets.stage import Stage

BROADCAST = Choice(transport="udp", role="broadcast", peer="255.255.255.255")


def at(host: str, **values: object) -> Choice:
    return Choice.from_dict({**BROADCAST.as_dict(), "host": host, **values})


def test_an_own_address_hears_no_broadcast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert "0.0.0.0" in address_hint(at("192.168.1.7"))
    for host in ("0.0.0.0", "::", "127.0.0.1", "not an address"):
        assert address_hint(at(host)) == ""
    assert address_hint(at("192.168.1.7", role="unicast")) == ""
    monkeypatch.setattr(sys, "platform", "win32")
    assert address_hint(at("192.168.1.7")) == ""


def test_windows_says_that_it_chooses_what_answers_leave_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert "several addresses" in address_hint(at("0.0.0.0", role="unicast"))
    assert address_hint(at("192.168.1.7", role="unicast")) == ""
    monkeypatch.setattr(sys, "platform", "linux")
    assert address_hint(at("0.0.0.0", role="unicast")) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows hears them")
def test_it_stands_where_broadcast_is_chosen(stage: Stage) -> None:
    setup = stage.page.setup
    setup.show_choice(BROADCAST)
    stage.root.update()
    assert (
        not setup.hint.winfo_manager() and setup.interface.winfo_ismapped() and not setup.ttl.winfo_ismapped()
    )
    setup.show_choice(at("192.168.1.7"))
    stage.root.update()
    assert "lets no broadcast in here" in stage.texts(setup.where)
    setup.show_choice(at("0.0.0.0", role="unicast"))
    stage.root.update()
    assert not setup.hint.winfo_manager() and not setup.interface.winfo_ismapped()
