"""A NetThread for tests of one part: an asyncio loop on a thread, with a real outlet whose events are
kept."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from net.address import Address
from net.events import Event, FaultKind
from net.loop.outlet import EventQueue, Outlet
from net.sockets.commands import UdpOpen
from net.sockets.events import DatagramsReceived, FaultOccurred, Opened, OpenFailed
from net.sockets.network import Network
from net.sockets.udp.endpoint import Endpoint
from net.sockets.udp.opening import EndpointOpening
from tests.waiting import PATIENCE_SECONDS, wait_until

T = TypeVar("T")
E = TypeVar("E", bound=Event)


class LoopThread:
    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.queue = EventQueue()
        self.outlet = Outlet(self.loop, self.queue)
        self.events: list[Event] = []
        self.numbers = itertools.count(1)
        self.network = Network(self.loop, self.outlet, lambda: next(self.numbers), None)
        self.started: list[int] = []
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def call(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Run on the loop's thread and return the result."""

        async def run() -> T:
            return function(*arguments, **named)

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(PATIENCE_SECONDS)

    def take(self) -> list[Event]:
        """All events so far."""
        with contextlib.suppress(queue.Empty):
            while True:
                self.events.extend(self.queue.get_nowait())
        return self.events

    def of(self, kind: type[E], session: int | None = None) -> list[E]:
        return [
            event
            for event in self.take()
            if isinstance(event, kind) and session in (None, getattr(event, "session", None))
        ]

    def wait(
        self, kind: type[E], session: int | None = None, count: int = 1, timeout: float = PATIENCE_SECONDS
    ) -> E:
        """The ``count``-th event of that kind."""
        what = f"{kind.__name__} {count} of session {session}"
        wait_until(lambda: len(self.of(kind, session)) >= count, timeout, what=what)
        return self.of(kind, session)[count - 1]

    def wait_fault(self, session: int, kind: FaultKind, timeout: float = PATIENCE_SECONDS) -> FaultOccurred:
        def found() -> FaultOccurred | None:
            faults = self.of(FaultOccurred, session)
            return next((event for event in faults if event.fault.kind is kind), None)

        fault = wait_until(found, timeout, what=f"fault {kind}")
        assert fault is not None
        return fault

    @property
    def ended(self) -> list[int]:
        """The endpoints that have come and gone."""
        return [session for session in self.started if session not in self.network.sessions]

    def start(self, address: str = "127.0.0.1:0", **options: Any) -> EndpointOpening:
        """Start to open an endpoint."""
        command = UdpOpen(next(self.numbers), Address.parse(address), **options)
        self.started.append(command.session)

        def begin() -> EndpointOpening:
            self.network.sessions[command.session] = opening = EndpointOpening(self.network, command)
            return opening

        return self.call(begin)

    def open(self, address: str = "127.0.0.1:0", **options: Any) -> Endpoint:
        number = self.start(address, **options).session
        wait_until(lambda: bool(self.of(Opened, number)) or bool(self.of(OpenFailed, number)), what="Opened")
        assert not self.of(OpenFailed, number), self.of(OpenFailed, number)
        endpoint = self.network.sessions[number]
        assert isinstance(endpoint, Endpoint)
        return endpoint

    def received(self, endpoint: Endpoint) -> list[bytes]:
        batches = self.of(DatagramsReceived, endpoint.session)
        return [data for event in batches for data in event.datagrams]

    def wait_received(self, endpoint: Endpoint, count: int, timeout: float = PATIENCE_SECONDS) -> list[bytes]:
        what = f"{count} datagrams at {endpoint.session}"
        wait_until(lambda: len(self.received(endpoint)) >= count, timeout, what=what)
        return self.received(endpoint)

    def _close_all(self) -> None:
        for session in list(self.network.sessions.values()):
            session.close()

    def stop(self) -> None:
        self.call(self._close_all)
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not self.network.sessions)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        if not self._thread.is_alive():
            self.loop.close()


@contextlib.contextmanager
def loop_thread() -> Iterator[LoopThread]:
    thread = LoopThread()
    try:
        yield thread
    finally:
        thread.stop()
