"""One root for the tests of a module (only one may live); each test puts its own page into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import ttkbootstrap as ttk

from gui.shared import i18n
from tests.gui.pages.page_stage import HEIGHT, WIDTH, window
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def app(display: str) -> Iterator[ttk.App]:
    root = window()
    wait_until(root.winfo_viewable, root=root, what="the window is on the screen")
    yield root
    root.update_idletasks()
    root.destroy()


@pytest.fixture
def make_stage(
    app: ttk.App, display: str, tmp_path: Path, stages: tuple[Callable[..., Any], Callable[..., Any]]
) -> Iterator[Callable[..., Any]]:
    """Makes the first of ``stages``, or with ``live=True`` the second, the one before a real engine; they are
    closed at the end."""
    made: list[Any] = []
    i18n.set_language("en")
    app.geometry(f"{WIDTH}x{HEIGHT}+20+20")
    wait_until(lambda: (app.winfo_width(), app.winfo_height()) == (WIDTH, HEIGHT), root=app, what="its size")

    def make(live: bool = False, **options: Any) -> Any:
        folder = tmp_path / str(len(made))
        folder.mkdir(exist_ok=True)
        stage = stages[live](app, folder, **options)
        made.append(stage)
        return stage

    yield make
    for stage in made:
        stage.close()
    i18n.set_language("en")


@pytest.fixture
def stage(make_stage: Callable[..., Any]) -> Any:
    return make_stage()
