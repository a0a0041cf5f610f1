"""How a TCP connection closes: by us, by the peer, half-closed first, in order or with a reset.

After the peer's FIN there is nothing more to read, but we could still send, and a peer that called ``close``
cannot be told from one that called ``shutdown(SHUT_WR)``. Unless ``TcpOptions.keep_half_open`` is set, the
connection is closed as soon as our queue is sent.
"""

from __future__ import annotations

import abc
import asyncio
import errno
import socket
import ssl
import struct
import sys
from collections.abc import Callable

from net.address import Address
from net.events import Fault, FaultKind
from net.faults import fault_from_oserror
from net.sockets.events import CloseReason, State
from net.sockets.jobs.replying import Replier
from net.sockets.network import Network
from net.sockets.tcp.ack_watch import AckWatch

CLOSE_LINGER = 0.25
"""Seconds after our FIN that we keep reading, waiting for the peer's: closing with unread data would send a
reset, which could destroy what the peer has not read yet."""

TLS_LINGER = 1.0
"""Seconds we wait for the answer to our close_notify."""

CLOSE_STALL = 10.0
"""Seconds without progress after which a close gives up on a peer that does not read."""

JOB_POLL = 0.3
"""Seconds between checks of a job that still sends to a peer that has sent its FIN."""

NO_LINGER = struct.pack("HH" if sys.platform == "win32" else "ii", 1, 0)


class ClosableConnection(asyncio.Protocol, abc.ABC):
    """The part of a connection that closes it. It has ended when `connection_lost` is called."""

    __slots__ = (
        "_abort_fault",
        "_acks",
        "_backed_up",
        "_closed",
        "_eof_received",
        "_eof_reported",
        "_eof_sent",
        "_network",
        "_paused",
        "_reason",
        "_replier",
        "_timer",
        "_transport",
        "keep_half_open",
        "remote",
        "session",
        "sock",
    )

    def __init__(
        self, network: Network, session: int, sock: socket.socket, remote: Address, keep_half_open: bool
    ) -> None:
        self._network = network
        self.session = session
        self.sock = sock
        self.remote = remote
        self.keep_half_open = keep_half_open
        self._replier: Replier | None = None
        self._transport: asyncio.Transport | None = None
        self._acks: AckWatch | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._reason: CloseReason | None = None
        self._abort_fault: Fault | None = None
        self._eof_sent = False
        self._eof_reported = False
        self._eof_received = False
        self._paused = False
        self._backed_up = False
        self._closed = False

    @abc.abstractmethod
    def _finish_decoder(self) -> None:
        """Nothing more will be read: report the bytes held back."""

    @abc.abstractmethod
    def _touch(self) -> None:
        """The totals changed."""

    @abc.abstractmethod
    def _watch_acks(self) -> AckWatch:
        """The watch of what the peer acknowledges; it exists from the first send on."""

    @property
    def is_open(self) -> bool:
        return self._transport is not None and self._reason is None and not self._eof_sent

    @property
    def queued(self) -> int:
        transport = self._transport
        if transport is None:
            return 0
        try:
            return transport.get_write_buffer_size()
        except AttributeError:
            return 0  # Python 3.10's TLS transport has dropped its socket already

    def shutdown_write(self) -> None:
        """Half-close once the queue is sent."""
        transport = self._transport
        if transport is None or not self.is_open:
            self._network.report_fault(self.session, Fault(FaultKind.NOT_OPEN))
            return
        if not transport.can_write_eof():
            self._network.report_fault(self.session, Fault(FaultKind.HALF_CLOSE_UNAVAILABLE))
            return
        self._send_eof(transport)
        if self._reason is None:
            self._network.report_state(self.session, State.HALF_CLOSED_LOCAL)

    def close(self, reason: CloseReason = CloseReason.BY_ME) -> None:
        if self._reason is not None or self._closed or self._transport is None:
            return
        self._reason = reason
        self._network.report_state(self.session, State.CLOSING)
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
        self._send_eof(self._transport)

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
            self._network.report_call(self.session, "setsockopt", "SOL_SOCKET, SO_LINGER, (1, 0)")
        self._transport.abort()

    def eof_received(self) -> bool:
        self._eof_received = True
        self._finish_decoder()
        transport = self._transport
        if transport is None or not transport.can_write_eof():
            self._begin_peer_close()
            return False
        if self._reason is not None:
            # The close was waiting for the peer's FIN; the queue is sent before the socket is closed.
            transport.close()
            return True
        if self._eof_sent and not self.queued:
            self._begin_peer_close()
            transport.close()
            return True
        self._network.report_state(self.session, State.HALF_CLOSED_REMOTE)
        if not self.keep_half_open:
            self._close_when_done()
        return True

    def pause_writing(self) -> None:
        """The kernel accepts no more for now: what is sent from here on is queued."""
        self._backed_up = True
        if self.session not in self._network.clock.moving:
            self._touch()

    def resume_writing(self) -> None:
        """The queue is empty."""
        self._backed_up = False
        if self._eof_sent:
            self._report_eof()
        if self._eof_received and self._reason is None and (self._eof_sent or not self.keep_half_open):
            self._close_when_done()
        if not self._closed and self.session not in self._network.clock.moving:
            self._touch()

    # --- How it ends ---

    def _end(self, error: Exception | None) -> tuple[CloseReason, Fault | None]:
        """Why it ended, judged by what we requested and the transport's error."""
        asked = self._reason
        if asked in (CloseReason.ABORTED, CloseReason.FAILED, CloseReason.TIMED_OUT):
            return asked, self._abort_fault
        if error is None:
            by_peer = CloseReason.BY_PEER if self._eof_received else CloseReason.BY_ME
            return asked or by_peer, self._abort_fault
        if isinstance(error, ssl.SSLError):
            # Without the peer's close_notify the end may be forged, but many programs close that way.
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

    def _send_eof(self, transport: asyncio.Transport) -> None:
        if not self._eof_sent:
            self._eof_sent = True
            try:
                transport.write_eof()
            except OSError:
                return  # the peer has reset it: reading that is next, and ends it
        if not self.queued:
            self._report_eof()
        elif self._reason is not None:
            self._watch_stall(self.queued)

    def _report_eof(self) -> None:
        """Our FIN was sent."""
        if not self._eof_reported:
            self._eof_reported = True
            self._network.report_call(self.session, "shutdown", "SHUT_WR")
            self._watch_acks().finished()
        if self._reason is not None and self._transport is not None and not _is_closing(self._transport):
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
            self._network.report_state(self.session, State.CLOSING)

    def _close_when_done(self) -> None:
        """The peer's FIN came: close, once nothing is left to send."""
        if self._reason is not None or self._transport is None or self.queued:
            return
        waiting = self._replier is not None and self._replier.pending
        if not self._eof_sent and (waiting or self._network.jobs.is_sending(self.session)):
            self._set_timer(JOB_POLL, self._close_when_done)
            return
        self._begin_peer_close()
        self._transport.close()

    def _pause_reading(self) -> None:
        if self._paused or self._transport is None or self._eof_received or _is_closing(self._transport):
            return
        self._paused = True
        self._transport.pause_reading()
        self._network.outlet.when_clear(self._resume_reading)

    def _resume_reading(self) -> None:
        if self._paused and self._transport is not None and not _is_closing(self._transport):
            self._transport.resume_reading()
        self._paused = False


def _is_closing(transport: asyncio.Transport) -> bool:
    try:
        return transport.is_closing()
    except AttributeError:
        return True  # Python 3.10's TLS transport has dropped its socket already
