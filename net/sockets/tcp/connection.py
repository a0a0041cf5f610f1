"""One TCP connection, accepted or connected, plain or TLS: bytes to messages and messages to bytes.

How it ends is in `net.sockets.tcp.closing`.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

from net.address import Address
from net.events import Fault, FaultKind
from net.faults import fault_from_framing
from net.protocol.framing import Decoder, Framing, FramingError, FramingKind, frame_many, make_decoder
from net.protocol.reply import ReplyRule, ReplyRuleError
from net.sockets.commands import SEND_BUFFER_LIMIT
from net.sockets.events import (
    CloseReason,
    KernelFacts,
    MessagesReceived,
    Opened,
    Origin,
    ReplyRulesChanged,
    Role,
    State,
    TlsFacts,
    Transport,
    UrgentReceived,
    sent_events,
)
from net.sockets.jobs.replying import Replier
from net.sockets.network import Network
from net.sockets.session import Session, Totals
from net.sockets.tcp.ack_watch import AckWatch
from net.sockets.tcp.closing import ClosableConnection
from net.sockets.tls import facts_of
from net.system.kernel import TcpFacts, tcp_facts
from net.system.urgent import MarkedSocket

FLUSH_DELAY = 0.3
"""Seconds that an incomplete character waits for its rest before it is passed on as it is (raw framing)."""

SMALL_READ = 64 * 1024
LARGE_READ = 256 * 1024
"""Bytes to read at once: few, until they fill. The C library gets a block above 128 KiB from the kernel and
returns it each time, which costs a small message three times as much as receiving it."""

MESSAGE_OVERHEAD = 64
"""Bytes of memory per message besides its data."""


class Parent(Session, Protocol):
    """A connection's listener, as far as the connection knows it."""

    def child_opened(self, connection: Connection) -> None: ...

    def child_ended(self, connection: Connection) -> None: ...


class Connection(ClosableConnection):
    """``Opened`` is emitted once the transport exists (with TLS: after the handshake)."""

    __slots__ = (
        "_bytes_received",
        "_bytes_sent",
        "_decoder",
        "_marked",
        "_messages_received",
        "_messages_sent",
        "_no_delay",
        "_read_size",
        "_rules",
        "_send_now",
        "_tls",
        "_verify",
        "codec",
        "framing",
        "listener",
        "local",
        "role",
    )

    def __init__(
        self,
        network: Network,
        session: int,
        role: Role,
        sock: socket.socket,
        local: Address,
        remote: Address,
        framing: Framing,
        codec: str,
        listener: Parent | None = None,
        keep_half_open: bool = False,
        rules: Sequence[ReplyRule] = (),
        no_delay: bool = True,
    ) -> None:
        super().__init__(network, session, sock, remote, keep_half_open)
        self.role = role
        self.local = local
        self.framing = framing
        self.codec = codec
        self.listener = listener
        self._decoder: Decoder | None = None
        self._rules = rules
        self._marked = sock if isinstance(sock, MarkedSocket) else None
        self._no_delay = no_delay
        self._verify: bool | None = None
        self._tls: TlsFacts | None = None
        self._messages_received = 0
        self._bytes_received = 0
        self._messages_sent = 0
        self._bytes_sent = 0
        self._read_size = 0
        self._send_now: Callable[[bytes], int] | None = None

    # --- As a session ---

    def counters(self) -> Totals:
        return Totals(
            self._messages_received,
            self._bytes_received,
            self._messages_sent,
            self._bytes_sent,
            0,
            self.queued,
        )

    @property
    def local_address(self) -> Address:
        return self.local

    @property
    def message_limit(self) -> None:
        return None

    def send(
        self, messages: Sequence[bytes], to: Address | None = None, origin: Origin = "user"
    ) -> Fault | None:
        messages = list(messages)
        try:
            data = frame_many(self.framing, messages, self.codec)
        except FramingError as error:
            return self._network.report_fault(self.session, fault_from_framing(error))
        return self.send_framed(data, messages, origin)

    def send_framed(self, data: bytes, messages: list[bytes], origin: Origin) -> Fault | None:
        """Send ``data``, the framed ``messages``; the list itself goes into the event."""
        fault = self._why_not(len(data))
        if fault is not None:
            return self._network.report_fault(self.session, fault)
        if data:
            # Reported before it is written: the peer's reply may have arrived when the write returns.
            self.report_sent(messages, len(data), origin, time.time_ns())
            self._write(data)
        return None

    def write_framed(self, data: bytes) -> Fault | None:
        """The first half of `send_framed`. If it returns None and ``data`` is not empty, `report_sent` must
        follow before anything else is done with this connection."""
        fault = self._why_not(len(data))
        if fault is not None:
            return self._network.report_fault(self.session, fault)
        if data:
            self._write(data)
        return None

    def report_sent(self, messages: list[bytes], size: int, origin: Origin, now: int) -> None:
        """``messages`` were written at ``now``; ``size``: their bytes with the framing."""
        network = self._network
        count = len(messages)
        start = self._bytes_sent
        self._messages_sent += count
        self._bytes_sent = total = start + size
        held = size if isinstance(origin, str) else 0
        for event in sent_events(self.session, messages, self.remote, origin, now, size, start):
            network.outlet.put_later(event, held + MESSAGE_OVERHEAD * count)
            held = count = 0
        (self._acks or self._watch_acks()).sent(total)
        if self.session not in network.clock.moving:
            self._touch()

    def set_framing(self, framing: Framing, codec: str) -> None:
        """From the next byte on; bytes that the old framing held are reported as they are."""
        if self._decoder is not None:
            self._report_messages(self._decoder.finish())
            self._decoder = None
        self.framing = framing
        self.codec = codec

    def set_reply_rules(self, rules: Sequence[ReplyRule]) -> None:
        """Reply by these rules from now on; their counts begin anew."""
        network = self._network
        try:
            replier = Replier(network.loop, self, rules, self.codec, network.report_fault) if rules else None
        except ReplyRuleError as error:
            self._network.report_fault(
                self.session, Fault(FaultKind.SYSTEM, {"detail": str(error), "errno": 0})
            )
            return
        if self._replier is not None:
            self._replier.close()
        self._replier = replier
        network.outlet.put(ReplyRulesChanged(self.session, tuple(rules)))

    def watch_kernel(self, on: bool) -> None:
        self._network.clock.watch_kernel(self.session, self._look_at_kernel if on else None)

    # --- Called by the transport ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # typeshed makes asyncio's own transports an asyncio.Transport only since 3.12.
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(0)  # resume_writing then means: the queue is empty
        if hasattr(transport, "max_size"):  # asyncio's own transport of a plain socket
            self._read_at_most(SMALL_READ)
            self._send_now = self.sock.send
        network = self._network
        network.sessions[self.session] = self
        if self.listener is not None:
            self.listener.child_opened(self)
        if not self._no_delay:
            # asyncio sets it on every socket.
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
        if self._verify is not None:
            self._tls = facts_of(transport.get_extra_info("ssl_object"), self._verify)
        network.outlet.put(
            Opened(
                self.session,
                self.listener.session if self.listener is not None else None,
                Transport.TLS if self._tls is not None else Transport.TCP,
                self.role,
                self.local,
                self.remote,
                time.time_ns(),
                self._tls,
            )
        )
        network.report_state(self.session, State.CONNECTED)
        if self._rules:
            self.set_reply_rules(self._rules)

    def expect_tls(self, verify: bool) -> None:
        """The transport will be TLS; ``verify``: its handshake checks the peer's chain and name."""
        self._verify = verify

    def data_received(self, data: bytes) -> None:
        nbytes = len(data)
        network = self._network
        if self._timer is not None and self._reason is None:
            self._timer.cancel()
            self._timer = None
        decoder = self._decoder
        if decoder is None:
            self._decoder = decoder = make_decoder(self.framing, self.codec)
        start = self._bytes_received
        self._bytes_received = start + nbytes
        if self._acks is not None:
            self._acks.look_at_answer()
        if self._marked is not None and self._marked.urgent:
            network.outlet.put(UrgentReceived(self.session, data[0], start, time.time_ns()))
        try:
            messages = decoder.feed(data)
        except FramingError as error:
            if self._reason is None:
                self._fail_framing(error, nbytes)
            return
        self._messages_received += len(messages)
        network.outlet.put(
            MessagesReceived(self.session, messages, time.time_ns(), nbytes, start),
            nbytes + MESSAGE_OVERHEAD * len(messages),
        )
        if messages and self._replier is not None:
            self._reply(messages)
        if nbytes == self._read_size:
            self._read_at_most(LARGE_READ)
        elif nbytes < SMALL_READ < self._read_size:
            self._read_at_most(SMALL_READ)
        if network.outlet.congested and self._reason is None:
            self._pause_reading()
        if decoder.pending and self.framing.kind is FramingKind.RAW and self._reason is None:
            self._timer = network.loop.call_later(FLUSH_DELAY, self._flush_decoder)
        if self.session not in network.clock.moving:
            self._touch()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._closed:
            return
        self._closed = True
        network = self._network
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._replier is not None:
            self._replier.close()
        if not self._eof_received:
            self._finish_decoder()
        if self._acks is not None:
            self._acks.close()
        reason, fault = self._end(exc)
        network.forget(self)
        if self.listener is not None:
            self.listener.child_ended(self)
        network.report_call(self.session, "close")
        network.report_closed(self.session, reason, fault)
        self._transport = None
        self._decoder = None
        self._replier = None

    # --- Sending, receiving ---

    def _why_not(self, size: int) -> Fault | None:
        """Why ``size`` bytes cannot be sent now; None if they can."""
        if not self.is_open:
            return Fault(FaultKind.NOT_OPEN)
        # Reading the size of the queue costs a tenth of the time of a send.
        if size > SEND_BUFFER_LIMIT or (self._backed_up and size and self.queued + size > SEND_BUFFER_LIMIT):
            return Fault(FaultKind.SEND_BUFFER_FULL, {"size": size, "limit": SEND_BUFFER_LIMIT})
        return None

    def _write(self, data: bytes) -> None:
        """To the kernel, or to the queue for it."""
        if self._send_now is not None and not self._backed_up:
            # As the transport would, without its checks: a tenth of the time per message.
            try:
                sent = self._send_now(data)
            except OSError:
                sent = 0  # the transport meets the error again, and handles it
            if sent == len(data):
                return
            data = data[sent:]
        cast(asyncio.Transport, self._transport).write(data)

    def _read_at_most(self, size: int) -> None:
        self._read_size = size
        cast(Any, self._transport).max_size = size

    def _watch_acks(self) -> AckWatch:
        if self._acks is None:
            encrypted = self._tls is not None
            self._acks = AckWatch(self._network, self.session, self.sock, lambda: self.queued, encrypted)
        return self._acks

    def _touch(self) -> None:
        if self._closed:
            return
        self._network.clock.touch(self)
        if self.listener is not None:
            self._network.clock.touch(self.listener)

    def _reply(self, messages: list[bytes]) -> None:
        for message in messages:
            if self._replier is None:
                return
            self._replier.on_message(message, self.remote)

    def _report_messages(self, messages: list[bytes], read: int = 0) -> None:
        """``read``: the bytes just received that brought them; 0 if they were held back."""
        if messages or read:
            self._messages_received += len(messages)
            size = sum(map(len, messages)) + MESSAGE_OVERHEAD * len(messages)
            start = self._bytes_received - read
            self._network.outlet.put(
                MessagesReceived(self.session, messages, time.time_ns(), read, start), size
            )
            self._touch()
            if self._replier is not None and self._reason is None:
                self._reply(messages)

    def _flush_decoder(self) -> None:
        self._timer = None
        if self._decoder is not None:
            self._report_messages(self._decoder.flush())

    def _finish_decoder(self) -> None:
        decoder, self._decoder = self._decoder, None
        if decoder is not None:
            self._report_messages(decoder.finish())

    def _fail_framing(self, error: FramingError, read: int) -> None:
        self._report_messages(error.messages, read)
        fault = Fault(FaultKind.FRAMING_LIMIT, {"limit": error.limit})
        self._network.report_fault(self.session, fault)
        self._finish_decoder()
        self._touch()
        self.abort(CloseReason.FAILED, fault)

    def _look_at_kernel(self) -> KernelFacts | None:
        return kernel_event(self.session, tcp_facts(self.sock))


def kernel_event(session: int, facts: TcpFacts) -> KernelFacts:
    """The kernel's present data about the session's socket, as an event."""
    return KernelFacts(
        session=session,
        state=facts.state,
        rtt=facts.rtt,
        rto=facts.rto,
        retransmissions=facts.retransmissions,
        congestion_window=facts.congestion_window,
        send_window=facts.send_window,
        receive_window=facts.receive_window,
        bytes_acked=facts.bytes_acked,
        bytes_unacked=facts.bytes_unacked,
        time=time.time_ns(),
    )
