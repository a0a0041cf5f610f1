"""What all sessions on NetThread share: the loop, the outlet, the counter clock, the jobs, the sessions."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from net.address import Address
from net.events import Fault
from net.faults import name_call
from net.loop.outlet import Outlet
from net.sockets.counters import CounterClock
from net.sockets.events import (
    Closed,
    CloseReason,
    OpenFailed,
    SocketCalled,
    State,
    StateChanged,
)
from net.sockets.fault_states import FaultStates
from net.sockets.jobs.jobs import Jobs
from net.sockets.session import Session

T = TypeVar("T")


class Network:
    """NetThread only, except ``new_session``."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        outlet: Outlet,
        new_session: Callable[[], int],
        data_folder: Path | None,
    ) -> None:
        self.loop = loop
        self.outlet = outlet
        self.new_session = new_session
        self.data_folder = data_folder
        self.clock = CounterClock(loop, outlet)
        self.sessions: dict[int, Session] = {}
        self.jobs = Jobs(loop, outlet, self.sessions)
        self.unacknowledged = 0
        """Connections that wait for an acknowledgement."""
        self._faults = FaultStates(loop, outlet, self.sessions)

    def report_state(self, session: int, state: State, address: Address | None = None) -> None:
        """Emit `StateChanged`. ``address``: the one being tried while CONNECTING."""
        self.outlet.put(StateChanged(session, state, time.time_ns(), address))

    def report_fault(self, session: int, fault: Fault) -> Fault:
        """Emit `FaultOccurred`, or count one that goes on; returns ``fault``, for the caller to return in
        turn."""
        self._faults.report(session, fault)
        return fault

    def report_call(self, session: int, call: str, arguments: str = "", result: str = "") -> None:
        """Emit `SocketCalled`."""
        self.outlet.put(SocketCalled(session, call, arguments, result, time.time_ns()))

    def call(self, session: int, name: str, arguments: str, function: Callable[[], T]) -> T:
        """Make a socket call and report it with the error it raised, if any. Raises what it raises."""
        try:
            result = function()
        except OSError as error:
            self.report_call(session, name, arguments, error_name(error))
            name_call(error, name)
            raise
        self.report_call(session, name, arguments)
        return result

    def soon(self, function: Callable[..., object], *arguments: object) -> None:
        """Call ``function`` on NetThread; does nothing after the loop's end. Any thread."""
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(function, *arguments)

    def forget(self, session: Session) -> None:
        """The session ends: emit its last totals and end its jobs, before its last event is put."""
        number = session.session
        self._faults.session_ended(number)
        self.clock.forget(session)
        self.sessions.pop(number, None)
        self.jobs.session_ended(number)

    def report_open_failed(self, session: int, fault: Fault) -> None:
        """The last events of a session that never opened."""
        self.report_state(session, State.CLOSED)
        self.outlet.put(OpenFailed(session, fault, time.time_ns()))

    def report_closed(self, session: int, reason: CloseReason, fault: Fault | None) -> None:
        """The last events of a session that was open."""
        self.report_state(session, State.CLOSED)
        self.outlet.put(Closed(session, reason, fault, time.time_ns()))


def error_name(error: OSError) -> str:
    """The error's symbolic name, such as ``ECONNREFUSED``."""
    return errno.errorcode.get(error.errno or 0, type(error).__name__)
