"""One TCP connection of the chat: eight plain bytes that choose a door, then TLS 1.3, then frames.

The channel is the connection's life: door, handshake, pausing, closing. What comes in goes through
`FrameReader`, what goes out through `Sender`, both over one `TlsStream`; its end is `Lingering`.

TLS runs through two memory BIOs of our own rather than through asyncio's `loop.start_tls`, which on the
server loses what came together with the eight bytes and can't be paused between two frames of one record.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from enum import Enum
from typing import cast

from net.address import Address
from net.chat.wires.duplex.frame_reader import FrameReader, Scratch
from net.chat.wires.duplex.lingering import Lingering
from net.chat.wires.duplex.sender import Sender
from net.chat.wires.duplex.tls_stream import TlsStream
from net.protocol.chat.frames import Frame

DOOR_LENGTH = 8
PREAMBLE_TIMEOUT = 1.0
"""Seconds an accepted connection may take to choose its door."""

HANDSHAKE_TIMEOUT = 5.0
"""Seconds the TLS handshake may take, however many segments are lost."""

DATA_HIGH = 512 * 1024
DATA_LOW = 128 * 1024
"""Bytes waiting to be sent above which no more of a file is taken, and below which more is asked for. What is
said meanwhile waits behind at most that much."""

SEND_LIMIT = 16 * 1024 * 1024
"""Bytes waiting to be sent above which the peer is given up: it does not read."""


class CloseKind(str, Enum):
    """Why a channel or link ended."""

    BY_ME = "by_me"
    BY_PEER = "by_peer"  # closed in order
    RESET = "reset"  # the connection broke; ``detail``: the system's word
    TIMED_OUT = "timed_out"  # preamble, handshake, hello or a dead peer; ``detail`` says which
    REFUSED = "refused"  # TLS failed: one of the two certificates is not accepted; ``detail``: OpenSSL's word
    IMPOSTOR = "impostor"  # TLS succeeded, and the peer is not the one expected
    BAD_FRAME = "bad_frame"  # what came is not this protocol
    STALLED = "stalled"  # the peer does not read what we send
    VERSION = "version"  # no version in common
    DUPLICATE = "duplicate"  # another connection to the same peer is kept
    UNREACHABLE = "unreachable"  # no connection came about; ``detail``: the system's word
    BYE = "bye"  # the peer's Bye; ``detail``: its reason


class Channel(asyncio.BufferedProtocol):
    """Calls ``on_ready()`` after the handshake, ``on_frame(frame)`` for each frame, ``on_taken()`` after
    those that came together and, once and last, ``on_closed(kind, detail)``; also where nothing was ever
    ready.

    ``choose(door)`` gives the TLS context for an accepted connection's door, or None to refuse it; for one of
    ours ``door`` and ``context`` are given. Everything happens on the loop's thread.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        scratch: Scratch,
        *,
        choose: Callable[[bytes], ssl.SSLContext | None] | None = None,
        door: bytes = b"",
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.on_connected: Callable[[], bool] = lambda: True
        """Asked first; False ends the connection before anything is read."""
        self.on_ready: Callable[[], object] = lambda: None
        self.on_frame: Callable[[Frame], object] = lambda frame: None
        self.on_closed: Callable[[CloseKind, str], object] = lambda kind, detail: None
        self.on_taken: Callable[[], object] = lambda: None
        self.on_writable: Callable[[], object] = lambda: None
        self.is_open = False
        self.writable = True
        self.door = door
        self._loop = loop
        self._scratch = scratch
        self._cipher = scratch.cipher()
        self._cipher_view = memoryview(self._cipher)
        self._choose = choose
        self._context = context
        self._preamble = bytearray()
        self._reader = FrameReader(scratch)
        self._remote: Address | None = None
        self._transport: asyncio.Transport | None = None
        self._tls: TlsStream | None = None
        self._sender: Sender | None = None
        self._lingering: Lingering | None = None
        self._paused = False
        self._pumping = False
        self._closing = False
        self._reported = False
        self._end: tuple[CloseKind, str] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def remote(self) -> Address:
        """The peer's address, also after the end. Raises `RuntimeError` before the connection stands."""
        if self._remote is None:
            raise RuntimeError("not connected yet")
        return self._remote

    @property
    def peer_certificate(self) -> bytes:
        """The certificate the peer proved to have (DER); b"" where it showed none."""
        return self._tls.peer_certificate if self._tls is not None else b""

    @property
    def queued(self) -> int:
        """Bytes waiting to be sent."""
        if self._sender is not None:
            return self._sender.queued
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    # --- asyncio's side ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=DATA_HIGH, low=DATA_LOW)
        name = transport.get_extra_info("peername")
        if not name:
            # Gone before it was accepted.
            transport.abort()
            return
        self._remote = Address.from_socket(name)
        # asyncio does so only for sockets made with IPPROTO_TCP, which accepted ones are not: a second small
        # frame would wait for the acknowledgement of the first, and the peer's system delays that by 40 ms.
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self.on_connected():
            self.abort(CloseKind.BY_ME, "refused")
        elif self._context is not None:
            transport.write(self.door)
            self._shake_hands(self._begin_tls(self._context, server=False))
        else:
            self._set_timer(PREAMBLE_TIMEOUT, "preamble")

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._cipher

    def buffer_updated(self, nbytes: int) -> None:
        if self._closing:
            return
        data = self._cipher_view[:nbytes]
        tls = self._tls
        if tls is None:
            missing = DOOR_LENGTH - len(self._preamble)
            self._preamble += data[:missing]
            data = data[missing:]
            if len(self._preamble) < DOOR_LENGTH:
                return
            self.door = bytes(self._preamble)
            context = self._choose(self.door) if self._choose is not None else None
            if context is None:
                self.abort(CloseKind.BAD_FRAME, "preamble")
                return
            tls = self._begin_tls(context, server=True)
        tls.receive(data)
        self._pump()

    def eof_received(self) -> bool:
        self._end = self._end or (CloseKind.BY_PEER, "")
        return False

    def pause_writing(self) -> None:
        self.writable = False

    def resume_writing(self) -> None:
        self.writable = True
        if self.is_open:
            self.on_writable()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._lingering is not None:
            self._lingering.stop()
        if exc is not None:
            self._report_end(*self._finish(CloseKind.RESET, str(exc)))
        else:
            self._report_end(*self._finish(CloseKind.BY_PEER, ""))

    # --- Sending ---

    def write(self, data: bytes) -> None:
        """Send whole frames; those of one turn of the loop go out together. Does nothing unless open."""
        if self._sender is not None:
            self._sender.write(data)

    def write_now(self, data: bytes) -> None:
        """As `write`, behind all that was written before, and not only at the end of the loop's turn."""
        if self._sender is not None:
            self._sender.write_now(data)

    def write_data(self, header: bytes, data: bytes | bytearray | memoryview) -> None:
        """Send a data frame, header and data in records of their own."""
        if self._sender is not None:
            self._sender.write_data(header, data)

    def _sent(self, size: int) -> None:
        if size > DATA_HIGH and self.writable:
            # Whoever saw all that in `queued` waits for `on_writable`, and the transport never had to pause.
            self._loop.call_soon(self.resume_writing)
        if not self.writable and self.queued > SEND_LIMIT:
            self.abort(CloseKind.STALLED, "")

    # --- Receiving ---

    def give_back(self, data: bytes | bytearray) -> None:
        """The data of a frame that nobody will look at again: its buffer is filled anew."""
        self._scratch.give_back(data)

    def pause(self) -> None:
        """Take nothing more from the peer until `resume`; frames that came already wait."""
        if not self._paused:
            self._paused = True
            if self._transport is not None and not self._transport.is_closing():
                self._transport.pause_reading()

    def resume(self) -> None:
        if self._paused:
            self._paused = False
            if self._transport is not None and not self._transport.is_closing():
                self._transport.resume_reading()
            self._loop.call_soon(self._pump)

    def _pump(self) -> None:
        """Decrypt and hand over all there is, unless paused."""
        tls = self._tls
        if self._pumping or self._closing or tls is None:
            return
        self._pumping = True
        try:
            if not self.is_open:
                self._shake_hands(tls)
            if self.is_open:
                self._hand_over()
                while self.is_open and not self._paused and self._read(tls):
                    self._hand_over()
            self._send(tls)
        finally:
            self._pumping = False
        if self.is_open:
            self.on_taken()

    def _read(self, tls: TlsStream) -> bool:
        try:
            if self._reader.read(tls):
                return True
        except ssl.SSLError as error:
            self._fail_tls(error)
            return False
        if self._reader.ended:
            self.close(CloseKind.BY_PEER)
        return False

    def _hand_over(self) -> None:
        reader = self._reader
        frames = reader.frames
        while frames and self.is_open and not self._paused:
            self.on_frame(frames.popleft())
        if reader.error is not None and not frames and self.is_open:
            self.abort(CloseKind.BAD_FRAME, str(reader.error))

    # --- The handshake ---

    def _begin_tls(self, context: ssl.SSLContext, server: bool) -> TlsStream:
        self._tls = tls = TlsStream(context, server)
        self._set_timer(HANDSHAKE_TIMEOUT, "handshake")
        return tls

    def _shake_hands(self, tls: TlsStream) -> None:
        transport = self._transport
        if transport is None:
            return
        try:
            over = tls.shake_hands()
        except ssl.SSLError as error:
            self._fail_tls(error)
            return
        self._send(tls)
        if over:
            self._stop_timer()
            self._sender = Sender(self._loop, transport, tls, self._sent, self._fail_tls)
            self.is_open = True
            self.on_ready()

    def _send(self, tls: TlsStream) -> None:
        """What TLS itself has to say: handshake, alerts, close_notify."""
        data = tls.take()
        if data and self._transport is not None:
            self._transport.write(data)

    def _fail_tls(self, error: ssl.SSLError) -> None:
        # The alert says why.
        if self._tls is not None:
            self._send(self._tls)
        detail = (error.reason or str(error)).replace("_", " ").lower()
        self._linger(self._finish(CloseKind.REFUSED, detail))

    # --- Closing ---

    def close(self, kind: CloseKind = CloseKind.BY_ME, detail: str = "") -> None:
        """Send what was written and end in order. Idempotent; no frame is given after it."""
        if self._closing or self._transport is None:
            self._closing = True
            return
        if self._sender is None or self._tls is None:
            self.abort(kind, detail)
            return
        self._sender.flush()
        if self._closing:
            # The last words could not be sent.
            return
        end = self._finish(kind, detail)
        self._tls.end()
        self._send(self._tls)
        self._linger(end)

    def abort(self, kind: CloseKind, detail: str = "") -> None:
        """End at once; what is not sent yet is lost."""
        self._finish(kind, detail)
        if self._transport is not None:
            self._transport.abort()

    def _finish(self, kind: CloseKind, detail: str) -> tuple[CloseKind, str]:
        """From now on nothing is sent or handed over. Why it ended: the first reason counts."""
        self._closing = True
        self.is_open = False
        self._end = end = self._end or (kind, detail)
        self._stop_timer()
        self._reader.frames.clear()
        if self._sender is not None:
            self._sender.stop()
            self._sender = None
        return end

    def _linger(self, end: tuple[CloseKind, str]) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        self._lingering = Lingering(self._loop, transport, self._paused)
        self._loop.call_soon(self._report_end, *end)

    def _report_end(self, kind: CloseKind, detail: str) -> None:
        if not self._reported:
            self._reported = True
            self.on_closed(kind, detail)

    def _set_timer(self, delay: float, detail: str) -> None:
        self._stop_timer()
        self._timer = self._loop.call_later(delay, self.abort, CloseKind.TIMED_OUT, detail)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
