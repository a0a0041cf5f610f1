"""How the parts of the Chat page learn what other parts did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Signal(Generic[P]):
    """Calling a signal calls its listeners, in the order in which they were connected."""

    def __init__(self) -> None:
        self._listeners: list[Callable[P, object]] = []

    def connect(self, listener: Callable[P, object]) -> None:
        self._listeners.append(listener)

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> None:
        for listener in self._listeners:
            listener(*arguments, **named)
