from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gui.widgets.selection import RowSelection


@given(st.lists(st.integers(0, 30), max_size=60))
def test_toggling_is_symmetric_difference(rows: list[int]) -> None:
    selection, expected = RowSelection(), set[int]()
    for row in rows:
        selection.toggle(row)
        expected ^= {row}
    assert list(selection) == sorted(expected)
    assert len(selection) == len(expected)


def test_extending_keeps_the_anchor() -> None:
    selection = RowSelection()
    selection.only(10)
    selection.extend(14)
    selection.extend(7)
    assert list(selection) == [7, 8, 9, 10]


def test_all_of_a_million_is_one_range() -> None:
    selection = RowSelection()
    selection.all(1_000_000)
    assert list(selection.ranges) == [(0, 1_000_000)]
    selection.toggle(5)
    assert list(selection.ranges) == [(0, 5), (6, 1_000_000)]
