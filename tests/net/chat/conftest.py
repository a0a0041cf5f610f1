"""What the tests of whole chats, of rooms and of the wire have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

PATIENCE = 60.0


@pytest.fixture(autouse=True)
def patient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is given up because this machine had no time for a second; a test that is about being given up
    sets its own times."""
    here = Path(__file__).parent
    if request.path.parent not in (here, here / "rooms", here / "wires" / "duplex"):
        return
    for name in (
        "wires.duplex.channel.PREAMBLE_TIMEOUT",
        "wires.duplex.channel.HANDSHAKE_TIMEOUT",
        "wires.duplex.greeting.HELLO_TIMEOUT",
        "wires.duplex.visit.FIRST_MESSAGE_TIMEOUT",
        "wires.duplex.caller.PAIRING_TIMEOUT",
        "wires.duplex.visit.PAIRING_TIMEOUT",
        "wires.duplex.dialling.CONNECT_TIMEOUT",
        "wires.duplex.link.DEAD_AFTER",
        "chat.STOP_GRACE",
        "history.history.STOP_PATIENCE",
    ):
        monkeypatch.setattr(f"net.chat.{name}", PATIENCE)
