"""The kernel's facts about a run's sockets: what the hooks sample, and what the table of all sockets
adds (timers, and what becomes of a socket after the program has closed it)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from net.lab.recording import Facts, RecordedEvent
from net.system.kernel import TcpRow, tcp_table

TOLD = True
"""False: as if this system told nothing at all. For tests."""

TABLE_SECONDS = 0.2
"""Between two looks at the table of all TCP sockets."""

COUNTDOWN_SECONDS = 1.0
"""A timer that counts down is told this often."""


@dataclass(slots=True)
class _Known:
    transport: str
    local: str = ""
    remote: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    timer: str | None = None
    timer_left: float | None = None
    closed: bool = False
    missed: bool = False
    over: bool = False


def _is_timer_over(known: _Known, before: str | None) -> bool:
    """Whether the timer, which the table told when the state was ``before``, is known to run no more: the
    state is another one, or all has been acknowledged (RFC 6298 section 5.2)."""
    state = known.facts.get("state")
    acknowledged = state == "ESTABLISHED" and known.facts.get("unacked") == 0
    return state != before or (known.timer == "retransmit" and acknowledged)


class FactsBook:
    """NetThread only. ``record`` takes the `Facts`; ``now``: the recording's time."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        record: Callable[[RecordedEvent], None],
        now: Callable[[], float],
    ) -> None:
        self._loop = loop
        self._record = record
        self._now = now
        self._sockets: dict[tuple[str, int], _Known] = {}
        self._table: asyncio.Task[None] | None = None
        self.told = TOLD

    def sampled(self, who: str, t: float, message: Mapping[str, Any]) -> None:
        """A hook has looked at one of its sockets."""
        known = self._sockets.setdefault((who, message["socket"]), _Known(message["transport"]))
        known.local, known.remote = message["local"], message["remote"]
        before, known.facts = known.facts.get("state"), message["facts"]
        if _is_timer_over(known, before):
            known.timer = known.timer_left = None
        self._tell(who, message["socket"], known, t)
        if known.transport == "tcp" and self._table is None:
            self._table = self._loop.create_task(self._watch_table())

    def closed(self, who: str, socket: int) -> None:
        """The program has closed it: from now on only the table knows it."""
        known = self._sockets.get((who, socket))
        if known is not None:
            known.closed = True

    def ended(self, who: str) -> None:
        """The program's process is gone, and with it all its descriptors."""
        for (name, _socket), known in self._sockets.items():
            known.closed = known.closed or name == who

    def unread(self, who: str, count: int) -> bool | None:
        """Whether at least ``count`` bytes, or any datagram, wait at one of its sockets; None: nobody
        tells."""
        waiting = [
            (known.facts["unread"], known.transport)
            for (name, _socket), known in self._sockets.items()
            if name == who and not known.closed and "unread" in known.facts
        ]
        if not waiting:
            return None if not self.told else False
        return any(size >= count or (size and transport == "udp") for size, transport in waiting)

    def in_state(self, who: str, state: str) -> bool | None:
        """Whether one of its TCP sockets is in this state; None: nobody tells."""
        states = [known.facts.get("state") for (name, _socket), known in self._sockets.items() if name == who]
        if not self.told or (states and not any(states)):
            return None
        return state in states

    def stop(self) -> None:
        if self._table is not None:
            self._table.cancel()

    def _tell(self, who: str, socket: int, known: _Known, t: float) -> None:
        self._record(
            Facts(
                t,
                who=who,
                socket=socket,
                local=known.local,
                remote=known.remote,
                timer=known.timer,
                timer_left=known.timer_left,
                **known.facts,
            )
        )

    async def _watch_table(self) -> None:
        while True:
            rows = await self._loop.run_in_executor(None, tcp_table)
            if rows is None:
                return
            self._compare({(row.local, row.remote): row for row in rows})
            await asyncio.sleep(TABLE_SECONDS)

    def _compare(self, rows: Mapping[tuple[str, str], TcpRow]) -> None:
        for (who, socket), known in self._sockets.items():
            if known.transport != "tcp" or not known.remote or known.over:
                continue
            row = rows.get((known.local, known.remote))
            missed, known.missed = known.missed, row is None
            # The table is not read at one moment: a socket that becomes TIME_WAIT meanwhile may be in none of
            # its pieces. One that is missing twice is gone.
            if row is None and not (known.closed and missed):
                continue
            before = (known.timer, known.facts.get("state"))
            state = "CLOSED" if row is None else row.state
            timer, left = (None, None) if row is None else (row.timer, row.timer_left)
            if known.closed:
                # Its buffers went with the descriptor; what the kernel keeps is the state.
                known.facts = {"state": state}
                known.over = row is None
            counted = (
                left is not None
                and known.timer_left is not None
                and abs(known.timer_left - left) >= COUNTDOWN_SECONDS
            )
            if (timer, known.facts.get("state")) != before or counted:
                known.timer, known.timer_left = timer, left
                self._tell(who, socket, known, self._now())
