"""docs/tasks.md names every task, in both languages, and every code of a verdict."""

from __future__ import annotations

from net.lab.tasks import TASK_NAMES, TASK_PORT
from net.lab.tasks.catalog import TASKS
from net.lab.tasks.verdicts import VERDICTS
from tests.programs import ROOT


def test_the_wires_and_codes_are_written_down() -> None:
    text = (ROOT / "docs" / "tasks.md").read_text("utf-8")
    english, chinese = text.split("\n# 题目\n")
    assert set(TASKS) == set(TASK_NAMES)
    for part in (english, chinese):
        assert all(f"**`{name}`**" in part for name in TASK_NAMES)
        assert str(TASK_PORT) in part and str(TASKS["serve-page"].port) in part
    assert [code for code in VERDICTS if f"`{code}`" not in english] == []
