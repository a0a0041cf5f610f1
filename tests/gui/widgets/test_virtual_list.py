"""The list of any length: what it fetches, its position, its callbacks."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence

import pytest
import ttkbootstrap as ttk

from gui.widgets.virtual_list import Placed, VirtualList
from tests.gui.keyboard import press

HEIGHTS = (20, 33, 47)


class Counted:
    """Rows that are their own numbers; remembers which were fetched."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.at_hand = 10**9
        self.fetched: list[tuple[int, int]] = []

    def count(self) -> int:
        return self.size

    def fetch(self, start: int, stop: int) -> Sequence[int]:
        self.fetched.append((start, stop))
        return range(start, min(stop, self.at_hand))


class Numbers(VirtualList[int]):
    painted = 0

    def measure(self, row: int, before: int | None, after: int | None, width: int) -> int:
        return HEIGHTS[row % 3]

    def paint(self, placed: Placed[int], before: int | None, after: int | None, width: int, tag: str) -> None:
        self.painted += 1
        self.canvas.create_text(4, placed.y, anchor="nw", text=str(placed.row), tags=tag)

    def texts(self) -> list[str]:
        items = [item for item in self.canvas.find_withtag("row") if str(self.canvas.type(item)) == "text"]
        items.sort(key=lambda item: self.canvas.coords(item)[1])
        return [str(self.canvas.itemcget(item, "text")) for item in items]


@pytest.fixture
def numbers(app: ttk.App) -> Numbers:
    shown = Numbers(app, Counted(0))
    shown.pack(fill="both", expand=True)
    app.update()
    return shown


def fill(numbers: Numbers, size: int) -> Counted:
    source = Counted(size)
    numbers.set_source(source)
    numbers.paint_now()
    return source


def test_begins_at_the_end_and_shows_only_what_fits(numbers: Numbers) -> None:
    fill(numbers, 1_000)
    assert numbers.texts()[-1] == "999"
    assert len(numbers.texts()) < 40
    assert numbers.texts() == [str(n) for n in numbers.visible]


@pytest.mark.parametrize("size", [1_000, 1_000_000])
def test_fetches_a_few_pages_however_long_the_list_is(numbers: Numbers, size: int) -> None:
    source = fill(numbers, size)
    assert sum(stop - start for start, stop in source.fetched) <= 4 * 32


def test_rows_in_view_stay_put_while_rows_arrive_below(numbers: Numbers) -> None:
    source = fill(numbers, 1_000)
    reported: list[int] = []
    numbers.on_unseen = reported.append
    numbers.scroll_pixels(-700)
    numbers.paint_now()
    before = [(p.index, p.y) for p in numbers._placed]
    source.size += 12
    numbers.refresh()
    numbers.paint_now()
    assert [(p.index, p.y) for p in numbers._placed] == before
    assert reported == [12]
    numbers.to_bottom()
    numbers.paint_now()
    assert numbers.texts()[-1] == "1011"
    assert reported == [12, 0]


def test_follows_at_the_bottom_without_telling(numbers: Numbers) -> None:
    source = fill(numbers, 1_000)
    reported: list[int] = []
    numbers.on_unseen = reported.append
    source.size += 5
    numbers.refresh()
    numbers.paint_now()
    assert numbers.texts()[-1] == "1004"
    assert reported == []


def test_scrolling_back_and_forth_returns_to_the_same_place(numbers: Numbers) -> None:
    fill(numbers, 1_000_000)
    numbers._scrollbar_moved("moveto", "0.5")
    numbers.paint_now()
    place = (numbers.top, numbers.offset)
    assert place[0] == 500_000
    for step in (137, -1000, 963, -100):
        numbers.scroll_pixels(step)
    assert (numbers.top, numbers.offset) == place


def test_ends_hold(numbers: Numbers) -> None:
    fill(numbers, 100)
    numbers.scroll_pixels(-1_000_000)
    numbers.paint_now()
    assert (numbers.top, numbers.offset) == (0, 0)
    numbers.scroll_pixels(1_000_000)
    numbers.paint_now()
    last = numbers._placed[-1]
    assert last.index == 99
    assert last.y + last.height == numbers.canvas.winfo_height()


def test_rows_drawn_already_are_moved_not_drawn_again(numbers: Numbers) -> None:
    fill(numbers, 1_000)
    numbers.painted = 0
    numbers.scroll_pixels(-20)
    numbers.paint_now()
    assert numbers.painted <= 2
    assert numbers.texts() == [str(n) for n in numbers.visible]


def test_rows_not_at_hand_leave_a_place_and_come_later(numbers: Numbers) -> None:
    source = Counted(100)
    source.at_hand = 0
    numbers.set_source(source)
    numbers.paint_now()
    assert numbers.texts() == []
    assert len(numbers.visible) > 0
    source.at_hand = 100
    numbers.refresh()
    numbers.paint_now()
    assert numbers.texts()[-1] == "99"


def test_a_list_that_shrank_is_drawn_anew(numbers: Numbers) -> None:
    source = fill(numbers, 1_000)
    source.size = 3
    numbers.refresh()
    numbers.paint_now()
    assert numbers.texts() == ["0", "1", "2"]


def test_one_frame_paints_once_for_many_refreshes(numbers: Numbers) -> None:
    source = fill(numbers, 1_000)
    source.fetched.clear()
    scheduled = []
    for _ in range(50):
        numbers.refresh()
        scheduled.append(numbers._paint_due)
    assert len(set(scheduled)) == 1


def click(numbers: Numbers, index: int, state: int = 0) -> None:
    placed = numbers.placed(index)
    assert placed is not None
    numbers.canvas.event_generate("<Button-1>", x=10, y=max(placed.y, 0) + 8, state=state)
    numbers.paint_now()


def test_click_shift_click_and_control_click(numbers: Numbers) -> None:
    fill(numbers, 1_000)
    click(numbers, 990)
    click(numbers, 993, state=0x1)
    assert list(numbers.selection) == [990, 991, 992, 993]
    click(numbers, 991, state=0x4)
    assert list(numbers.selection) == [990, 992, 993]


def test_copy_gives_the_selected_rows_even_those_out_of_view(numbers: Numbers) -> None:
    fill(numbers, 1_000)
    copied: list[str] = []
    numbers.on_copy = copied.append
    numbers.selection.only(3)
    numbers.selection.extend(5)
    numbers.copy()
    assert copied == ["3\n4\n5"]


def test_keys_move_the_choice_and_bring_it_into_view(numbers: Numbers) -> None:
    fill(numbers, 1_000)
    press(numbers.canvas, "<Home>")
    numbers.paint_now()
    assert numbers.visible[0] == 0
    numbers.selection.only(0)
    press(numbers.canvas, *["<Down>"] * 40)
    numbers.paint_now()
    assert list(numbers.selection) == [40]
    assert 40 in numbers.visible


def test_the_wheel_scrolls(numbers: Numbers) -> None:
    fill(numbers, 1_000)
    if numbers.tk.call("tk", "windowingsystem") == "x11":
        numbers.canvas.event_generate("<Button-4>", x=5, y=5)
    else:
        numbers.canvas.event_generate("<MouseWheel>", delta=120)
    numbers.paint_now()
    assert not numbers.at_bottom


def test_the_scrollbar_counts_rows(numbers: Numbers) -> None:
    fill(numbers, 1_000_000)
    numbers._scrollbar_moved("moveto", "0.25")
    numbers.paint_now()
    assert numbers.scrollbar.get()[0] == pytest.approx(0.25, abs=1e-4)


def test_a_right_click_chooses_the_row_and_tells(numbers: Numbers) -> None:
    fill(numbers, 1_000)
    reported: list[int] = []

    def remember(row: int, _event: tk.Event[tk.Misc]) -> None:
        reported.append(row)

    numbers.on_menu = remember
    placed = numbers.placed(995)
    assert placed is not None
    numbers.canvas.event_generate("<Button-3>", x=10, y=placed.y + 8)
    assert reported == [995]
    assert list(numbers.selection) == [995]
