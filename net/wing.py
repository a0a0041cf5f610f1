"""`Wing`: one thing the program does on the network (sockets, transcript, chat), as the Engine knows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

Routes = Mapping[type, Callable[[Any], object]]
"""By a command's type, what runs it. A route is called on NetThread and does not block."""


class Wing(Protocol):
    """NetThread only."""

    def routes(self) -> Routes:
        """Asked once, when the wing joins the Engine: a command is looked up by its type there, and nowhere
        else on its way. What a command means to a wing that changes (the chat before its start) is the
        route's to know."""
        ...

    def failed(self, command: Any, error: Exception) -> None:
        """The route of ``command`` raised ``error``, which is in the log: emit the event that reports it."""
        ...

    async def stop(self) -> None:
        """Let go of everything, in the seconds the wing allows itself. Idempotent; raises nothing."""
        ...


class LateWing(NamedTuple):
    """A wing that is imported and built when the first of its commands arrives."""

    build: Callable[[], Wing]
    not_built: Callable[[Any, Exception], None]
    """What reports, for the command that was to be the first, why the wing could not be built."""
