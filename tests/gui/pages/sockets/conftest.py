"""Fixtures of the Sockets page's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gui.shared import i18n
from tests.gui.pages.sockets.stage import Live, Stage
from tests.gui.pages.sockets.tape import Tape
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
def stages() -> tuple[type[Stage], type[Live]]:
    return Stage, Live


@pytest.fixture
def live(make_stage: Callable[..., Any]) -> Live:
    stage: Live = make_stage(live=True)
    return stage


@pytest.fixture
def tape(tmp_path: Path) -> Iterator[Tape]:
    i18n.set_language("en")
    made = Tape(tmp_path)
    yield made
    made.recorder.stop()
    assert made.recorder.join(PATIENCE_SECONDS)
