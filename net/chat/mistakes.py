"""Mistakes: what our own code raised over something that came from a peer or goes to one. That is left out,
the link and all else go on; and the peer, who may cause any number of them, fills neither log nor window."""

from __future__ import annotations

import logging
import traceback
from collections import Counter

from net.chat.conversation import Conversation
from net.chat.troubles import Emit, Trouble, trouble

WHOLE = 5
"""How often one and the same mistake is logged as it comes; after that only each doubling of their number."""

logger = logging.getLogger("duplex.chat")


class Mistakes:
    """NetThread only."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._reported: set[str] = set()
        self._counts: Counter[str] = Counter()

    def line_opened(self, identity: str) -> None:
        self._reported.discard(identity)

    def set_aside(self, identity: str, error: Exception) -> None:
        """One message can't be handled, and is left out. Reported once for each line."""
        self.log(identity, error, "set aside", logging.ERROR)
        if identity not in self._reported:
            self._reported.add(identity)
            self._emit(trouble(Trouble.SET_ASIDE, Conversation.person(identity), identity, repr(error)))

    def log(self, identity: str, error: Exception, what: str, level: int = logging.WARNING) -> None:
        """Only into the log, with the stack where it is an error."""
        place = _place(error)
        self._counts[place] += 1
        count = self._counts[place]
        if count <= WHOLE:
            stack = error if level >= logging.ERROR else None
            logger.log(level, "%s, with %s: %r", what, identity[:8], error, exc_info=stack)
        elif count & (count - 1) == 0:
            logger.log(level, "%s, with %s: %r, %d times by now", what, identity[:8], error, count)


def _place(error: Exception) -> str:
    """Which mistake it is: what a peer sends can stand in its text, but not in our code's lines."""
    frame = traceback.extract_tb(error.__traceback__)[-1:]
    where = f"{frame[0].filename}:{frame[0].lineno}" if frame else ""
    return f"{type(error).__name__} {where}"
