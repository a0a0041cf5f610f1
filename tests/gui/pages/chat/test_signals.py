"""How the page's parts hear of each other."""

from __future__ import annotations

from gui.pages.chat.signals import Signal


def test_a_signal_calls_all_in_the_order_of_connection() -> None:
    heard: list[tuple[str, int]] = []
    signal: Signal[[int]] = Signal()
    signal.connect(lambda number: heard.append(("first", number)))
    signal.connect(lambda number: heard.append(("second", number)))
    signal(3)
    assert heard == [("first", 3), ("second", 3)]
