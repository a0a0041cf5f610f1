"""A virtual list whose rows are all in memory and may change while shown."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from typing import Any, TypeVar

from gui.widgets.row_source import ListSource
from gui.widgets.virtual_list import VirtualList

R = TypeVar("R")


class MemoryList(VirtualList[R]):
    """``rows.rows`` holds the rows; `set_rows` replaces them."""

    def __init__(self, master: tk.Misc, **options: Any) -> None:
        self.rows: ListSource[R] = ListSource()
        super().__init__(master, self.rows, **options)
        self.at_bottom = False

    def set_rows(self, rows: Sequence[R]) -> bool:
        """Show these rows; unchanged ones are not redrawn. False if none changed."""
        if list(rows) == self.rows.rows:
            return False
        self.rows.rows = list(rows)
        self._known = len(rows)
        self.at_bottom = False  # new rows below do not move those in view
        self._pages.clear()
        self.refresh()
        return True
