from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import pytest
import ttkbootstrap as ttk

from gui.look import look as theme
from gui.look.apply import apply_theme
from gui.widgets.bubbles import COLLAPSED_LINES, BubbleList, BubbleRow, BubbleWords
from gui.widgets.text_fit import Span
from gui.widgets.virtual_list import ListSource

NOON = datetime(2026, 3, 2, 12)


def row(
    key: int, text: str, side: Literal["in", "out", "note"] = "in", minutes: float = 0, **more: object
) -> BubbleRow:
    return BubbleRow(key, side, text, NOON + timedelta(minutes=minutes), "Ann", **more)  # type: ignore[arg-type]


def shown(app: ttk.App, *rows: BubbleRow) -> BubbleList:
    bubbles = BubbleList(app, ListSource(rows), BubbleWords(show_all=lambda n: f"all {n}", show_less="less"))
    bubbles.pack(fill="both", expand=True)
    app.update()
    bubbles.paint_now()
    return bubbles


def texts(bubbles: BubbleList) -> list[str]:
    c = bubbles.canvas
    return [c.itemcget(i, "text") for i in c.find_withtag("row") if str(c.type(i)) == "text"]


def test_a_group_shows_its_time_and_avatar_once(app: ttk.App) -> None:
    bubbles = shown(app, row(1, "one"), row(2, "two", minutes=1), row(3, "three", minutes=20))
    assert texts(bubbles).count("A") == 2
    assert "12:00" not in texts(bubbles)
    assert "12:01" in texts(bubbles)
    assert "12:20" in texts(bubbles)


def test_each_day_begins_with_its_date(app: ttk.App) -> None:
    bubbles = shown(app, row(1, "one"), row(2, "two"), row(3, "three", minutes=24 * 60))
    assert texts(bubbles).count("2026-03-02") == 1
    assert texts(bubbles).count("2026-03-03") == 1


def test_ours_stand_right_theirs_left(app: ttk.App) -> None:
    bubbles = shown(app, row(1, "theirs"), row(2, "ours", "out"))
    at = {
        bubbles.canvas.itemcget(i, "text"): bubbles.canvas.coords(i)[0]
        for i in bubbles.canvas.find_withtag("selectable")
    }
    assert at["theirs"] < bubbles.canvas.winfo_width() / 2 < at["ours"]


def test_a_long_message_is_cut_and_opened(app: ttk.App) -> None:
    long = row(1, "\n".join(f"line {n}" for n in range(200)))
    bubbles = shown(app, long)
    body = next(text for text in texts(bubbles) if text.startswith("line 0"))
    assert body.count("\n") == COLLAPSED_LINES - 1
    assert any(text.startswith("all ") for text in texts(bubbles))
    bubbles._toggle_more(long)
    bubbles.paint_now()
    assert bubbles._row_height(0) > 3000
    bubbles.to_bottom()
    bubbles.paint_now()
    assert "less" in texts(bubbles)


def test_ten_megabytes_without_a_line_end_are_drawn_in_part(app: ttk.App) -> None:
    bubbles = shown(app, row(1, "x" * 10_000_000))
    assert max(len(text) for text in texts(bubbles)) == 4_000


@pytest.mark.parametrize("nasty", ["\0", "\ud800", "a\u202eb", "\x1b[2J", "", "\n"])
def test_nasty_text_is_shown_as_something(app: ttk.App, nasty: str) -> None:
    bubbles = shown(app, row(1, nasty))
    assert len(bubbles.visible) == 1


def test_marks_lie_under_the_undecodable_and_the_sought(app: ttk.App) -> None:
    bubbles = shown(app, row(1, "👍 ab\ufffd\ufffd and TCP", spans=(Span(4, 6),)))
    rectangles = [i for i in bubbles.canvas.find_withtag("row") if str(bubbles.canvas.type(i)) == "rectangle"]
    assert len(rectangles) == 1
    bubbles.set_find("tcp")
    bubbles.paint_now()
    rectangles = [i for i in bubbles.canvas.find_withtag("row") if str(bubbles.canvas.type(i)) == "rectangle"]
    assert len(rectangles) == 2


def drag(bubbles: BubbleList, word: str, start: int, stop: int) -> None:
    item = next(
        i for i in bubbles.canvas.find_withtag("selectable") if bubbles.canvas.itemcget(i, "text") == word
    )
    x, y = bubbles.canvas.coords(item)
    font = theme.look().font(11)
    points = [int(x) + font.measure(word[:n]) + 1 for n in (start, stop)]
    bubbles.canvas.event_generate("<Button-1>", x=points[0], y=int(y) + 8)
    bubbles.canvas.event_generate("<B1-Motion>", x=points[1], y=int(y) + 8)


def test_text_inside_a_bubble_is_selected_and_copied(app: ttk.App) -> None:
    bubbles = shown(app, row(1, "before"), row(2, "hello 中文 world", "out"))
    copied: list[str] = []
    bubbles.on_copy = copied.append
    drag(bubbles, "hello 中文 world", 6, 8)
    assert bubbles.copy() == "中文"
    assert copied == ["中文"]
    assert len(bubbles.selection) == 0


def test_a_theme_switch_repaints(app: ttk.App) -> None:
    bubbles = shown(app, row(1, "hello", "out"))
    apply_theme(app, "dark")
    bubbles.paint_now()
    assert bubbles.canvas.cget("background") == theme.look().palette.card
    assert theme.look().dark


def test_other_words_are_used_from_then_on(app: ttk.App) -> None:
    bubbles = shown(app, row(1, "hello"))
    bubbles.retext(BubbleWords(day=lambda day: "今天", time=lambda time: "中午"))
    bubbles.paint_now()
    assert {"今天", "中午"} <= set(texts(bubbles))


def test_copied_chinese_has_none_of_the_line_ends_that_were_put_in(app: ttk.App) -> None:
    text = "这里有十个汉字再加，" * 12
    bubbles = shown(app, row(1, text))
    (item,) = bubbles.canvas.find_withtag("selectable")
    laid = bubbles.canvas.itemcget(item, "text")
    assert "\r" in laid and "\r，" not in laid
    x0, y0, x1, y1 = bubbles.canvas.bbox(item)
    bubbles.canvas.event_generate("<Button-1>", x=x0 + 1, y=y0 + 4)
    bubbles.canvas.event_generate("<B1-Motion>", x=x1 - 1, y=y1 - 4)
    assert "\r" not in bubbles.copy()
    assert len(bubbles.selected_text) > 60


def test_notes_in_a_row_stand_close(app: ttk.App) -> None:
    bubbles = shown(app, row(1, "one", "note"), row(2, "two", "note"), row(3, "three", "note"))
    assert bubbles._row_height(1) <= theme.S(9) + theme.look().font(9).metrics("linespace") + theme.S(8)
