"""`Wing`: one area of the program's network work (sockets, transcript, chat), as the Engine sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

Routes = Mapping[type, Callable[[Any], object]]
"""From a command's type to the function that runs it on NetThread and does not block."""


class Wing(Protocol):
    """NetThread only."""

    def routes(self) -> Routes:
        """Called once, when the wing joins the Engine. A command is looked up by its type there, and nowhere
        else on its way. If a command's meaning changes (as in the chat before its start), the route itself
        decides."""
        ...

    def failed(self, command: Any, error: Exception) -> None:
        """The route of ``command`` raised ``error``, which has been logged: emit the event that reports
        it."""
        ...

    async def stop(self) -> None:
        """Release everything, within the wing's own time limit. Idempotent; raises nothing."""
        ...


class LateWing(NamedTuple):
    """A wing that is imported and built when the first of its commands arrives."""

    build: Callable[[], Wing]
    not_built: Callable[[Any, Exception], None]
    """Reports, for the command that caused it, why the wing could not be built."""
