"""`StreamRelay`: the session of a TCP relay. One client's way is in `net.sockets.relay.streams`.

A TCP relay is two connections: it can delay, slow down, stall, cut, half-close and reset, but not lose a
segment. What it read is acknowledged already, by this PC's kernel, and the sender will not send it again.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence
from typing import Literal

from net.address import Address
from net.events import Fault, FaultKind
from net.faults import fault_from_oserror
from net.protocol.impairment.fate import Fate
from net.protocol.impairment.settings import Impairment, StreamImpairment
from net.sockets.commands import CONNECT_TIMEOUT, RelayStreams, TcpListen
from net.sockets.events import (
    CloseReason,
    FateCounts,
    MessagesRelayed,
    RelayCounted,
    RelayedPiece,
    State,
    Transport,
)
from net.sockets.network import Network
from net.sockets.opening import Opening
from net.sockets.relay.session import PIECE_OVERHEAD, RelaySession
from net.sockets.relay.streams import StreamPath
from net.sockets.relay.target import refuse_loop, resolve_target
from net.sockets.session import Totals
from net.sockets.tcp.binding import bind_and_listen
from net.system.holders import with_holder
from net.system.resolve import Candidate, in_thread

MOST_CONNECTIONS = 1000
CLOSE_GRACE = 1.0
"""Seconds that connections get at the end to send what they hold; then they are reset."""


class StreamRelayOpening(Opening):
    """A TCP relay until it is open or has failed to open."""

    _refusal = FaultKind.RELAY_SENDS_NOTHING

    def __init__(self, network: Network, command: RelayStreams) -> None:
        super().__init__(network, command.session)
        self._command = command
        self._asked = command.address

    async def _open(self) -> None:
        command, network = self._command, self._network
        if command.target.is_name:
            network.report_state(self.session, State.RESOLVING)
        self._asked = command.target
        candidates = await resolve_target(command.target, socket.SOCK_STREAM, socket.AF_INET)
        self._asked = command.address
        socks = await bind_and_listen(network, TcpListen(self.session, command.address))
        try:
            own = [Address.from_socket(sock.getsockname()) for sock in socks]
            others = [other for other in network.sessions.values() if isinstance(other, StreamRelay)]
            for _family, address in candidates:
                for bound in own:
                    refuse_loop(bound, Address.from_socket(address), others)
            relay = StreamRelay(network, command, own[0], candidates)
            network.sessions[self.session] = relay
            await relay.start(socks)
        except BaseException:
            network.sessions[self.session] = self
            for sock in socks:
                network.call(self.session, "close", "", sock.close)
            raise

    async def _explain(self, error: OSError) -> Fault:
        fault = fault_from_oserror(error, self._asked)
        return await in_thread(with_holder, fault, self._asked)


class StreamRelay(RelaySession):
    """NetThread only."""

    _transport = Transport.TCP
    _open_state = State.LISTENING

    def __init__(
        self, network: Network, command: RelayStreams, local: Address, candidates: list[Candidate]
    ) -> None:
        super().__init__(network, command.session, local, Address.from_socket(candidates[0][1]), seed=0)
        self._candidates = candidates
        self._impairments = command.to_target, command.to_client
        self._paths: set[StreamPath] = set()
        self._servers: list[asyncio.Server] = []
        self._came = [0, 0]
        self._passed = [0, 0]
        self._bytes_came = 0
        self._bytes_passed = 0
        self._ending: asyncio.TimerHandle | None = None

    @property
    def queued(self) -> int:
        return sum(path.held for path in self._paths)

    async def start(self, socks: Sequence[socket.socket]) -> None:
        """Accept, and report that it is open. Raises OSError."""
        for sock in socks:
            self._servers.append(await self._network.loop.create_server(self._new_client, sock=sock))
        self._report_opened()

    def change(
        self, to_target: Impairment | StreamImpairment, to_client: Impairment | StreamImpairment
    ) -> None:
        """Other settings from now on."""
        if (
            isinstance(to_target, StreamImpairment)
            and isinstance(to_client, StreamImpairment)
            and self.is_open
        ):
            self._impairments = to_target, to_client
            for path in list(self._paths):
                path.change(to_target, to_client)
            self._report_settings()

    def break_up(self, how: Literal["cut", "half-close", "reset"], client: Address | None) -> None:
        """See `net.sockets.commands.BreakRelayed`."""
        for path in list(self._paths):
            if client is None or path.client == client:
                path.break_up(how)

    def counters(self) -> Totals:
        return Totals(
            messages_received=sum(self._came),
            bytes_received=self._bytes_came,
            messages_sent=sum(self._passed),
            bytes_sent=self._bytes_passed,
            queued=self.queued,
        )

    def close(self, reason: CloseReason = CloseReason.BY_ME) -> None:
        if self._reason is not None:
            return
        self._reason = reason
        self.is_open = False
        self._network.report_state(self.session, State.CLOSING)
        for server in self._servers:
            server.close()
        for path in list(self._paths):
            path.break_up("reset" if reason is CloseReason.ABORTED else "cut")
        self._ending = self._network.loop.call_later(CLOSE_GRACE, self._reset_all)
        self._network.loop.call_soon(self._end_if_over)

    def _reset_all(self) -> None:
        for path in list(self._paths):
            path.break_up("reset")

    def _end_if_over(self) -> None:
        if self._reason is None or self._paths or self.session not in self._network.sessions:
            return
        if self._ending is not None:
            self._ending.cancel()
        self._network.report_call(self.session, "close")
        self._report_closed(None)

    def _settings(self) -> tuple[StreamImpairment, StreamImpairment]:
        return self._impairments

    def _counts(self) -> RelayCounted:
        there, back = (
            FateCounts(came=came, passed=passed)
            for came, passed in zip(self._came, self._passed, strict=True)
        )
        return RelayCounted(
            session=self.session,
            to_target=there,
            to_client=back,
            clients=len(self._paths),
            queued=0,
            untold=self.untold,
        )

    # --- Its paths ---

    def _new_client(self) -> asyncio.Protocol:
        path = StreamPath(self._network.loop, self._candidates, *self._impairments, self)
        if len(self._paths) >= MOST_CONNECTIONS:
            fault = Fault(FaultKind.RELAY_CLIENTS, {"limit": MOST_CONNECTIONS})
            self._network.report_fault(self.session, fault)
            path.refuse()
        self._paths.add(path)
        return path.client_end

    def connected(self, path: StreamPath) -> None:
        self._report_client(path.client, "came")

    def came(self, path: StreamPath, size: int, back: bool) -> None:
        self._came[back] += 1
        self._bytes_came += size

    def passed(self, path: StreamPath, data: bytes, back: bool, delay: float) -> None:
        self._passed[back] += 1
        self._bytes_passed += len(data)
        outlet = self._network.outlet
        if outlet.congested:
            self.untold += 1
            return
        piece = RelayedPiece(data, Fate.PASSED, back, path.client_raw, delay, 0)
        outlet.put(MessagesRelayed(self.session, [piece], time.time_ns()), len(data) + PIECE_OVERHEAD)

    def over(self, path: StreamPath, state: str, error: OSError | None) -> None:
        self._paths.discard(path)
        if error is not None:
            fault = fault_from_oserror(error, self.target, CONNECT_TIMEOUT, call="connect")
            self._network.report_fault(self.session, fault)
        elif path.client.port:
            self._report_client(path.client, state)
        self._network.loop.call_soon(self._end_if_over)
