"""What a test of the Chat page stands on."""

from __future__ import annotations

import pytest

from tests.gui.pages.chat.stage import Live, Stage


@pytest.fixture
def stages() -> tuple[type[Stage], type[Live]]:
    return Stage, Live
