"""Where Chinese and Latin text may be broken into lines."""

from __future__ import annotations

import pytest

from gui.pages.sockets.form import wrap


def cells(text: str) -> int:
    """Two for a Chinese character, one for others, as in a terminal."""
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
        ("", 4, [""]),
    ],
)
def test_lines_are_broken_where_a_reader_expects_it(text: str, width: int, lines: list[str]) -> None:
    assert wrap(text, cells, width).split("\n") == lines
