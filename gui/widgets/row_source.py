"""The source of a virtual list's rows, the cache of fetched rows, and the record of placed ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar, overload

from msgspec import Struct

from gui.look.shapes import BoundedCache

R = TypeVar("R")
RowsT = TypeVar("RowsT", covariant=True)
PAGE_ROWS = 32
CACHED_PAGES = 64


class RowSource(Protocol[RowsT]):
    """Provides rows. Both methods are called on the Tk thread while painting: return within a millisecond."""

    def count(self) -> int:
        """The number of rows now."""
        ...

    def fetch(self, start: int, stop: int) -> Sequence[RowsT]:
        """Rows `start` to `stop` (exclusive), in order; fewer at the end while some are not available yet."""
        ...


class ListSource(Generic[R]):
    """Rows that are in memory."""

    def __init__(self, rows: Sequence[R] = ()) -> None:
        self.rows: list[R] = list(rows)

    def count(self) -> int:
        return len(self.rows)

    def fetch(self, start: int, stop: int) -> Sequence[R]:
        return self.rows[start:stop]


class ShapedRows(Sequence[R]):
    """What is stored, each made a row by ``shape`` when it is first asked for: a page has more rows than are
    in view, and making one may mean decoding it."""

    def __init__(self, stored: Sequence[Any], shape: Callable[[Any], R]) -> None:
        self._stored = stored
        self._shape = shape
        self._made: dict[int, R] = {}

    def __len__(self) -> int:
        return len(self._stored)

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[R]: ...
    def __getitem__(self, index: int | slice) -> R | Sequence[R]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if index not in self._made:
            self._made[index] = self._shape(self._stored[index])
        return self._made[index]


class RowPages(Generic[R]):
    """The rows fetched last, in pages of `PAGE_ROWS`; an incomplete page is fetched again when one of its
    missing rows is needed.
    """

    def __init__(self) -> None:
        self._pages: BoundedCache[int, Sequence[R]] = BoundedCache(CACHED_PAGES)

    def row(self, source: RowSource[R], index: int, count: int) -> R | None:
        """Row `index` of `count`; None outside them, and while the source does not have it yet."""
        if not 0 <= index < count:
            return None
        number, place = divmod(index, PAGE_ROWS)
        page = self._pages.get(number)
        if page is None or place >= len(page):
            start = number * PAGE_ROWS
            page = self._pages.put(number, source.fetch(start, min(start + PAGE_ROWS, count)))
        return page[place] if place < len(page) else None

    def clear(self) -> None:
        self._pages.clear()


class Placed(Struct, Generic[RowsT], frozen=True):
    """A row in view: its number, its top and height in pixels, and everything its picture depends on. ``row``
    is None while it is not available yet."""

    index: int
    y: int
    height: int
    row: RowsT
    drawn_from: tuple[object, ...]
