"""The interface that all sessions share: listeners, connections, endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from net.address import Address
from net.events import Fault
from net.sockets.events import CloseReason, Origin


class Totals(NamedTuple):
    """A session's totals since it opened. ``queued``: bytes in the send buffer now."""

    messages_received: int = 0
    bytes_received: int = 0
    messages_sent: int = 0
    bytes_sent: int = 0
    drops: int = 0
    queued: int = 0

    @staticmethod
    def sum(totals: Iterable[Totals]) -> Totals:
        """The sum over several sessions, at least one."""
        return Totals(*map(sum, zip(*totals, strict=True)))


class OpenError(Exception):
    """A session can't be opened; ``fault`` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Session(Protocol):
    """One session. NetThread only."""

    @property
    def session(self) -> int: ...

    @property
    def is_open(self) -> bool:
        """Whether `send` can succeed: `Opened` was emitted and closing has not begun."""
        ...

    @property
    def local_address(self) -> Address | None:
        """The address it is bound to; None before and after."""
        ...

    @property
    def message_limit(self) -> int | None:
        """Bytes of the largest message; None if there is no limit."""
        ...

    @property
    def queued(self) -> int:
        """Bytes accepted by `send` that the kernel has not accepted yet; 0 if there is no queue."""
        ...

    def send(
        self, messages: Sequence[bytes], to: Address | None = None, origin: Origin = "user"
    ) -> Fault | None:
        """Send the messages in order, all or none; a refusal is reported as `FaultOccurred`.

        Returns that fault too, so that a job knows when to stop; None if they were accepted.
        """
        ...

    def close(self, reason: CloseReason = CloseReason.BY_ME) -> None:
        """Begin an orderly close; `Closed` follows. Idempotent."""
        ...

    def abort(self) -> None:
        """Begin to close without sending the queue; also ends a close that is under way."""
        ...

    def counters(self) -> Totals:
        """At any time until `Closed`; a listener adds up its connections, past and present."""
        ...
