from __future__ import annotations

import tkinter as tk
from tkinter import font as tkfont

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.widgets.text_fit import (
    clip,
    find_spans,
    fit_name,
    python_offsets,
    short_name,
    showable,
    tk_offset,
)


@given(st.text())
def test_what_is_shown_is_as_long_and_can_be_encoded(text: str) -> None:
    shown = showable(text)
    assert len(shown) == len(text)
    shown.encode("utf-8")
    assert "\0" not in shown


def test_dangerous_characters_are_replaced() -> None:
    shown = showable("a\x00b\u202ec\ud800d\x1b")
    assert shown == "a·b\ufffdc\ufffdd·"
    assert showable("中文 👍\n") == "中文 👍\n"


@given(st.text(alphabet="ab中👍", max_size=30), st.integers(0, 30))
def test_offsets_go_to_tk_and_back(text: str, offset: int) -> None:
    offset = min(offset, len(text))
    assert python_offsets(text, [tk_offset(text, offset)]) == [offset]


def test_an_emoji_counts_two_for_tk() -> None:
    assert tk_offset("a👍b", 2) == 3


def test_clip_by_characters_and_by_lines() -> None:
    assert clip("abcdef", 3, 10) == "abc"
    assert clip("a\nb\nc\nd", 100, 2) == "a\nb"
    assert clip("a\nb", 100, 2) == "a\nb"


def test_find_is_literal_whatever_the_case_and_bounded() -> None:
    assert [(s.start, s.stop) for s in find_spans("TCP tcp (x)", "tcp")] == [(0, 3), (4, 7)]
    assert [(s.start, s.stop) for s in find_spans("TCP ＴＣＰ", "\u200bｔcp")] == [(0, 3), (4, 7)]
    assert [(s.start, s.stop) for s in find_spans("a(b", "(")] == [(1, 2)]
    assert find_spans("abc", "") == []
    assert len(find_spans("a" * 1000, "a", limit=7)) == 7


@pytest.mark.parametrize(
    ("name", "characters", "shown"),
    [
        ("report.pdf", 10, "report.pdf"),
        ("holidays " + "x" * 60 + ".pdf.exe", 20, "holidays xx….pdf.exe"),
        ("holidays" + " " * 60 + ".exe", 20, "holidays…    .exe"),
        ("archive of the year.tar.gz", 12, "arch….tar.gz"),
        ("报告" * 40 + ".docx", 8, "…报告.docx"),
        ("no extension at all", 8, "no… all"),
        ("a.b", 2, "…b"),
        ("x" * 30 + "." + "y" * 30, 10, "xxxxx…yyyy"),
    ],
)
def test_the_name_of_a_file_is_shortened_in_its_middle(name: str, characters: int, shown: str) -> None:
    assert short_name(name, characters) == shown
    assert len(short_name(name, characters)) <= characters


def test_what_kind_of_file_it_is_stays_at_every_width(app: tk.Misc) -> None:
    font = tkfont.Font(app, size=10)
    name = "an invoice that was sent to you last week, please look at it.pdf" + " " * 40 + ".exe"
    for width in range(font.measure("….exe") + 1, font.measure(name), 7):
        shown = fit_name(font, name, width)
        assert shown.endswith(".exe")
        assert font.measure(shown) <= width
    assert fit_name(font, name, font.measure(name)) == name
