"""An engine that runs programs written by the test, and a look at what they leave behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.net.lab.run.lab_rig import LabRig


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[LabRig]:
    """After the test the engine stops, and nothing is left: no process, thread, or folder."""
    rig = LabRig(tmp_path)
    yield rig
    rig.end()
