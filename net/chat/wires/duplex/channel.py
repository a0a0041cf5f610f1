"""One TCP connection of the chat: eight plain bytes that choose a door, then TLS 1.3, then frames.

TLS runs through two memory BIOs of our own rather than through asyncio's `loop.start_tls`, which on the
server loses what came together with the eight bytes and can't be paused between two frames of one record.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import sys
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import cast

from net.address import Address
from net.protocol.chat.frames import MAX_DATA, Frame, FrameDecoder
from net.protocol.chat.messages import WireError

DOOR_LENGTH = 8
PREAMBLE_TIMEOUT = 1.0
"""Seconds an accepted connection may take to choose its door."""

HANDSHAKE_TIMEOUT = 5.0
"""Seconds the TLS handshake may take, however many segments are lost."""

CLOSE_LINGER = 0.5
"""Seconds we go on reading after our end for the peer's: a close with unread data would be a reset, and the
peer would lose our last words."""

CLOSE_TIMEOUT = 2.0
"""Seconds a peer that does not read has for our last words."""

DATA_HIGH = 512 * 1024
DATA_LOW = 128 * 1024
"""Bytes waiting to be sent above which no more of a file is taken, and below which more is asked for. What is
said meanwhile waits behind at most that much."""

SEND_LIMIT = 16 * 1024 * 1024
"""Bytes waiting to be sent above which the peer is given up: it does not read."""

_RECORD = 16 * 1024
_CIPHER_BUFFER = 256 * 1024
_MOST_SPARE = 16  # buffers of MAX_DATA bytes
_SEND_PIECE = 64 * 1024  # encrypted and sent at a time: stays in the processor's cache and the heap


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


class Scratch:
    """Buffers that all channels of one loop share: between two calls of the loop they hold nothing."""

    def __init__(self) -> None:
        self.plain = memoryview(bytearray(_RECORD))
        self.spare: list[bytearray] = []
        self._cipher = bytearray(_CIPHER_BUFFER)

    def cipher(self) -> bytearray:
        # Windows' loop reads in the background: there each connection needs a buffer of its own.
        return bytearray(_RECORD * 4) if sys.platform == "win32" else self._cipher


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
        self.decoder = FrameDecoder(spare=scratch.spare)
        self.is_open = False
        self.writable = True
        self.remote: Address | None = None
        self.door = door
        self._loop = loop
        self._scratch = scratch
        self._cipher = scratch.cipher()
        self._cipher_view = memoryview(self._cipher)
        self._choose = choose
        self._context = context
        self._preamble = bytearray()
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None
        self._transport: asyncio.Transport | None = None
        self._frames: deque[Frame] = deque()
        self._failed: WireError | None = None
        self._corked: list[bytes] = []
        self._paused = False
        self._pumping = False
        self._closing = False
        self._told = False
        self._end: tuple[CloseKind, str] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def peer_certificate(self) -> bytes:
        """The certificate the peer proved to have (DER); b"" where it showed none."""
        return (self._tls and self._tls.getpeercert(binary_form=True)) or b""

    @property
    def queued(self) -> int:
        """Bytes waiting to be sent."""
        if self._transport is None:
            return 0
        return self._transport.get_write_buffer_size() + sum(map(len, self._corked))

    # --- Asyncio's side ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=DATA_HIGH, low=DATA_LOW)
        name = transport.get_extra_info("peername")
        if not name:
            # Gone before it was accepted.
            self._transport.abort()
            return
        self.remote = Address.from_socket(name)
        # asyncio does so only for sockets made with IPPROTO_TCP, which accepted ones are not: a second small
        # frame would wait for the acknowledgement of the first, and the peer's system delays that by 40 ms.
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self.on_connected():
            self.abort(CloseKind.BY_ME, "refused")
        elif self._context is not None:
            self._transport.write(self.door)
            self._begin_tls(self._context, server=False)
        else:
            self._set_timer(PREAMBLE_TIMEOUT, "preamble")

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._cipher

    def buffer_updated(self, nbytes: int) -> None:
        data = self._cipher_view[:nbytes]
        if self._closing:
            return
        if self._tls is None:
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
            self._begin_tls(context, server=True)
        self._incoming.write(data)
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
        self._stop_timer()
        if self._end is None:
            self._end = (CloseKind.RESET, str(exc)) if exc is not None else (CloseKind.BY_PEER, "")
        self._tell_end()

    # --- Our side ---

    def write(self, data: bytes) -> None:
        """Send whole frames; those of one turn of the loop go out together."""
        if not self.is_open:
            return
        if not self._corked:
            self._loop.call_soon(self.flush)
        self._corked.append(data)

    def write_now(self, data: bytes) -> None:
        """As `write`, behind all that was written before, and not only at the end of the loop's turn."""
        if self._corked:
            self.flush()
        if self.is_open:
            self._send_frames(data)

    def write_data(self, header: bytes, data: bytes | bytearray | memoryview) -> None:
        """Send a data frame. The header is a record of its own, so that the receiver decrypts the data right
        into the frame's buffer."""
        if not self.is_open:
            return
        self.flush()
        self._encrypt(header)
        view = memoryview(data)
        for start in range(0, len(view), _SEND_PIECE):
            self._encrypt(view[start : start + _SEND_PIECE])
            self._send()

    def flush(self) -> None:
        """Encrypt and send what was written."""
        if not self._corked or not self.is_open:
            return
        corked, self._corked = self._corked, []
        self._send_frames(corked[0] if len(corked) == 1 else b"".join(corked))

    def _send_frames(self, data: bytes) -> None:
        self._encrypt(data)
        self._send()
        if len(data) > DATA_HIGH and self.writable:
            # Whoever saw all that in `queued` waits to be told, and the transport never had to pause.
            self._loop.call_soon(self.resume_writing)
        if not self.writable and self.queued > SEND_LIMIT:
            self.abort(CloseKind.STALLED, "")

    def give_back(self, data: bytes | bytearray) -> None:
        """The data of a frame that nobody will look at again: its buffer is filled anew."""
        spare = self._scratch.spare
        if type(data) is bytearray and len(data) == MAX_DATA and len(spare) < _MOST_SPARE:
            spare.append(data)

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

    def close(self, kind: CloseKind = CloseKind.BY_ME, detail: str = "") -> None:
        """Send what was written and end in order. Idempotent; no frame is given after it."""
        if self._closing or self._transport is None:
            self._closing = True
            return
        if not self.is_open:
            self.abort(kind, detail)
            return
        self.flush()
        if self._closing:
            return
        self._finish(kind, detail)
        assert self._tls is not None
        # The peer's own end is not waited for: it raises "want read".
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        self._send()
        self._linger()

    def abort(self, kind: CloseKind, detail: str = "") -> None:
        """End at once; what is not sent yet is lost."""
        self._finish(kind, detail)
        if self._transport is not None:
            self._transport.abort()

    # --- Inside ---

    def _finish(self, kind: CloseKind, detail: str) -> None:
        self._closing = True
        self.is_open = False
        self._end = self._end or (kind, detail)
        self._stop_timer()
        self._frames.clear()

    def _tell_end(self) -> None:
        self._closing = True
        self.is_open = False
        if not self._told:
            self._told = True
            assert self._end is not None
            self.on_closed(*self._end)

    def _linger(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.can_write_eof():
            transport.write_eof()
        if self._paused:
            transport.resume_reading()
        self._timer = self._loop.call_later(CLOSE_LINGER, self._end_linger)
        self._loop.call_soon(self._tell_end)

    def _end_linger(self) -> None:
        if self._transport is not None:
            self._transport.close()
            if self._transport.get_write_buffer_size():
                self._timer = self._loop.call_later(CLOSE_TIMEOUT, self._transport.abort)

    def _begin_tls(self, context: ssl.SSLContext, server: bool) -> None:
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=server)
        self._set_timer(HANDSHAKE_TIMEOUT, "handshake")
        if not server:
            self._shake_hands()

    def _shake_hands(self) -> None:
        assert self._tls is not None
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._send()
            return
        except ssl.SSLError as error:
            self._fail_tls(error)
            return
        self._send()
        self._stop_timer()
        self.is_open = True
        self.on_ready()

    def _pump(self) -> None:
        """Decrypt and hand over all there is, unless paused."""
        if self._pumping or self._closing or self._tls is None:
            return
        self._pumping = True
        try:
            if not self.is_open:
                self._shake_hands()
            if self.is_open:
                self._hand_over()
                while self.is_open and not self._paused and self._read():
                    self._hand_over()
            if self._outgoing.pending:
                self._send()
        finally:
            self._pumping = False
        if self.is_open:
            self.on_taken()

    def _hand_over(self) -> None:
        frames = self._frames
        while frames and self.is_open and not self._paused:
            self.on_frame(frames.popleft())
        if self._failed is not None and not frames and self.is_open:
            self.abort(CloseKind.BAD_FRAME, str(self._failed))

    def _read(self) -> bool:
        """Decrypt one record into frames, or the data frame under way as far as it is there; False where
        there is no more."""
        assert self._tls is not None
        decoder = self.decoder
        room = decoder.data_room()
        if room is not None:
            return self._read_data(room)
        plain = self._scratch.plain
        if not self._incoming.pending and not self._tls.pending():
            # To be told so by an exception would cost as much as the decryption of a short message.
            return False
        try:
            size = cast(int, self._tls.read(_RECORD, plain))
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            self._fail_tls(error)
            return False
        if not size:
            self.close(CloseKind.BY_PEER)
            return False
        try:
            self._frames.extend(decoder.feed(plain[:size]))
        except WireError as error:
            self._failed = error
            self._frames.extend(cast("tuple[Frame, ...]", error.before))
        return True

    def _read_data(self, room: memoryview) -> bool:
        """Many records, in one go and right into their place."""
        assert self._tls is not None
        read = self._tls.read
        done, missing = 0, len(room)
        try:
            while done < missing:
                size = cast(int, read(missing - done, room[done:]))
                if not size:
                    self.close(CloseKind.BY_PEER)
                    return False
                done += size
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            self._fail_tls(error)
            return False
        finally:
            whole = self.decoder.data_written(done)
            if whole is not None:
                self._frames.append(whole)
        return True

    def _encrypt(self, data: bytes | bytearray | memoryview) -> None:
        tls = self._tls
        if tls is None or not self.is_open:
            return
        try:
            sent = tls.write(data)
            if sent < len(data):
                view = memoryview(data)
                while sent < len(data):
                    sent += tls.write(view[sent:])
        except ssl.SSLError as error:
            self._fail_tls(error)

    def _send(self) -> None:
        if self._transport is not None and self._outgoing.pending:
            self._transport.write(self._outgoing.read())

    def _fail_tls(self, error: ssl.SSLError) -> None:
        # The alert tells the peer what we did not like.
        self._send()
        detail = (error.reason or str(error)).replace("_", " ").lower()
        self._finish(CloseKind.REFUSED, detail)
        self._linger()

    def _set_timer(self, delay: float, detail: str) -> None:
        self._stop_timer()
        self._timer = self._loop.call_later(delay, self.abort, CloseKind.TIMED_OUT, detail)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
