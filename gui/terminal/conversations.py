"""The sessions of one run of the sockets' terminal: those of the command line, and accepted connections."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from net.address import Address
from net.sockets.commands import RelayDatagrams, RelayStreams, TcpConnect, UdpOpen
from net.sockets.open_url import OpenCommand

WINDOW = 32 * 1024 * 1024
"""Bytes of standard input that may be in flight: the rest stays in the pipe, not in memory."""


@dataclass(slots=True)
class Conversation:
    """One session. ``parent``: an accepted connection's listener. ``last``: the time of the last message, in
    seconds of the wall clock."""

    session: int
    command: OpenCommand
    parent: int | None = None
    remote: Address | None = None
    ready: bool = False
    sent: int = 0  # bytes passed to the Engine
    gone: int = 0  # bytes of those that left the send buffer
    last: float = 0.0

    @property
    def is_client(self) -> bool:
        return isinstance(self.command, TcpConnect)

    @property
    def is_relay(self) -> bool:
        """Nothing is sent to it: it passes on what others send."""
        return isinstance(self.command, RelayDatagrams | RelayStreams)

    @property
    def has_fixed_peer(self) -> bool:
        """Whether it is a UDP endpoint with a peer or group in its URL, which all messages go to."""
        return isinstance(self.command, UdpOpen) and bool(self.command.peer or self.command.group)


class Conversations:
    """By session id; shared between the thread that takes events and the one that reads standard input, under
    one lock. `stop` wakes a waiting thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open: dict[int, Conversation] = {}
        self._stopped = False

    def __bool__(self) -> bool:
        return bool(self._open)

    def __getitem__(self, session: int) -> Conversation:
        return self._open[session]

    def all(self) -> list[Conversation]:
        with self._changed:
            return list(self._open.values())

    # --- Changes ---

    def add(self, conversation: Conversation) -> None:
        with self._changed:
            self._open[conversation.session] = conversation

    def remove(self, session: int) -> None:
        with self._changed:
            del self._open[session]
            self._changed.notify_all()

    def set_ready(self, conversation: Conversation) -> None:
        """Messages can be sent to it from now on."""
        with self._changed:
            conversation.ready = True
            self._changed.notify_all()

    def set_gone(self, conversation: Conversation, count: int) -> None:
        with self._changed:
            conversation.gone = count
            self._changed.notify_all()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    # --- Receivers ---

    def receivers(self) -> list[Conversation]:
        return [one for one in self.all() if one.ready]

    def wait_for_somebody(self) -> bool:
        """Wait until there is somebody to send to, and until slow peers have read most of what was sent
        before. False at the end."""
        with self._changed:
            return self._changed.wait_for(self._has_room) and not self._stopped

    def _has_room(self) -> bool:
        if self._stopped:
            return True
        ready = [one for one in self._open.values() if one.ready]
        return bool(ready) and all(one.sent - one.gone < WINDOW for one in ready)
