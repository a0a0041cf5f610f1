"""What all tests of the window share."""

from __future__ import annotations

import pytest

from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(autouse=True)
def dialogs_wait_to_be_shown(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """However late the window manager is: what a test looks at has to be on the screen."""
    if "display" in request.fixturenames:
        monkeypatch.setattr("gui.widgets.dialog.SHOWN_WITHIN_SECONDS", PATIENCE_SECONDS)
