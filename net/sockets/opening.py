"""`Opening`: a session from its command until it is open or has failed to open; cancellable at any time."""

from __future__ import annotations

import abc
import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from net.address import Address, AddressError
from net.events import Fault, FaultKind
from net.faults import fault_from_address, fault_from_ours
from net.sockets.events import CloseReason, Origin
from net.sockets.network import Network
from net.sockets.session import OpenError, Totals

logger = logging.getLogger("duplex.net")


class Opening(abc.ABC):
    """Starts with the next turn of the loop. An opened session then replaces it among the network's sessions;
    otherwise it ends with `OpenFailed`. NetThread only."""

    is_open = False
    local_address: Address | None = None
    message_limit: int | None = None
    queued = 0
    _refusal = FaultKind.NOT_CONNECTED  # of messages sent already now

    def __init__(self, network: Network, session: int) -> None:
        self.session = session
        self._network = network
        self._started = False
        self._cancelled = False
        self._task = network.loop.create_task(self._run())

    @abc.abstractmethod
    async def _open(self) -> None:
        """Open. Raises `OpenError`, `AddressError` or `OSError`."""

    @abc.abstractmethod
    async def _explain(self, error: OSError) -> Fault:
        """The fault that ``error`` means here."""

    def _cancel_fault(self) -> Fault:
        """Why the task was cancelled."""
        return Fault(FaultKind.CANCELLED)

    def send(
        self, messages: Sequence[bytes], to: Address | None = None, origin: Origin = "user"
    ) -> Fault | None:
        return self._network.report_fault(self.session, Fault(self._refusal))

    def counters(self) -> Totals:
        return Totals()

    def close(self, reason: CloseReason = CloseReason.BY_ME) -> None:
        """Cancel. Idempotent."""
        # A task cancelled before its first step never runs, and would report nothing.
        self._cancelled = True
        if self._started:
            self._task.cancel()

    def abort(self) -> None:
        self.close()

    async def _run(self) -> None:
        self._started = True
        if self._cancelled:
            fault: Fault | None = self._cancel_fault()
        else:
            fault = await fault_of(self._open(), self._explain, self._cancel_fault)
        # The open session may have been cancelled at the moment it replaced this one.
        if fault is not None and self._network.sessions.get(self.session) is self:
            self._network.forget(self)
            self._network.report_open_failed(self.session, fault)


async def fault_of(
    opening: Coroutine[Any, Any, None],
    explain: Callable[[OSError], Awaitable[Fault]],
    cancelled: Callable[[], Fault] = lambda: Fault(FaultKind.CANCELLED),
) -> Fault | None:
    """Why ``opening`` failed; None if it did not."""
    try:
        await opening
    except asyncio.CancelledError:
        return cancelled()
    except OpenError as error:
        return error.fault
    except AddressError as error:
        return fault_from_address(error)
    except OSError as error:
        try:
            return await explain(error)
        except asyncio.CancelledError:
            return cancelled()
    except Exception as error:
        # A bug of ours must not leave a session without its last event.
        logger.exception("opening")
        return fault_from_ours(error)
    return None
