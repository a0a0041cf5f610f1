"""What all sessions have in common: listeners, connections, endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from net.address import Address
from net.events import Fault
from net.sockets.events import CloseReason


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
        """Of several sessions together; at least one."""
        return Totals(*map(sum, zip(*totals, strict=True)))


class OpenError(Exception):
    """A session can't be opened; ``fault`` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Session(Protocol):
    """One session on NetThread, the only thread that may use it."""

    @property
    def session(self) -> int: ...

    @property
    def is_open(self) -> bool:
        """Whether `send` can be of use: `Opened` was emitted and closing has not begun."""
        ...

    @property
    def local_address(self) -> Address | None:
        """Where it is bound; None while it is not."""
        ...

    @property
    def message_limit(self) -> int | None:
        """Bytes of the largest message; None where a message may be of any size."""
        ...

    @property
    def queued(self) -> int:
        """Bytes accepted by `send` that the kernel has not taken yet; 0 where nothing queues."""
        ...

    def send(
        self, messages: Sequence[bytes], to: Address | None = None, origin: str = "user"
    ) -> Fault | None:
        """Send the messages in order, all or none; what forbids it is reported as `FaultOccurred`.

        Gives that fault too, so that a job knows when to stop; None where they were accepted.
        """
        ...

    def close(self, reason: CloseReason = CloseReason.BY_ME) -> None:
        """Begin the orderly end, which `Closed` completes. Idempotent."""
        ...

    def abort(self) -> None:
        """Begin the end without what is still to be sent; also ends a close that is under way."""
        ...

    def counters(self) -> Totals:
        """Any time until `Closed`; a listener sums up its connections, past and present."""
        ...
