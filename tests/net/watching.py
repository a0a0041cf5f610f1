"""An Engine under test and all its events."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from typing import TypeVar

from net.address import Address
from net.engine import Engine
from net.events import Event
from net.protocol.framing import Framing
from net.sockets.commands import TcpConnect, TcpListen, TcpOptions, TlsOptions
from net.sockets.events import (
    Closed,
    FaultOccurred,
    MessagesReceived,
    Opened,
    OpenFailed,
    Role,
    SocketCalled,
)
from tests.waiting import PATIENCE_SECONDS

T = TypeVar("T")
DEADLINE = PATIENCE_SECONDS
LOOPBACK = Address("127.0.0.1", 0)


class Watched:
    """Takes the engine's events while waiting for one, and keeps them all."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.seen: list[Event] = []
        self._of_kind: dict[type, list[Event]] = {}

    def wait(self, condition: Callable[[], T], timeout: float = DEADLINE, what: str = "") -> T:
        """The first true value of ``condition``, which is called after each batch of events."""
        deadline = time.monotonic() + timeout
        while True:
            value = condition()
            if value:
                return value
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"not within {timeout:g} s: {what}; last: {self.seen[-8:]}")
            try:
                self.take(min(left, 0.05))
            except queue.Empty:
                continue

    def take(self, timeout: float) -> None:
        """Take one batch. Raises `queue.Empty`."""
        batch = self.engine.events.get(timeout=timeout)
        self.seen += batch
        for event in batch:
            self._of_kind.setdefault(type(event), []).append(event)

    def all(self, kind: type[T], session: int | None = None) -> list[T]:
        found: list[T] = self._of_kind.get(kind, [])  # type: ignore[assignment]
        if session is None:
            return found
        return [event for event in found if getattr(event, "session", None) == session]

    def first(self, kind: type[T], session: int | None = None, timeout: float = DEADLINE) -> T:
        """Wait for the first event of ``kind`` about the session."""
        return self.wait(lambda: self.all(kind, session), timeout, f"{kind.__name__} of {session}")[0]

    def end(self, session: int, timeout: float = DEADLINE) -> Closed | OpenFailed:
        def ended() -> list[Closed | OpenFailed]:
            return [*self.all(Closed, session), *self.all(OpenFailed, session)]

        return self.wait(ended, timeout, f"end of {session}")[0]

    def fault(self, session: int, timeout: float = DEADLINE) -> FaultOccurred:
        return self.first(FaultOccurred, session, timeout)

    def calls(self, session: int) -> list[str]:
        """The names of the session's reported socket calls."""
        return [event.call for event in self.all(SocketCalled, session)]

    def received(self, session: int) -> list[bytes]:
        return [data for event in self.all(MessagesReceived, session) for data in event.messages]

    def wait_received(self, session: int, data: bytes, timeout: float = DEADLINE) -> None:
        self.wait(lambda: b"".join(self.received(session)) == data, timeout, f"{data[:40]!r} at {session}")

    def ask_to_listen(self, address: Address) -> int:
        """A listener's session, whether or not it opens."""
        session = self.engine.new_session()
        self.engine.submit(TcpListen(session, address))
        return session

    def listen(
        self,
        address: Address = LOOPBACK,
        framing: Framing | None = None,
        options: TcpOptions | None = None,
        tls: TlsOptions | None = None,
        backlog: int = 128,
    ) -> tuple[int, Address]:
        """``(session, address)`` of a listener that listens."""
        session = self.engine.new_session()
        self.engine.submit(
            TcpListen(
                session,
                address,
                framing=framing or Framing(),
                options=options or TcpOptions(),
                tls=tls,
                backlog=backlog,
            )
        )
        return session, self.first(Opened, session).local_address

    def connect(
        self,
        address: Address,
        framing: Framing | None = None,
        options: TcpOptions | None = None,
        tls: TlsOptions | None = None,
        timeout: float = DEADLINE,
        local: Address | None = None,
    ) -> int:
        """A client's session, which is connecting."""
        session = self.engine.new_session()
        self.engine.submit(
            TcpConnect(
                session,
                address,
                local_address=local,
                timeout=timeout,
                framing=framing or Framing(),
                options=options or TcpOptions(),
                tls=tls,
            )
        )
        return session

    def accepted(self, listener: int, count: int = 1) -> list[int]:
        """The sessions of the first ``count`` connections of a listener."""

        def sessions() -> list[int]:
            found = [e.session for e in self.all(Opened) if e.role is Role.ACCEPTED and e.parent == listener]
            return found if len(found) >= count else []

        return self.wait(sessions, what=f"{count} connections of {listener}")
