"""`FaultStates`: a fault that goes on is one state with a count, not an event for each time it is met.

A device that is off refuses each of ten datagrams a second. The first refusal is a `FaultOccurred`; from
the second on the state is told by `FaultRepeated`, at most once a second, and `FaultEnded` says when it is
over and how often it was met.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from net.events import Fault, FaultKind
from net.loop.outlet import Outlet
from net.sockets.events import FaultEnded, FaultOccurred, FaultRepeated
from net.sockets.session import Session

TICK = 1.0
"""Seconds between two `FaultRepeated` of one state."""

QUIET = 5.0
"""Seconds for which messages must leave unhindered until a state is over: a host that does not answer is
reported some three seconds after a datagram (ARP), a closed port at most once a second (ICMP's limit)."""

FORGOTTEN = 60.0
"""Seconds without the fault and without any message, after which a state is over: nothing is known of it."""

MOST_STATES = 200
"""States remembered of one session; beyond that the oldest is forgotten."""

_Key = tuple[FaultKind, tuple[tuple[str, str | int | float], ...]]


@dataclass(slots=True)
class _State:
    fault: Fault
    since: int  # ns since the epoch
    last: float  # of the loop's clock, as is `unhindered`
    sent: int
    received: int
    count: int = 1
    told: int = 1
    unhindered: float | None = None  # since when messages leave without it


class FaultStates:
    """For the sessions of one network. NetThread only."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, outlet: Outlet, sessions: Mapping[int, Session]
    ) -> None:
        self._loop = loop
        self._outlet = outlet
        self._sessions = sessions
        self._states: dict[int, dict[_Key, _State]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def report(self, session: int, fault: Fault) -> None:
        """The session met ``fault``, for the first time or again."""
        now = self._loop.time()
        known = self._sessions.get(session)
        if known is None:
            # The answer to a command about a session that has ended.
            self._outlet.put(FaultOccurred(session, fault, time.time_ns()))
            return
        totals = known.counters()
        states = self._states.setdefault(session, {})
        key = (fault.kind, tuple(sorted(fault.params.items())))
        state = states.get(key)
        if state is None:
            if len(states) >= MOST_STATES:
                self._end(session, states.pop(next(iter(states))))
            states[key] = _State(fault, time.time_ns(), now, totals.messages_sent, totals.messages_received)
            self._outlet.put(FaultOccurred(session, fault, time.time_ns()))
        else:
            state.count += 1
            state.last, state.unhindered = now, None
            state.sent, state.received = totals.messages_sent, totals.messages_received
            if state.count == 2:
                self._tell(session, state)
        if self._timer is None:
            self._timer = self._loop.call_later(TICK, self._tick)

    def session_ended(self, session: int) -> None:
        """Its last event is about to be put."""
        for state in self._states.pop(session, {}).values():
            self._end(session, state)
        if not self._states and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        now = self._loop.time()
        for session, states in list(self._states.items()):
            known = self._sessions.get(session)
            for key, state in list(states.items()):
                if known is None or self._is_over(state, known, now):
                    del states[key]
                    self._end(session, state)
                elif state.count != state.told:
                    self._tell(session, state)
            if not states:
                del self._states[session]
        self._timer = self._loop.call_later(TICK, self._tick) if self._states else None

    def _is_over(self, state: _State, session: Session, now: float) -> bool:
        totals = session.counters()
        if state.fault.kind is FaultKind.PORT_CLOSED and totals.messages_received > state.received:
            return True
        if totals.messages_sent <= state.sent:
            return now - state.last >= FORGOTTEN
        if state.unhindered is None:
            state.unhindered = now
        return now - state.unhindered >= QUIET

    def _tell(self, session: int, state: _State) -> None:
        state.told = state.count
        self._outlet.put(FaultRepeated(session, state.fault, state.count, state.since, time.time_ns()))

    def _end(self, session: int, state: _State) -> None:
        if state.count > 1:
            kind, fault = state.fault.kind, state.fault
            self._outlet.put(FaultEnded(session, kind, time.time_ns(), fault, state.count, state.since))
