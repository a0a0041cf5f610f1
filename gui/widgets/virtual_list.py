"""A list of any length: its rows (`RowView`), and mouse and keys on them (`ListInput`).

A subclass defines how a row looks: `measure` and `paint`.
"""

from __future__ import annotations

import tkinter as tk
from typing import Any, TypeVar

from gui.widgets.list_input import ListInput
from gui.widgets.row_source import ListSource, Placed, RowSource
from gui.widgets.row_view import RowView

__all__ = ["ListSource", "Placed", "RowSource", "VirtualList"]
R = TypeVar("R")


class VirtualList(RowView[R]):
    def __init__(self, master: tk.Misc, source: RowSource[R] | None = None, **options: Any) -> None:
        super().__init__(master, source, **options)
        self.bind_input()

    def bind_input(self) -> None:
        """The bindings keep the input object alive as long as the canvas."""
        ListInput(self)
