"""Every chat here runs on PCs that the test made."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.chat.chat_lan import Lan, lan


@pytest.fixture
def two() -> Iterator[Lan]:
    """Two PCs on a switch."""
    with lan(2) as made:
        yield made
