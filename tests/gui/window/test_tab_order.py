"""Tab walks what takes keys, in reading order."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator
from tkinter import ttk

import pytest

from gui.window.tab_order import Box, reading_order, teach_tab_order
from tests.waiting import wait_until


@pytest.fixture
def root(display: str) -> Iterator[tk.Tk]:
    root = tk.Tk()
    teach_tab_order(root)
    yield root
    root.destroy()


def walked(root: tk.Tk, first: tk.Misc, back: bool = False) -> list[tk.Misc]:
    """The stops from ``first`` round to it again."""
    wait_until(first.winfo_viewable, root=root, what="the window is on the screen")
    reached: list[tk.Misc] = [first]
    while len(reached) < 30:
        after = reached[-1].tk_focusPrev() if back else reached[-1].tk_focusNext()
        assert after is not None
        if after is first:
            return reached
        reached.append(after)
    raise AssertionError("it never comes round")


@pytest.mark.parametrize(
    ("boxes", "order"),
    [
        ({"right": Box(50, 0, 20, 20), "left": Box(0, 4, 20, 20)}, ["left", "right"]),
        ({"below": Box(0, 30, 99, 20), "above": Box(0, 0, 99, 20)}, ["above", "below"]),
        (
            {"b2": Box(60, 40, 40, 20), "b1": Box(60, 0, 40, 20), "column": Box(0, 0, 50, 200)},
            ["column", "b1", "b2"],
        ),
    ],
)
def test_what_is_read_first_comes_first(boxes: dict[str, Box], order: list[str]) -> None:
    assert reading_order(list(boxes.items())) == order


def test_buttons_packed_from_the_right_are_walked_from_the_left(root: tk.Tk) -> None:
    line = ttk.Frame(root)
    line.pack()
    buttons = [ttk.Button(line, text=str(number)) for number in range(3)]
    for button in buttons:
        button.pack(side="right")
    field = ttk.Entry(root)
    field.pack(before=line)
    assert walked(root, field) == [field, *buttons[::-1]]
    assert walked(root, field, back=True) == [field, *buttons]


def test_what_shows_no_sign_of_the_focus_is_no_stop(root: tk.Tk) -> None:
    field = ttk.Entry(root)
    field.pack()
    for widget in (ttk.Frame(root, width=20, height=20), ttk.Label(root, text="a"), tk.Canvas(root)):
        widget.bind("<FocusIn>", lambda _e: None)
        widget.bind("<Key-Up>", lambda _e: None)
        widget.pack()
    ttk.Button(root, state="disabled").pack()
    tk.Text(root, height=2, state="disabled").pack()
    chosen = ttk.Frame(root, width=20, height=20, takefocus=True)
    chosen.pack()
    assert walked(root, field) == [field, chosen]


def test_from_a_button_that_was_disabled_meanwhile_tab_goes_on(root: tk.Tk) -> None:
    first, pressed, last = (ttk.Button(root) for _number in range(3))
    for button in (first, pressed, last):
        button.pack()
    wait_until(first.winfo_viewable, root=root, what="the window is on the screen")
    pressed.state(["disabled"])
    assert pressed.tk_focusNext() is last
    assert pressed.tk_focusPrev() is first
