"""`Endpoint`: one bound UDP socket (RFC 768), with broadcast and multicast.

It is opened in `net.sockets.udp.opening`, receives on a thread of its own (`net.sockets.udp.receiving`) and
sends from NetThread (`net.sockets.udp.sending`). Errors of the network are reported as `FaultOccurred` and do
not end it; only losing the socket itself does.
"""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import Sequence

from net.address import Address
from net.events import Fault, FaultKind
from net.faults import fault_from_oserror
from net.protocol.reply import ReplyRule
from net.sockets.events import CloseReason, Opened, Origin, State, Transport
from net.sockets.network import Network
from net.sockets.session import Totals
from net.sockets.udp.bound_socket import BoundSocket, role_of
from net.sockets.udp.receiving import Receiver
from net.sockets.udp.refusals import RefusalReporter
from net.sockets.udp.replying import DatagramReplier
from net.sockets.udp.sending import DatagramSender
from net.system.kernel import udp_drops

CLOSE_TIMEOUT = 1.0
"""Seconds for sending the queue after closing has begun."""


class Endpoint:
    """One UDP session, from `Opened` to `Closed`. NetThread only."""

    def __init__(self, network: Network, bound: BoundSocket) -> None:
        self.session = bound.command.session
        self.role = role_of(bound.command)
        self.bound = bound
        self.is_open = False
        self._network = network
        self._refusals = RefusalReporter(network, bound)
        self._sender = DatagramSender(network, bound, self._refusals, self._on_idle)
        self._receiver = Receiver(
            self.session,
            bound.sock,
            lambda: bound.datagrams.receive,
            network.outlet,
            self._on_receive_error,
            self._on_receiver_end,
        )
        self._replier = DatagramReplier(network, self, bound.command.codec)
        self._reason: CloseReason | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._drops = 0
        self._ended = False

    @property
    def local_address(self) -> Address:
        return self.bound.local_address

    @property
    def remote_address(self) -> Address | None:
        """The peer, if there is one."""
        return self.bound.remote_address

    @property
    def message_limit(self) -> int:
        """Bytes that fit into one datagram to the default destination."""
        return self.bound.message_limit(self.bound.destination)

    @property
    def queued(self) -> int:
        """Bytes accepted that the kernel has not accepted yet."""
        return self._sender.queued

    def start(self) -> None:
        """Report that it is open, and start receiving."""
        self.is_open = True
        self._network.report_state(self.session, State.BOUND)
        self._network.outlet.put(
            Opened(
                session=self.session,
                parent=None,
                transport=Transport.UDP,
                role=self.role,
                local_address=self.local_address,
                remote_address=self.remote_address,
                time=time.time_ns(),
            )
        )
        if self.bound.command.reply_rules:
            self.set_reply_rules(self.bound.command.reply_rules)
        # The receiving thread hands over its batches itself: none may overtake these events.
        self._network.outlet.flush()
        self._receiver.start()
        self._network.clock.watch(self)

    def send(
        self, messages: Sequence[bytes], to: Address | None = None, origin: Origin = "user"
    ) -> Fault | None:
        """Send each message as one datagram to ``to``, else to the peer, else to the group; all of them, or
        none if one is too long or the queue is full. A host name is looked up first, without delaying
        messages to others."""
        if self.is_open:
            return self._sender.send(messages, to, origin)
        return self._network.report_fault(self.session, Fault(FaultKind.NOT_OPEN))

    def set_reply_rules(self, rules: Sequence[ReplyRule]) -> None:
        """Reply by these rules from now on; their counts begin anew."""
        self._replier.set_rules(rules)
        self._receiver.on_batch = self._replier.on_batch if self._replier.is_on else None

    def join_group(self, group: Address, interface: str = "") -> None:
        """Join on ``interface``: a name, an index or a local address; "" lets the system choose."""
        fault = self.bound.groups.join(group, interface) if self.is_open else Fault(FaultKind.NOT_OPEN)
        if fault is not None:
            self._network.report_fault(self.session, fault)

    def leave_group(self, group: Address, interface: str = "") -> None:
        """Leave on that interface; "" leaves it where it was joined last."""
        fault = self.bound.groups.leave(group, interface) if self.is_open else Fault(FaultKind.NOT_OPEN)
        if fault is not None:
            self._network.report_fault(self.session, fault)

    def counters(self) -> Totals:
        """Totals since it opened; ``drops`` are those of the kernel, if it counts them, and those made while
        the outlet was congested."""
        receiver, sending = self._receiver, self._sender
        if not self._ended:
            self._drops = udp_drops(self.bound.sock) or 0
        return Totals(
            messages_received=receiver.messages,
            bytes_received=receiver.bytes,
            messages_sent=sending.messages_sent,
            bytes_sent=sending.bytes_sent,
            drops=self._drops + receiver.dropped,
            queued=sending.queued,
        )

    # --- The end ---

    def close(self, reason: CloseReason = CloseReason.BY_ME) -> None:
        """Send the queue, for CLOSE_TIMEOUT seconds at most, then close. Idempotent."""
        if self._reason is not None:
            return
        self._reason = reason
        self.is_open = False
        self._replier.close()
        self._network.report_state(self.session, State.CLOSING)
        if self._sender.is_idle:
            self._receiver.stop()
        else:
            self._deadline = self._network.loop.call_later(CLOSE_TIMEOUT, self._receiver.stop)

    def abort(self) -> None:
        """As `close`: UDP has no reset."""
        self.close(CloseReason.ABORTED)

    def _on_idle(self) -> None:
        if self._deadline is not None:
            self._receiver.stop()

    # --- Reports of the receiving thread ---

    def _on_receive_error(self, error: OSError) -> None:
        self._network.soon(self._receive_failed, error)

    def _on_receiver_end(self, error: OSError | None) -> None:
        self._network.soon(self._receiver_ended, error)

    def _receive_failed(self, error: OSError) -> None:
        # Windows reports to an unconnected socket, too, that an earlier datagram met a closed port: that is
        # no fault of this endpoint.
        if not self._ended and (self.bound.connected or not isinstance(error, ConnectionResetError)):
            self._refusals.report(error, self.remote_address or self.local_address, 0)

    def _receiver_ended(self, error: OSError | None) -> None:
        """Nothing more can arrive: emit the last events."""
        fault: Fault | None = None
        if self._reason is None:
            self.is_open = False
            self._reason = CloseReason.FAILED
            fault = fault_from_oserror(error or OSError(errno.EBADF, "closed"), self.local_address)
        self.counters()
        self._ended = True
        if self._deadline is not None:
            self._deadline.cancel()
        self._replier.close()
        self.bound.groups.stop()
        self._sender.clear()
        self._network.call(self.session, "close", "", self.bound.sock.close)
        self._network.forget(self)
        self._network.report_closed(self.session, self._reason, fault)
