"""`Opening`: a session until it is open, or has turned out not to open; cancellable all the way."""

from __future__ import annotations

import abc
import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from net.address import Address, AddressError
from net.events import Fault, FaultKind
from net.faults import fault_from_address, fault_from_ours
from net.sockets.events import CloseReason
from net.sockets.network import Network
from net.sockets.session import OpenError, Totals

logger = logging.getLogger("duplex.net")


class Opening(abc.ABC):
    """It begins with the next turn of the loop. What is open then takes its place among the network's
    sessions; otherwise it ends with `OpenFailed`. NetThread only."""

    is_open = False
    local_address: Address | None = None
    message_limit: int | None = None
    queued = 0
    _refusal = FaultKind.NOT_CONNECTED  # of what is to be sent already

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
        """The fault that ``error`` is here."""

    def _cancel_fault(self) -> Fault:
        """Why the task was cancelled."""
        return Fault(FaultKind.CANCELLED)

    def send(
        self, messages: Sequence[bytes], to: Address | None = None, origin: str = "user"
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
        # What is open may have been cancelled in the moment in which it took this session's place.
        if fault is not None and self._network.sessions.get(self.session) is self:
            self._network.forget(self)
            self._network.report_open_failed(self.session, fault)


async def fault_of(
    opening: Coroutine[Any, Any, None],
    explain: Callable[[OSError], Awaitable[Fault]],
    cancelled: Callable[[], Fault] = lambda: Fault(FaultKind.CANCELLED),
) -> Fault | None:
    """Why ``opening`` failed; None where it did not."""
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
        # A mistake of ours must not leave a session without its end.
        logger.exception("opening")
        return fault_from_ours(error)
    return None
