"""What everything on NetThread shares: the loop, the outlet, the counters' clock, the sessions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from net.address import Address
from net.events import Fault
from net.faults import fault_from_ours
from net.loop.outlet import Outlet
from net.sockets.counters import CounterClock
from net.sockets.events import FaultOccurred, SocketCalled, State, StateChanged
from net.sockets.session import Session


class Network:
    """NetThread only, but for ``new_session``."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        outlet: Outlet,
        new_session: Callable[[], int],
        on_end: Callable[[int], None],
        data_folder: Path | None,
    ) -> None:
        self.loop = loop
        self.outlet = outlet
        self.new_session = new_session
        self.on_end = on_end
        self.data_folder = data_folder
        self.clock = CounterClock(loop, outlet)
        self.sessions: dict[int, Session] = {}
        self.busy: Callable[[int], bool] = lambda session: False

    def tell_state(self, session: int, state: State, address: Address | None = None) -> None:
        self.outlet.put(StateChanged(session, state, time.time_ns(), address))

    def tell_fault(self, session: int, fault: Fault) -> None:
        self.outlet.put(FaultOccurred(session, fault, time.time_ns()))

    def tell_call(self, session: int, call: str, arguments: str = "", result: str = "") -> None:
        self.outlet.put(SocketCalled(session, call, arguments, result, time.time_ns()))

    def tell_broken(self, session: int, error: BaseException) -> None:
        """Something of ours raised what it should not have."""
        self.tell_fault(session, fault_from_ours(error))
