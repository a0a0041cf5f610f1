"""A session that records what was sent, for testing jobs alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from net.address import Address
from net.events import Fault
from net.sockets.events import CloseReason, Origin
from net.sockets.session import Totals


class FakeSession:
    def __init__(self, session: int = 1) -> None:
        self.session = session
        self.is_open = True
        self.queued = 0
        self.sent: list[tuple[bytes, Address | None, Origin]] = []
        self.refuse: Fault | None = None
        self.on_send: Callable[[], None] = lambda: None
        self.queues = False
        self.local_address: Address | None = None
        self.message_limit: int | None = None

    def send(
        self, messages: Sequence[bytes], to: Address | None = None, origin: Origin = "user"
    ) -> Fault | None:
        self.on_send()
        if self.refuse is not None:
            return self.refuse
        self.sent.extend((message, to, origin) for message in messages)
        if self.queues:
            self.queued += sum(map(len, messages))
        return None

    def abort(self) -> None:
        self.is_open = False

    def close(self, reason: CloseReason = CloseReason.BY_ME) -> None:
        self.is_open = False

    def counters(self) -> Totals:
        return Totals()

    @property
    def data(self) -> bytes:
        return b"".join(message for message, _, _ in self.sent)
