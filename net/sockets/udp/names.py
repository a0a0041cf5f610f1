"""Messages to host names: they wait while the name is looked up; each name is looked up separately."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence

from net.address import Address, AddressError
from net.events import Fault, FaultKind
from net.faults import fault_from_oserror
from net.sockets.events import Origin
from net.system.resolve import resolve

LIFETIME = 30.0
"""Seconds for which the result of a look-up is reused."""

Deliver = Callable[[Sequence[bytes], Address, Origin], None]


class HostNameQueue:
    """NetThread only. ``deliver(messages, address, origin)`` is called in order once the address is known,
    ``on_fault`` if the look-up failed, and ``on_idle`` after either. ``family``: AF_INET, AF_INET6 or 0 for
    both."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        family: int,
        deliver: Deliver,
        on_fault: Callable[[Fault], None],
        on_idle: Callable[[], None],
    ) -> None:
        self.queued = 0
        self._loop = loop
        self._family = family
        self._deliver = deliver
        self._on_fault = on_fault
        self._on_idle = on_idle
        self._known: dict[str, tuple[float, Address]] = {}
        self._waiting: dict[Address, list[tuple[Sequence[bytes], Origin]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, messages: Sequence[bytes], remote: Address, origin: Origin) -> None:
        """Deliver the messages once the name of ``remote`` is resolved; at once while a recent result is
        known."""
        waiting = self._waiting.get(remote)
        if waiting is None:
            expiry, known = self._known.get(remote.host, (0.0, remote))
            if expiry > self._loop.time():
                self._deliver(messages, known.with_port(remote.port), origin)
                return
            waiting = self._waiting[remote] = []
            task = self._loop.create_task(self._look_up(remote))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        waiting.append((messages, origin))
        self.queued += sum(map(len, messages))

    def clear(self) -> None:
        """Cancel all look-ups and drop the messages waiting for them."""
        for task in self._tasks:
            task.cancel()
        self._waiting.clear()
        self.queued = 0

    async def _look_up(self, remote: Address) -> None:
        fault: Fault | None = None
        address = remote
        try:
            found = await resolve(remote, socket.SOCK_DGRAM, self._family)
            address = Address.from_socket(found[0][1])
        except OSError as error:
            fault = fault_from_oserror(error, remote)
        except (AddressError, IndexError):
            fault = Fault(FaultKind.NAME_NOT_FOUND, {"host": remote.host})
        waiting = self._waiting.pop(remote)
        self.queued -= sum(len(message) for messages, _ in waiting for message in messages)
        if fault is not None:
            self._on_fault(fault)
        else:
            self._known[remote.host] = (self._loop.time() + LIFETIME, address)
            for messages, origin in waiting:
                self._deliver(messages, address, origin)
        self._on_idle()
