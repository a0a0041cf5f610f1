"""The figures of the lessons."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench import lesson_picture
from tests.bench.figures import Figure


def figures() -> Iterator[Figure]:
    yield from lesson_picture.scrolling()
