"""`Endpoint`: one bound UDP socket (RFC 768), with broadcast and multicast.

It receives on a thread of its own (`net.sockets.udp.receiving`) and sends from NetThread
(`net.sockets.udp.sending`). Whatever the network does to it is reported as `FaultOccurred` and it goes on;
only losing the socket itself ends it.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import time
from collections.abc import Callable, Sequence
from functools import partial

from net.address import Address, AddressError, SocketAddress
from net.events import Fault, FaultKind
from net.faults import fault_from_address, fault_from_oserror, with_program
from net.protocol.reply import ReplyRule, ReplyRuleError
from net.sockets.commands import UdpOpen
from net.sockets.events import (
    Closed,
    CloseReason,
    FaultOccurred,
    Opened,
    OpenFailed,
    ReplyRulesChanged,
    Role,
    SocketCalled,
    State,
    StateChanged,
    Transport,
)
from net.sockets.jobs.replying import Replier
from net.sockets.network import Network
from net.sockets.session import Totals
from net.sockets.udp.groups import Groups
from net.sockets.udp.names import NamedSends
from net.sockets.udp.opening import (
    OpenError,
    bind_options,
    choose_addresses,
    explain_refusal,
    is_dual_stack,
    message_limit,
    named_interface,
    role_of,
    where_to_bind,
)
from net.sockets.udp.receiving import Receiver, Sender
from net.sockets.udp.sending import SendQueue
from net.system import multicast
from net.system.interfaces import find_interface, is_broadcast
from net.system.kernel import ignore_unreachable_ports, udp_drops
from net.system.multicast import Option
from net.system.resolve import in_thread

SEND_QUEUE_LIMIT = 8 * 1024 * 1024
"""Bytes that may wait while the kernel takes no more, or while a name is being looked up."""

CLOSE_TIMEOUT = 1.0
"""Seconds that what waits to be sent may still take after closing has begun."""

FAULTS_PER_SECOND = 20
"""Refusals of one kind by one address that are told; the rest of a flood would say the same again."""

FAULT_KINDS_REMEMBERED = 1000

REPLY_BACKLOG = 64
"""Batches waiting to be answered by rules, beyond which arriving ones are not answered."""


class Endpoint:
    """One UDP session. NetThread only. ``on_end(session)`` is called just before the last events are put.

    ``peer`` connects the socket (closed ports are told then), unless it is a broadcast or multicast
    address, which only becomes the usual destination: a socket connected to one would refuse every answer.
    """

    def __init__(self, network: Network, command: UdpOpen) -> None:
        loop, outlet = network.loop, network.outlet
        self.session = command.session
        self.role = role_of(command)
        self.is_open = False
        self.local_address = command.address
        self.remote_address: Address | None = None
        self._command = command
        self._loop = loop
        self._outlet = outlet
        self._network = network
        self._socket: socket.socket | None = None
        self._family: int = socket.AF_INET
        self._dual_stack = False
        self._connected = False
        self._asked = command.address
        self._groups: Groups | None = None
        self._receiver: Receiver | None = None
        self._queue = SendQueue(self.session, loop, outlet, self._send_failed, self._on_idle)
        self._names = NamedSends(loop, self._deliver, self._tell, self._on_idle)
        self._replier: Replier | None = None
        self._reply_backlog = 0
        self._faults: dict[tuple[object, str], list[float]] = {}
        self._drops = 0
        self._opening: asyncio.Task[None] | None = network.loop.create_task(self._run())
        self._reason: CloseReason | None = None
        self._started = False
        self._deadline: asyncio.TimerHandle | None = None

    @property
    def queued(self) -> int:
        """Bytes accepted that the kernel has not taken yet."""
        return self._queue.queued + self._names.queued

    @property
    def message_limit(self) -> int:
        """Bytes that fit into one datagram to the usual destination."""
        return message_limit(self._destination(), self._family, self._dual_stack)

    # Opening

    async def _run(self) -> None:
        """Resolve, bind, start receiving; ends in `Opened` or `OpenFailed`, and never raises."""
        fault: Fault | None = None
        self._started = True
        try:
            if self._reason is not None:
                raise OpenError(Fault(FaultKind.CANCELLED))
            await self._open()
        except OpenError as error:
            fault = error.fault
        except AddressError as error:
            fault = fault_from_address(error)
        except OSError as error:
            fault = await self._explain_open(error)
        except asyncio.CancelledError:
            fault = Fault(FaultKind.CANCELLED)
        self._opening = None
        if fault is not None:
            self._clean_up()
            self._network.forget(self)
            now = time.time_ns()
            self._outlet.put(StateChanged(self.session, State.CLOSED, now))
            self._outlet.put(OpenFailed(self.session, fault, now))

    async def _open(self) -> None:
        command = self._command
        (self._family, local), peer = await choose_addresses(command, self._look_at)
        self._asked = command.address
        self._bind(local)
        interface = named_interface(command)
        self._groups = Groups(
            self.session, self._family, self._set, self._outlet, self._loop, command.interface
        )
        fault: Fault | None = None
        if command.group is not None:
            fault = self._groups.join(command.group, interface)
        elif self.role is Role.MULTICAST and interface:
            fault = self._groups.send_through(interface)
        if fault is not None:
            raise OpenError(fault)
        if peer is not None:
            self._asked = self.remote_address = Address.from_socket(peer)
            if self.role is Role.UNICAST:
                self._call("connect", repr(peer), partial(self._sock.connect, peer))
                self._connected = True
        self._start()

    def _look_at(self, address: Address) -> None:
        self._asked = address
        if address.is_name:
            self._outlet.put(StateChanged(self.session, State.RESOLVING, time.time_ns(), address))

    def _bind(self, local: SocketAddress) -> None:
        command, family = self._command, self._family

        def make() -> None:
            self._socket = socket.socket(family, socket.SOCK_DGRAM)

        self._call("socket", f"{'AF_INET6' if family == socket.AF_INET6 else 'AF_INET'}, SOCK_DGRAM", make)
        self._sock.setblocking(False)
        self._dual_stack = is_dual_stack(command, family, local)
        for option in bind_options(command, family, local):
            self._set(option)
        if command.group is not None:
            multicast.only_own_groups(self._sock, family)
        local = where_to_bind(command, family, local)
        self._call("bind", repr(local), partial(self._sock.bind, local))

    def _start(self) -> None:
        sock = self._sock
        if not self._connected:
            ignore_unreachable_ports(sock)
        self._queue.socket = sock
        self._names.family = 0 if self._dual_stack else self._family
        # Connecting may have chosen the local address.
        self.local_address = Address.from_socket(sock.getsockname())
        receiver = Receiver(self.session, sock, self._outlet, self._on_receive_error, self._on_receiver_end)
        self.is_open = True
        now = time.time_ns()
        self._outlet.put(StateChanged(self.session, State.BOUND, now))
        local, remote = self.local_address, self.remote_address
        self._outlet.put(Opened(self.session, None, Transport.UDP, self.role, local, remote, now))
        if self._command.reply_rules:
            self.set_reply_rules(self._command.reply_rules)
        self._outlet.flush()
        self._receiver = receiver
        self._hook_replies()
        receiver.start()
        self._network.clock.watch(self)

    async def _explain_open(self, error: OSError) -> Fault:
        peer = self.remote_address
        if isinstance(error, PermissionError) and peer is not None and is_broadcast(peer.host):
            return Fault(FaultKind.BROADCAST_NOT_ALLOWED, {"address": str(peer)})
        fault = fault_from_oserror(error, self._asked)
        try:
            return await in_thread(with_program, fault, self._command.address.port, "udp")
        except asyncio.CancelledError:
            return Fault(FaultKind.CANCELLED)

    @property
    def _sock(self) -> socket.socket:
        assert self._socket is not None
        return self._socket

    def _call(self, call: str, arguments: str, function: Callable[[], object]) -> None:
        """Make a socket call and tell it. Raises what it raises."""
        result = ""
        try:
            function()
        except OSError as error:
            result = errno.errorcode.get(error.errno or 0, type(error).__name__)
            raise
        finally:
            self._outlet.put(SocketCalled(self.session, call, arguments, result, time.time_ns()))

    def _set(self, option: Option) -> None:
        self._call("setsockopt", option.text, lambda: option.set(self._sock))

    # Sending

    def send(
        self, messages: Sequence[bytes], to: Address | None = None, origin: str = "user"
    ) -> Fault | None:
        """Send each message as one datagram to ``to``, else to the peer, else to the group; all or, where
        one is too long or the queue is full, none. A host name is looked up first, without holding up what
        goes to others."""
        remote = to or self._destination()
        fault = self._refusal(messages, remote)
        if fault is None and remote is not None:
            if remote.is_name:
                self._names.add(messages, remote, origin)
                return None
            try:
                self._deliver(messages, remote, origin)
            except OSError:  # the scope names no interface of this PC
                fault = Fault(FaultKind.INTERFACE_GONE, {"interface": remote.scope})
        if fault is not None:
            self._tell(fault)
        return fault

    def _refusal(self, messages: Sequence[bytes], remote: Address | None) -> Fault | None:
        if not self.is_open:
            return Fault(FaultKind.NOT_OPEN)
        if remote is None:
            return Fault(FaultKind.NO_DESTINATION)
        version = remote.version
        same = self._dual_stack or (version == 6) == (self._family == socket.AF_INET6)
        if version is not None and not same:
            return Fault(FaultKind.ADDRESS_FAMILY, {"address": str(remote)})
        limit = message_limit(remote, self._family, self._dual_stack)
        longest = max(map(len, messages), default=0)
        if longest > limit:
            return Fault(FaultKind.MESSAGE_TOO_LONG, {"size": longest, "limit": limit})
        size = sum(map(len, messages))
        if self.queued and self.queued + size > SEND_QUEUE_LIMIT:
            return Fault(FaultKind.SEND_BUFFER_FULL, {"size": size, "limit": SEND_QUEUE_LIMIT})
        return None

    def _destination(self) -> Address | None:
        if self.remote_address is not None:
            return self.remote_address
        group = self._groups.first if self._groups is not None else None
        return group.with_port(group.port or self.local_address.port) if group is not None else None

    def _deliver(self, messages: Sequence[bytes], remote: Address, origin: str) -> None:
        target = None
        if not (self._connected and remote == self.remote_address):
            target = self._socket_address(remote)
        self._queue.add(messages, target, remote, origin)

    def _socket_address(self, remote: Address) -> SocketAddress:
        """Raises `OSError` for a scope that names no interface."""
        target = remote.to_socket(self._family)
        chosen = self._command.interface
        if chosen and len(target) == 4 and ipaddress.ip_address(remote.host).is_link_local and not target[3]:
            interface = find_interface(chosen)
            return (target[0], target[1], 0, interface.index if interface else 0)
        return target

    def _send_failed(self, error: OSError, remote: Address, size: int) -> None:
        if not self._is_flood(error.errno, str(remote)):
            limit = message_limit(remote, self._family, self._dual_stack)
            local = self.local_address
            self._tell(explain_refusal(error, remote, size, limit, self._command, local, self._groups))

    def _is_flood(self, kind: object, address: str) -> bool:
        now = self._loop.time()
        if len(self._faults) > FAULT_KINDS_REMEMBERED:
            self._faults.clear()
        told = self._faults.setdefault((kind, address), [])
        if told and now - told[0] > 1.0:
            told.clear()
        if len(told) >= FAULTS_PER_SECOND:
            return True
        told.append(now)
        return False

    # Groups and rules

    def join_group(self, group: Address, interface: str = "") -> None:
        """Join on the interface that a name, an index or a local address names; "" lets the system choose."""
        self._change_group(group, interface, join=True)

    def leave_group(self, group: Address, interface: str = "") -> None:
        """Leave on that interface; "" leaves where it was joined last."""
        self._change_group(group, interface, join=False)

    def _change_group(self, group: Address, interface: str, *, join: bool) -> None:
        fault: Fault | None = Fault(FaultKind.NOT_OPEN)
        if self.is_open and self._groups is not None:
            fault = (self._groups.join if join else self._groups.leave)(group, interface)
        if fault is not None:
            self._tell(fault)

    def set_reply_rules(self, rules: Sequence[ReplyRule]) -> None:
        """Answer by these rules from now on; their counts begin anew."""
        replier: Replier | None = None
        if rules:
            try:
                replier = Replier(self._loop, self, rules, self._command.codec, self._outlet)
            except ReplyRuleError as error:
                self._tell(Fault(FaultKind.SYSTEM, {"detail": str(error), "errno": 0}))
                return
        if self._replier is not None:
            self._replier.close()
        self._replier = replier
        self._hook_replies()
        self._outlet.put(ReplyRulesChanged(self.session, tuple(rules)))

    def _hook_replies(self) -> None:
        if self._receiver is not None:
            self._receiver.on_batch = self._on_batch if self._replier is not None else None

    def _on_batch(self, datagrams: list[bytes], senders: list[Sender]) -> None:
        """On the receiving thread."""
        if self._reply_backlog < REPLY_BACKLOG:
            self._reply_backlog += 1
            self._soon(self._answer, datagrams, senders)

    def _answer(self, datagrams: list[bytes], senders: list[Sender]) -> None:
        # The two threads may miss each other's change; a limit that is one off does no harm, one that
        # creeps would.
        self._reply_backlog = max(0, self._reply_backlog - 1)
        if self._replier is not None and self.is_open:
            for data, sender in zip(datagrams, senders, strict=True):
                self._replier.on_message(data, Address.from_socket(sender))

    # The receiving thread

    def _on_receive_error(self, error: OSError) -> None:
        self._soon(self._receive_failed, error)

    def _on_receiver_end(self, error: OSError | None) -> None:
        self._soon(self._receiver_ended, error)

    def _soon(self, function: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop is closed: the engine has stopped, nobody is told any more
            return

    def _receive_failed(self, error: OSError) -> None:
        # Windows may tell an unconnected socket, too, that an earlier datagram met a closed port: nobody's
        # fault.
        if self._socket is not None and (self._connected or not isinstance(error, ConnectionResetError)):
            self._send_failed(error, self.remote_address or self.local_address, 0)

    def _receiver_ended(self, error: OSError | None) -> None:
        """Nothing more can arrive, so the last events may be told."""
        fault: Fault | None = None
        if self._reason is None:
            self.is_open = False
            self._reason = CloseReason.FAILED
            fault = fault_from_oserror(error or OSError(errno.EBADF, "closed"), self.local_address)
        self.counters()
        self._clean_up()
        self._network.forget(self)
        now = time.time_ns()
        self._outlet.put(StateChanged(self.session, State.CLOSED, now))
        self._outlet.put(Closed(self.session, self._reason, fault, now))

    # The end

    def counters(self) -> Totals:
        """Totals since it opened; ``drops`` are the kernel's, where it tells, and those made while the
        consumer was behind."""
        receiver, queue = self._receiver, self._queue
        if receiver is None:
            return Totals()
        if self._socket is not None:
            self._drops = udp_drops(self._socket) or 0
        drops = self._drops + receiver.dropped
        return Totals(receiver.messages, receiver.bytes, queue.messages, queue.bytes, drops, self.queued)

    def abort(self) -> None:
        """As `close`: UDP has no reset."""
        self.close(CloseReason.ABORTED)

    def close(self, reason: CloseReason = CloseReason.BY_ME) -> None:
        """Send what waits, for CLOSE_TIMEOUT seconds at most, then close. While opening: cancel.
        Idempotent."""
        if self._reason is not None:
            return
        self._reason = reason
        if self._receiver is None:
            # A task cancelled before its first step never runs, and would report nothing.
            if self._opening is not None and self._started:
                self._opening.cancel()
            return
        self.is_open = False
        if self._replier is not None:
            self._replier.close()
        self._outlet.put(StateChanged(self.session, State.CLOSING, time.time_ns()))
        if self._queue or self._names:
            self._deadline = self._loop.call_later(CLOSE_TIMEOUT, self._receiver.stop)
        else:
            self._receiver.stop()

    def _on_idle(self) -> None:
        if self._deadline is not None and self._receiver is not None and not self._queue and not self._names:
            self._receiver.stop()

    def _clean_up(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        if self._replier is not None:
            self._replier.close()
        if self._groups is not None:
            self._groups.stop()
        self._queue.clear()
        self._names.clear()
        if self._socket is not None:
            self._call("close", "", self._socket.close)
            self._socket = None

    def _tell(self, fault: Fault) -> None:
        self._outlet.put(FaultOccurred(self.session, fault, time.time_ns()))
