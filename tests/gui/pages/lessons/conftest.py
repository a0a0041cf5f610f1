"""Fixtures of the Lessons page's tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.gui.pages.lessons.stage import Live, Stage


@pytest.fixture
def stages() -> tuple[type[Stage], type[Live]]:
    return Stage, Live


@pytest.fixture
def live(make_stage: Callable[..., Any]) -> Live:
    stage: Live = make_stage(live=True)
    return stage
