from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.net.chat.history.stores import Opened


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    opened = Opened(tmp_path)
    yield opened
    opened.close()
