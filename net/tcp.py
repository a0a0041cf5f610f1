"""One TCP connection, accepted or connected, plain or TLS: bytes to messages, and how it ends.

After the peer's FIN there is nothing more to read, but we could go on sending, and nobody can tell a peer
that called ``close`` from one that called ``shutdown(SHUT_WR)``. Unless ``TcpOptions.keep_half_open`` is
set, the connection is closed as soon as what we still have to send has gone.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import struct
import sys
import time
from collections.abc import Callable, Sequence
from typing import Protocol, cast

from net.address import Address
from net.commands import SEND_BUFFER_LIMIT
from net.events import (
    Closed,
    CloseReason,
    Fault,
    FaultKind,
    KernelFacts,
    MessagesReceived,
    MessagesSent,
    Opened,
    ReplyRulesChanged,
    Role,
    State,
    TlsFacts,
    Transport,
)
from net.faults import fault_from_framing, fault_from_oserror
from net.jobs.replying import Replier
from net.kernel import tcp_facts
from net.network import Network
from net.protocol.framing import Decoder, Framing, FramingError, FramingKind, frame_many, make_decoder
from net.protocol.reply import ReplyRule, ReplyRuleError
from net.session import Session, Totals
from net.tls import facts_of

FLUSH_DELAY = 0.3
"""Seconds that a character cut in half waits for its other half before it is told as it is (raw framing)."""

CLOSE_LINGER = 0.25
"""Seconds we go on reading after our FIN for the peer's: a close with unread data would be a reset, and
could destroy what the peer has not read yet."""

TLS_LINGER = 1.0
"""Seconds we wait for the answer to our close_notify."""

CLOSE_STALL = 10.0
"""Seconds without progress after which a close gives up on a peer that does not read."""

MESSAGE_OVERHEAD = 64
"""Bytes a message costs in memory besides its own."""

NO_LINGER = struct.pack("HH" if sys.platform == "win32" else "ii", 1, 0)


class Parent(Session, Protocol):
    """A connection's listener, as far as the connection knows it."""

    def child_opened(self, connection: Connection) -> None: ...

    def child_ended(self, connection: Connection) -> None: ...


class Connection(asyncio.Protocol):
    """``Opened`` is told when the transport is there (with TLS: after the handshake)."""

    __slots__ = (
        "_abort_fault",
        "_bytes_received",
        "_bytes_sent",
        "_closed",
        "_decoder",
        "_eof_received",
        "_eof_sent",
        "_eof_told",
        "_messages_received",
        "_messages_sent",
        "_network",
        "_no_delay",
        "_paused",
        "_reason",
        "_replier",
        "_rules",
        "_timer",
        "_tls",
        "_transport",
        "_verify",
        "codec",
        "framing",
        "keep_half_open",
        "listener",
        "local",
        "remote",
        "role",
        "session",
        "sock",
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
        self._network = network
        self.session = session
        self.role = role
        self.sock = sock
        self.local = local
        self.remote = remote
        self.framing = framing
        self.codec = codec
        self.listener = listener
        self.keep_half_open = keep_half_open
        self._decoder: Decoder | None = None
        self._replier: Replier | None = None
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._reason: CloseReason | None = None
        self._abort_fault: Fault | None = None
        self._rules = rules
        self._no_delay = no_delay
        self._verify: bool | None = None
        self._tls: TlsFacts | None = None
        self._eof_sent = False
        self._eof_told = False
        self._eof_received = False
        self._paused = False
        self._closed = False
        self._messages_received = 0
        self._bytes_received = 0
        self._messages_sent = 0
        self._bytes_sent = 0

    # -- the session's face

    @property
    def is_open(self) -> bool:
        return self._transport is not None and self._reason is None and not self._eof_sent

    @property
    def queued(self) -> int:
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def counters(self) -> Totals:
        return Totals(
            self._messages_received,
            self._bytes_received,
            self._messages_sent,
            self._bytes_sent,
            0,
            self.queued,
        )

    def send(
        self, messages: Sequence[bytes], to: Address | None = None, origin: str = "user"
    ) -> Fault | None:
        messages = list(messages)
        try:
            data = frame_many(self.framing, messages, self.codec)
        except FramingError as error:
            return self._refuse(fault_from_framing(error))
        return self.send_framed(data, messages, origin)

    def send_framed(self, data: bytes, messages: list[bytes], origin: str) -> Fault | None:
        """Send ``data``, which is ``messages`` framed already; the list is told as it is."""
        network = self._network
        transport = self._transport
        if transport is None or self._reason is not None or self._eof_sent:
            return self._refuse(Fault(FaultKind.NOT_OPEN))
        if not data:
            return None
        size = len(data)
        if transport.get_write_buffer_size() + size > SEND_BUFFER_LIMIT:
            return self._refuse(Fault(FaultKind.SEND_BUFFER_FULL, {"size": size, "limit": SEND_BUFFER_LIMIT}))
        transport.write(data)
        self._messages_sent += len(messages)
        self._bytes_sent += size
        network.outlet.put(
            MessagesSent(self.session, messages, self.remote, origin, time.time_ns()),
            size + MESSAGE_OVERHEAD * len(messages),
        )
        if self.session not in network.clock.moving:
            self._touch()
        return None

    def set_framing(self, framing: Framing, codec: str) -> None:
        """From the next byte on; what the old framing held is told as it is."""
        if self._decoder is not None:
            self._tell_messages(self._decoder.finish())
            self._decoder = None
        self.framing = framing
        self.codec = codec

    def set_reply_rules(self, rules: Sequence[ReplyRule]) -> None:
        """Answer by these rules from now on; their counts begin anew."""
        network = self._network
        try:
            replier = Replier(network.loop, self, rules, self.codec, network.outlet) if rules else None
        except ReplyRuleError as error:
            self._refuse(Fault(FaultKind.SYSTEM, {"detail": str(error), "errno": 0}))
            return
        if self._replier is not None:
            self._replier.close()
        self._replier = replier
        network.outlet.put(ReplyRulesChanged(self.session, tuple(rules)))

    def shutdown_write(self) -> None:
        """Half-close, when what is queued has gone."""
        if not self.is_open:
            self._network.tell_fault(self.session, Fault(FaultKind.NOT_OPEN))
            return
        assert self._transport is not None
        if not self._transport.can_write_eof():
            self._network.tell_fault(self.session, Fault(FaultKind.HALF_CLOSE_UNAVAILABLE))
            return
        self._send_eof()
        if self._reason is None:
            self._network.tell_state(self.session, State.HALF_CLOSED_LOCAL)

    def close(self, reason: CloseReason = CloseReason.BY_ME) -> None:
        if self._reason is not None or self._closed or self._transport is None:
            return
        self._reason = reason
        self._network.tell_state(self.session, State.CLOSING)
        if self._replier is not None:
            self._replier.close()
        if self._eof_received or not self._transport.can_write_eof():
            self._transport.close()
            if self.queued:
                self._watch_stall(self.queued)
            else:
                self._set_timer(TLS_LINGER, self._transport.abort)
            return
        if self._paused:
            self._resume_reading()
        self._send_eof()

    def abort(self, reason: CloseReason = CloseReason.ABORTED, fault: Fault | None = None) -> None:
        """Close with RST; also ends a close that is under way."""
        if self._closed or self._transport is None:
            return
        self._reason = reason
        self._abort_fault = fault
        try:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        except OSError:
            pass  # the peer has reset it already
        else:
            self._network.tell_call(self.session, "setsockopt", "SOL_SOCKET, SO_LINGER, (1, 0)")
        self._transport.abort()

    def watch_kernel(self, on: bool) -> None:
        self._network.clock.watch_kernel(self.session, self._look_at_kernel if on else None)

    # -- the transport's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio's own transports are no asyncio.Transport before 3.12's typing says so; they quack.
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(0)  # resume_writing then means: all has gone
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
        network.tell_state(self.session, State.CONNECTED)
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
        self._bytes_received += nbytes
        try:
            messages = decoder.feed(data)
        except FramingError as error:
            if self._reason is None:
                self._fail_framing(error)
            return
        if messages:
            self._messages_received += len(messages)
            network.outlet.put(
                MessagesReceived(self.session, messages, time.time_ns()),
                nbytes + MESSAGE_OVERHEAD * len(messages),
            )
            if self._replier is not None:
                self._reply(messages)
        if network.outlet.congested and self._reason is None:
            self._pause_reading()
        if decoder.pending and self.framing.kind is FramingKind.RAW and self._reason is None:
            self._timer = network.loop.call_later(FLUSH_DELAY, self._flush_decoder)
        if self.session not in network.clock.moving:
            self._touch()

    def eof_received(self) -> bool:
        self._eof_received = True
        self._finish_decoder()
        transport = self._transport
        assert transport is not None
        if not transport.can_write_eof():
            self._begin_peer_close()
            return False
        if self._reason is not None:
            # The peer's FIN is what the close was waiting for; what is queued goes before the socket is
            # closed.
            transport.close()
            return True
        if self._eof_sent and not self.queued:
            self._begin_peer_close()
            transport.close()
            return True
        self._network.tell_state(self.session, State.HALF_CLOSED_REMOTE)
        if not self.keep_half_open:
            self._close_when_done()
        return True

    def pause_writing(self) -> None:
        if self.session not in self._network.clock.moving:
            self._touch()

    def resume_writing(self) -> None:
        """All that was queued has gone."""
        if self._eof_sent:
            self._told_eof()
        if self._eof_received and self._reason is None and (self._eof_sent or not self.keep_half_open):
            self._close_when_done()
        if not self._closed and self.session not in self._network.clock.moving:
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
        reason, fault = self._end(exc)
        network.clock.forget(self)
        if self.listener is not None:
            self.listener.child_ended(self)
        network.sessions.pop(self.session, None)
        network.on_end(self.session)
        network.tell_call(self.session, "close")
        network.tell_state(self.session, State.CLOSED)
        network.outlet.put(Closed(self.session, reason, fault, time.time_ns()))
        self._transport = None
        self._decoder = None
        self._replier = None

    # -- inside

    def _refuse(self, fault: Fault) -> Fault:
        self._network.tell_fault(self.session, fault)
        return fault

    def _end(self, error: Exception | None) -> tuple[CloseReason, Fault | None]:
        """Why it ended, from what we asked for and what the transport says."""
        asked = self._reason
        if asked in (CloseReason.ABORTED, CloseReason.FAILED, CloseReason.TIMED_OUT):
            return asked, self._abort_fault
        if error is None:
            by_peer = CloseReason.BY_PEER if self._eof_received else CloseReason.BY_ME
            return asked or by_peer, self._abort_fault
        if isinstance(error, ssl.SSLError):
            # Without the peer's close_notify the end may be a forgery, but many programs close that way.
            if asked is not None or self._eof_received:
                return asked or CloseReason.BY_PEER, None
            return CloseReason.FAILED, fault_from_oserror(error, self.remote)
        if not isinstance(error, OSError):
            return CloseReason.FAILED, Fault(FaultKind.SYSTEM, {"detail": str(error), "errno": 0})
        fault = fault_from_oserror(error, self.remote)
        if asked is not None and not self.queued:
            return asked, None
        if fault.kind is FaultKind.RESET:
            return CloseReason.RESET, fault
        if fault.kind is FaultKind.TIMED_OUT or error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
            return CloseReason.TIMED_OUT, fault
        return CloseReason.FAILED, fault

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

    def _tell_messages(self, messages: list[bytes]) -> None:
        if messages:
            self._messages_received += len(messages)
            size = sum(map(len, messages)) + MESSAGE_OVERHEAD * len(messages)
            self._network.outlet.put(MessagesReceived(self.session, messages, time.time_ns()), size)
            self._touch()
            if self._replier is not None and self._reason is None:
                self._reply(messages)

    def _flush_decoder(self) -> None:
        self._timer = None
        if self._decoder is not None:
            self._tell_messages(self._decoder.flush())

    def _finish_decoder(self) -> None:
        decoder, self._decoder = self._decoder, None
        if decoder is not None:
            self._tell_messages(decoder.finish())

    def _fail_framing(self, error: FramingError) -> None:
        self._tell_messages(error.messages)
        fault = Fault(FaultKind.FRAMING_LIMIT, {"limit": error.limit})
        self._network.tell_fault(self.session, fault)
        self._finish_decoder()
        self._touch()
        self.abort(CloseReason.FAILED, fault)

    def _send_eof(self) -> None:
        transport = self._transport
        assert transport is not None
        if not self._eof_sent:
            self._eof_sent = True
            try:
                transport.write_eof()
            except OSError:
                return  # the peer has reset it: that is read next, and ends it
        if not self.queued:
            self._told_eof()
        elif self._reason is not None:
            self._watch_stall(self.queued)

    def _told_eof(self) -> None:
        """Our FIN is on its way."""
        if not self._eof_told:
            self._eof_told = True
            self._network.tell_call(self.session, "shutdown", "SHUT_WR")
        if self._reason is not None and self._transport is not None and not self._transport.is_closing():
            self._set_timer(CLOSE_LINGER, self._transport.close)

    def _watch_stall(self, queued: int) -> None:
        if queued:
            self._set_timer(CLOSE_STALL, lambda: self._check_stall(queued))

    def _check_stall(self, before: int) -> None:
        queued = self.queued
        if queued >= before:
            fault = Fault(FaultKind.TIMED_OUT, {"address": str(self.remote), "seconds": CLOSE_STALL})
            self.abort(CloseReason.TIMED_OUT, fault)
        else:
            self._watch_stall(queued)

    def _set_timer(self, delay: float, callback: Callable[[], object]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._network.loop.call_later(delay, callback)

    def _begin_peer_close(self) -> None:
        if self._reason is None:
            self._reason = CloseReason.BY_PEER
            self._network.tell_state(self.session, State.CLOSING)

    def _close_when_done(self) -> None:
        """The peer's FIN came: close, unless something is still to be sent."""
        if self._reason is not None or self._transport is None or self.queued:
            return
        waiting = self._replier is not None and self._replier.pending
        if not self._eof_sent and (waiting or self._network.busy(self.session)):
            self._set_timer(FLUSH_DELAY, self._close_when_done)
            return
        self._begin_peer_close()
        self._transport.close()

    def _pause_reading(self) -> None:
        if self._paused or self._transport is None or self._eof_received or self._transport.is_closing():
            return
        self._paused = True
        self._transport.pause_reading()
        self._network.outlet.when_clear(self._resume_reading)

    def _resume_reading(self) -> None:
        if self._paused and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
        self._paused = False

    def _look_at_kernel(self) -> KernelFacts | None:
        return tcp_facts(self.sock).as_event(self.session)
