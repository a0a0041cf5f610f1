"""The list of rows in memory: which are redrawn when they change, and which stay in view."""

from __future__ import annotations

import pytest
import ttkbootstrap as ttk

from gui.widgets.memory_list import MemoryList
from gui.widgets.row_source import Placed


class Words(MemoryList[str]):
    def __init__(self, master: ttk.App) -> None:
        super().__init__(master)
        self.painted: list[str] = []

    def measure(self, row: str, before: str | None, after: str | None, width: int) -> int:
        return 30

    def paint(self, placed: Placed[str], before: str | None, after: str | None, width: int, tag: str) -> None:
        self.painted.append(placed.row)
        self.canvas.create_text(4, placed.y, anchor="nw", text=placed.row, tags=tag)


@pytest.fixture
def words(app: ttk.App) -> Words:
    shown = Words(app)
    shown.pack(fill="both", expand=True)
    app.update()
    return shown


def test_only_changed_rows_are_drawn_again(words: Words) -> None:
    assert words.set_rows(["a", "b", "c", "d", "e"])
    words.paint_now()
    words.painted.clear()
    assert words.set_rows(["a", "b", "c", "d", "f"])
    words.paint_now()
    # a row's picture may depend on its neighbours
    assert words.painted == ["d", "f"]


def test_the_same_rows_change_nothing(words: Words) -> None:
    words.set_rows(["a", "b"])
    assert not words.set_rows(["a", "b"])
    assert words.row(1) == "b" and words.row(2) is None


def test_what_comes_below_does_not_push_away_what_is_in_view(words: Words) -> None:
    words.set_rows([f"row {number}" for number in range(200)])
    words.paint_now()
    assert words.visible.start == 0
    words.set_rows([f"row {number}" for number in range(400)])
    words.paint_now()
    assert words.visible.start == 0
    assert words.row(399) == "row 399"


def test_fewer_rows_than_before(words: Words) -> None:
    words.set_rows([f"row {number}" for number in range(200)])
    words.see(199)
    words.paint_now()
    words.set_rows(["only"])
    words.paint_now()
    assert list(words.visible) == [0] and words.row(0) == "only" and words.row(1) is None
