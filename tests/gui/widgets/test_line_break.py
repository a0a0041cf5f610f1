"""Where Chinese and Latin text may be broken into lines."""

from __future__ import annotations

import pytest
import ttkbootstrap as ttk
from hypothesis import given
from hypothesis import strategies as st

from gui.look import look as theme
from gui.widgets.line_break import SOFT_END, moved, soft_ends, with_soft_ends, wrap
from gui.widgets.text_fit import Span


def cells(text: str) -> int:
    """The width in a terminal: two for a Chinese character, one for others."""
    return sum(2 if character >= "\u2e80" else 1 for character in text)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 7, ["one two", "three"]),
        ("在这里等待客户端", 6, ["在这里", "等待客", "户端"]),
        ("TCP 在这里", 8, ["TCP 在这", "里"]),
        ("电子邮件、网页", 8, ["电子邮", "件、网页"]),
        ("（HTTP）网页", 8, ["（HTTP）", "网页"]),
        ("averylongword x", 4, ["averylongword", "x"]),
        ("好👍🏽了", 5, ["好", "👍🏽", "了"]),
        ("", 4, [""]),
    ],
)
def test_lines_are_broken_where_a_reader_expects_it(text: str, width: int, lines: list[str]) -> None:
    assert wrap(text, cells, width).split("\n") == lines


@given(st.text(alphabet="a b中文。（\n\t👍", max_size=60), st.integers(4, 20))
def test_soft_ends_only_add_lines_that_fit(text: str, width: int) -> None:
    ends = soft_ends(text, cells, width)
    laid = with_soft_ends(text, ends)
    assert laid.replace(SOFT_END, "") == text
    for paragraph in laid.split("\n"):
        for line in paragraph.split(SOFT_END)[:-1]:
            assert line
            assert cells(line) <= width or line.lstrip("（").rstrip(" 。")[1:] == "" or " " in line


def test_a_word_wider_than_a_line_is_cut_among_chinese() -> None:
    text = "看averyverylongword吧。"
    lines = with_soft_ends(text, soft_ends(text, cells, 8)).split(SOFT_END)
    assert lines == ["看", "averyver", "ylongwor", "d吧。"]


def test_spans_go_with_their_characters() -> None:
    text, ends = "中文很长。完", [2, 3]
    laid = with_soft_ends(text, ends)
    for start, stop in ((0, 2), (2, 3), (1, 5), (3, 6)):
        (span,) = moved([Span(start, stop)], ends)
        assert laid[span.start : span.stop].replace(SOFT_END, "") == text[start:stop]
        assert laid[span.start] != SOFT_END and laid[span.stop - 1] != SOFT_END


def test_tk_breaks_the_lines_there_and_nowhere_else(app: ttk.App) -> None:
    canvas, font = ttk.Canvas(app), theme.look().font(11)
    text = "你好，客户端（HTTP）。再试 try again 一次吧！" * 6
    for width in range(120, 260, 7):
        ends = soft_ends(text, font.measure, width)
        laid = with_soft_ends(text, ends)
        item = canvas.create_text(0, 0, anchor="nw", text=laid, width=width + 1, font=font)
        height, line, firsts = canvas.bbox(item)[3], font.metrics("linespace"), []
        for row in range(round(height / line)):
            firsts.append(laid[int(canvas.index(item, f"@-500,{row * line + line // 2}"))])
        assert len(firsts) >= len(ends) + 1
        assert not set(firsts) & set("，。！）" + SOFT_END), (width, firsts)
