"""One window with the look, for the tests of single widgets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import ttkbootstrap as ttk

from gui.look import look as theme
from tests.waiting import wait_until


@pytest.fixture
def app(display: str) -> Iterator[ttk.App]:
    ttk.set_bootstyle_strict(True)
    theme.register()
    root = ttk.App(title="test", theme=theme.first_theme("light"), size=(640, 480))
    theme.apply_theme(root, "light")
    wait_until(root.winfo_viewable, root=root, what="the window is on the screen")
    yield root
    root.update_idletasks()
    root.destroy()
