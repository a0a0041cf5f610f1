"""The selected rows of a very long list: ranges, so that selecting all of a million costs nothing."""

from __future__ import annotations

from collections.abc import Iterator


class RowSelection:
    """A set of row numbers kept as sorted, disjoint half-open ranges."""

    def __init__(self) -> None:
        self._ranges: list[tuple[int, int]] = []
        self.anchor = 0
        self.cursor = 0

    def __contains__(self, row: object) -> bool:
        return isinstance(row, int) and any(start <= row < stop for start, stop in self._ranges)

    def __len__(self) -> int:
        return sum(stop - start for start, stop in self._ranges)

    def __iter__(self) -> Iterator[int]:
        for start, stop in self._ranges:
            yield from range(start, stop)

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """The ranges (start, stop), stop excluded, in order."""
        return tuple(self._ranges)

    def clear(self) -> None:
        self._ranges.clear()

    def only(self, row: int) -> None:
        """Select this row and no other; later extensions start here."""
        self._ranges = [(row, row + 1)]
        self.anchor = self.cursor = row

    def extend(self, row: int) -> None:
        """Select from the anchor to `row`, both included."""
        self.cursor = row
        self._ranges = [(min(self.anchor, row), max(self.anchor, row) + 1)]

    def toggle(self, row: int) -> None:
        """Add the row or remove it; later extensions start here."""
        self.anchor = self.cursor = row
        if row not in self:
            self._ranges = _joined([*self._ranges, (row, row + 1)])
            return
        kept: list[tuple[int, int]] = []
        for start, stop in self._ranges:
            if start <= row < stop:
                kept += [(a, b) for a, b in ((start, row), (row + 1, stop)) if a < b]
            else:
                kept.append((start, stop))
        self._ranges = kept

    def all(self, count: int) -> None:
        """Select the rows 0 to ``count``, excluded."""
        self._ranges = [(0, count)] if count else []


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined
