"""What the tests in this folder, but not in those below it, have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

PATIENCE = 60.0


@pytest.fixture(autouse=True)
def patient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is given up because this machine had no time for a second; a test that is about being given up
    sets its own times."""
    if request.path.parent != Path(__file__).parent:
        return
    for name in (
        "channel.PREAMBLE_TIMEOUT",
        "channel.HANDSHAKE_TIMEOUT",
        "greeting.HELLO_TIMEOUT",
        "doors.FIRST_MESSAGE_TIMEOUT",
        "doors.PAIRING_TIMEOUT",
        "dialling.CONNECT_TIMEOUT",
        "link.DEAD_AFTER",
        "running.STOP_GRACE",
        "history.history.STOP_PATIENCE",
    ):
        monkeypatch.setattr(f"net.chat.{name}", PATIENCE)
