"""Where the rows of a virtual list come from, which of them are kept, and where they are placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from gui.look.shapes import BoundedCache

R = TypeVar("R")
RowsT = TypeVar("RowsT", covariant=True)
PAGE_ROWS = 32
CACHED_PAGES = 64


class RowSource(Protocol[RowsT]):
    """Where rows come from. Both calls are made on the Tk thread while painting: answer within a
    millisecond.
    """

    def count(self) -> int:
        """How many rows there are now."""
        ...

    def fetch(self, start: int, stop: int) -> Sequence[RowsT]:
        """Rows `start` to `stop` (exclusive), in order; fewer at the end where they are not at hand yet."""
        ...


class ListSource(Generic[R]):
    """Rows that are in memory anyway."""

    def __init__(self, rows: Sequence[R] = ()) -> None:
        self.rows: list[R] = list(rows)

    def count(self) -> int:
        return len(self.rows)

    def fetch(self, start: int, stop: int) -> Sequence[R]:
        return self.rows[start:stop]


class RowPages(Generic[R]):
    """The rows fetched last, by pages of `PAGE_ROWS`; a page that was short is fetched again when asked
    for more.
    """

    def __init__(self) -> None:
        self._pages: BoundedCache[int, list[R]] = BoundedCache(CACHED_PAGES)

    def row(self, source: RowSource[R], index: int, count: int) -> R | None:
        """Row `index` of `count`; None outside them, and where the source has not got it yet."""
        if not 0 <= index < count:
            return None
        number, place = divmod(index, PAGE_ROWS)
        page = self._pages.get(number)
        if page is None or place >= len(page):
            start = number * PAGE_ROWS
            page = self._pages.put(number, list(source.fetch(start, min(start + PAGE_ROWS, count))))
        return page[place] if place < len(page) else None

    def clear(self) -> None:
        self._pages.clear()


@dataclass(frozen=True)
class Placed(Generic[RowsT]):
    """A row in view: its number, its top and height in pixels, and all that its picture depends on. ``row``
    is None where it has not come to hand yet."""

    index: int
    y: int
    height: int
    row: RowsT
    drawn_from: tuple[object, ...]
