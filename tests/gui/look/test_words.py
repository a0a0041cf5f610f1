"""Words follow the language for as long as what shows them is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import ttkbootstrap as ttk

from gui.look.words import follow_language
from gui.shared import i18n
from gui.shared.i18n import _


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    i18n.set_language("en")
    yield
    i18n.set_language("en")


def test_words_are_set_at_once_and_after_each_switch(app: ttk.App) -> None:
    label = ttk.Label(app)
    follow_language(label, lambda: label.configure(text=_("Cancel")))
    assert label.cget("text") == "Cancel"
    i18n.set_language("zh_CN")
    assert label.cget("text") == "取消"
    i18n.set_language("en")
    assert label.cget("text") == "Cancel"


def test_a_destroyed_widget_is_forgotten(app: ttk.App) -> None:
    calls: list[str] = []
    frame = ttk.Frame(app)
    follow_language(frame, lambda: calls.append(i18n.language()))
    child = ttk.Label(frame)
    child.destroy()
    i18n.set_language("zh_CN")
    frame.destroy()
    i18n.set_language("en")
    assert calls == ["en", "zh_CN"]


def test_a_toplevel_follows_though_its_children_go(app: ttk.App) -> None:
    calls: list[str] = []
    window = ttk.Toplevel(master=app)
    follow_language(window, lambda: calls.append(i18n.language()))
    ttk.Label(window).destroy()
    i18n.set_language("zh_CN")
    assert calls == ["en", "zh_CN"]
    window.destroy()


def test_one_widget_may_follow_twice(app: ttk.App) -> None:
    calls: list[str] = []
    frame = ttk.Frame(app)
    follow_language(frame, lambda: calls.append("first"))
    follow_language(frame, lambda: calls.append("second"))
    i18n.set_language("zh_CN")
    assert calls == ["first", "second", "first", "second"]
    frame.destroy()
