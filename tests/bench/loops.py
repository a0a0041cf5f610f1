"""The plain event loop beside ours: `net.loop.choice`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import net.loop.choice
from tests.bench.figures import Figure, interleave

PLAIN = "plain"
"""The word that has a measured process take the plain loop."""


@contextmanager
def plain_loop() -> Iterator[None]:
    """Engines that are made meanwhile take the plain loop."""
    net.loop.choice.PLAIN = True
    try:
        yield
    finally:
        net.loop.choice.PLAIN = False


def beside_plain(name: str, unit: str, measure: Callable[[], float]) -> Figure:
    """``measure`` on our loop to ``measure`` on the plain one; it bounds nothing, it decides which stays."""

    def on_plain() -> float:
        with plain_loop():
            return measure()

    return interleave(Figure(f"{name}: our loop to the plain one", unit), measure, on_plain)
