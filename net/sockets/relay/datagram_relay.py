"""`DatagramRelay`: the session of a UDP relay. Its thread is in `net.sockets.relay.datagrams`."""

from __future__ import annotations

import errno
import random
import socket
import time
from functools import partial
from typing import Any

from net.address import Address, SocketAddress
from net.events import Fault, FaultKind
from net.faults import fault_from_oserror
from net.protocol.impairment.datagrams import Told
from net.protocol.impairment.settings import Impairment, StreamImpairment
from net.sockets.commands import RelayDatagrams
from net.sockets.events import (
    CloseReason,
    MessagesRelayed,
    RelayClientChanged,
    RelayCounted,
    RelayedPiece,
    State,
    Transport,
)
from net.sockets.network import Network
from net.sockets.opening import Opening
from net.sockets.relay.datagrams import MOST_CLIENTS, RelayThread
from net.sockets.relay.session import PIECE_OVERHEAD, RelaySession
from net.sockets.relay.target import refuse_loop, resolve_target
from net.sockets.session import Totals
from net.sockets.socket_options import new_socket
from net.system.holders import with_holder
from net.system.resolve import in_thread, resolve


class DatagramRelayOpening(Opening):
    """A UDP relay until it is open or has failed to open."""

    _refusal = FaultKind.RELAY_SENDS_NOTHING

    def __init__(self, network: Network, command: RelayDatagrams) -> None:
        super().__init__(network, command.session)
        self._command = command
        self._asked = command.address

    async def _open(self) -> None:
        command, network = self._command, self._network
        if command.address.is_name or command.target.is_name:
            network.report_state(self.session, State.RESOLVING)
        own = await resolve(command.address, socket.SOCK_DGRAM, passive=True)
        family, local = min(own, key=lambda candidate: candidate[0] != socket.AF_INET)
        self._asked = command.target
        target_family, target = (await resolve_target(command.target, socket.SOCK_DGRAM, family))[0]
        self._try_target(target_family, target)
        self._asked = command.address
        with new_socket(network, self.session, family, socket.SOCK_DGRAM) as sock:
            exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
            if exclusive is not None:
                sock.setsockopt(socket.SOL_SOCKET, exclusive, 1)
            network.call(self.session, "bind", repr(local[:2]), partial(sock.bind, local))
            bound = Address.from_socket(sock.getsockname())
            others = [other for other in network.sessions.values() if isinstance(other, DatagramRelay)]
            refuse_loop(bound, Address.from_socket(target), others)
            relay = DatagramRelay(network, command, sock, bound, target_family, target)
        network.sessions[self.session] = relay
        relay.start()

    def _try_target(self, family: int, target: SocketAddress) -> None:
        """Connecting a UDP socket sends nothing, but fails where there is no way to the target."""
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect(target)

    async def _explain(self, error: OSError) -> Fault:
        if isinstance(error, PermissionError) and self._asked is self._command.target:
            # A broadcast address that the interfaces do not list as one.
            return Fault(FaultKind.RELAY_TARGET, {"address": str(self._asked)})
        call = "connect" if self._asked is self._command.target else ""
        fault = fault_from_oserror(error, self._asked, call=call, udp=True)
        return await in_thread(with_holder, fault, self._asked, "udp")


class DatagramRelay(RelaySession):
    """NetThread only, except `relayed`, `client_changed`, `failed` and `ended`, which its thread calls."""

    _transport = Transport.UDP
    _open_state = State.BOUND

    def __init__(
        self,
        network: Network,
        command: RelayDatagrams,
        sock: socket.socket,
        local: Address,
        family: int,
        target: SocketAddress,
    ) -> None:
        seed = random.randrange(1, 1_000_000) if command.seed is None else command.seed
        super().__init__(network, command.session, local, Address.from_socket(target), seed)
        self._impairments = command.to_target, command.to_client
        self._over: Totals | None = None
        self._thread = RelayThread(
            sock,
            family,
            target,
            command.to_target,
            command.to_client,
            seed,
            self,
            name=f"relay-{command.session}",
        )

    @property
    def queued(self) -> int:
        return self._thread.held_bytes

    def start(self) -> None:
        """Report that it is open, and begin to relay."""
        self._report_opened()
        # The thread hands over its batches itself: none may overtake these events.
        self._network.outlet.flush()
        self._thread.start()

    def change(
        self, to_target: Impairment | StreamImpairment, to_client: Impairment | StreamImpairment
    ) -> None:
        """Other settings from now on."""
        if isinstance(to_target, Impairment) and isinstance(to_client, Impairment) and self.is_open:
            self._impairments = to_target, to_client
            self._thread.change(to_target, to_client)
            self._report_settings()

    def counters(self) -> Totals:
        if self._over is not None:
            return self._over
        came, bytes_came = self._thread.came
        left, bytes_left = self._thread.left
        return Totals(
            messages_received=came,
            bytes_received=bytes_came,
            messages_sent=left,
            bytes_sent=bytes_left,
            drops=self._thread.not_passed + self._thread.kernel_drops(),
            queued=self._thread.held_bytes,
        )

    def close(self, reason: CloseReason = CloseReason.BY_ME) -> None:
        if self._reason is not None:
            return
        self._reason = reason
        self.is_open = False
        self._network.report_state(self.session, State.CLOSING)
        self._over = self.counters()
        self._thread.stop()

    def _settings(self) -> tuple[Impairment, Impairment]:
        return self._impairments

    def _counts(self) -> RelayCounted:
        thread = self._thread
        return RelayCounted(
            session=self.session,
            to_target=thread.fate_counts(back=False),
            to_client=thread.fate_counts(back=True),
            clients=thread.clients,
            queued=thread.queued,
            untold=self.untold,
        )

    # --- Told by the thread ---

    def relayed(self, told: list[Told[Any]], pieces: list[RelayedPiece]) -> None:
        size = sum(len(piece.data) for piece in pieces) + PIECE_OVERHEAD * len(pieces)
        event = MessagesRelayed(self.session, pieces, time.time_ns())
        if not self._network.outlet.put_batch((event,), size):
            # The relay goes on: only what is shown and kept of it has gaps, and says so.
            self.untold += len(pieces)

    def client_changed(self, client: SocketAddress, state: str) -> None:
        # Handed over here, so that it stands before what the client sent.
        event = RelayClientChanged(self.session, Address.from_socket(client), state, time.time_ns())
        self._network.outlet.put_batch((event,), 0)
        if state == "refused":
            fault = Fault(FaultKind.RELAY_CLIENTS, {"limit": MOST_CLIENTS})
            self._network.soon(self._network.report_fault, self.session, fault)

    def failed(self, error: OSError, address: SocketAddress, size: int) -> None:
        self._network.soon(self._failed, error, Address.from_socket(address), size)

    def ended(self, error: OSError | None) -> None:
        self._network.soon(self._ended, error)

    def _failed(self, error: OSError, address: Address, size: int) -> None:
        if self._over is not None:
            return
        if error.errno == errno.EMSGSIZE or getattr(error, "winerror", 0) == 10040:
            fault = Fault(FaultKind.MESSAGE_TOO_LONG, {"size": size, "limit": max(0, size - 1)})
        elif isinstance(error, ConnectionRefusedError | ConnectionResetError):
            fault = Fault(FaultKind.PORT_CLOSED, {"address": str(address)})
        else:
            fault = fault_from_oserror(error, address, call="send", udp=True)
        self._network.report_fault(self.session, fault)

    def _ended(self, error: OSError | None) -> None:
        fault: Fault | None = None
        if self._reason is None:
            self.is_open = False
            self._reason = CloseReason.FAILED
            fault = fault_from_oserror(error or OSError(errno.EBADF, "closed"), self.local_address)
        self._over = self._over or self.counters()
        self._network.report_call(self.session, "close")
        self._report_closed(fault)
