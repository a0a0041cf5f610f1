"""The composer when Enter breaks the line."""

from __future__ import annotations

import sys

import ttkbootstrap as ttk

from gui.widgets.composer import Composer
from tests.gui.keyboard import focus


def test_enter_breaks_the_line_where_it_is_not_to_send(app: ttk.App) -> None:
    sent: list[str] = []

    def send(text: str) -> bool:
        sent.append(text)
        return True

    composer = Composer(app, on_send=send)
    composer.pack()
    composer.enter_sends = False
    app.update()
    focus(composer.text)
    composer.text.insert("end", "one")
    composer.text.event_generate("<Return>")
    composer.text.insert("end", "two")
    assert sent == [] and composer.value == "one\ntwo"
    composer.text.event_generate("<Command-Return>" if sys.platform == "darwin" else "<Control-Return>")
    assert sent == ["one\ntwo"]
