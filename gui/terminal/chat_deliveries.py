"""What this run of the chat's terminal has sent, and how far each of it has come."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from net.chat.commands import ChatCommand, OfferFiles, SendText
from net.chat.conversation import Conversation

UNSTORED = 500
"""Texts that may be on their way to the disk: more waits in the pipe, not in memory."""
STORE_SECONDS = 15.0


class Deliveries:
    """Shared between the thread that takes events and the one that reads standard input: under ``changed``.

    ``wait(condition, seconds)`` returns when ``condition`` came true, or later when it did not.
    ``last_progress``: when something was delivered or a file went on, in seconds of the monotonic clock.
    """

    def __init__(
        self,
        changed: threading.Condition,
        submit: Callable[[ChatCommand], object],
        new_id: Callable[[], str],
        wait: Callable[[Callable[[], object], float], object],
    ) -> None:
        self.last_progress = 0.0
        self._changed = changed
        self._submit = submit
        self._new_id = new_id
        self._wait = wait
        self._undelivered: set[str] = set()
        self._unstored: set[str] = set()
        self._offered: set[str] = set()

    @property
    def pending(self) -> bool:
        """Whether something has neither arrived nor failed yet. An offer counts until its transfer is
        known."""
        return bool(self._undelivered or self._offered)

    # --- Sending ---

    def say(self, conversation: Conversation, text: str) -> None:
        message = self._new_id()
        self._wait(lambda: len(self._unstored) < UNSTORED, STORE_SECONDS)
        with self._changed:
            self._unstored.add(message)
            self._undelivered.add(message)
        self._submit(SendText(conversation, message, text))

    def offer(self, conversation: Conversation, paths: list[Path]) -> None:
        group = self._new_id()
        with self._changed:
            self._offered.add(group)
        self._submit(OfferFiles(conversation, group, paths))

    # --- What became of it ---

    def stored(self, message: str) -> None:
        self._unstored.discard(message)

    def arrived(self, message: str) -> None:
        self._undelivered.discard(message)
        self.progress()

    def transfer_known(self, group: str) -> None:
        self._offered.discard(group)

    def offers_failed(self) -> None:
        """A fault does not say which offer it is about."""
        self._offered.clear()

    def progress(self) -> None:
        self.last_progress = time.monotonic()
