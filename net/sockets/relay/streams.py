"""One client's way through a TCP relay: two connections, and a link for each direction between them.

What the links hold is bounded: a full one stops reading, and TCP's own flow control then slows the sender
down. A receiver that does not read stops the link before it in the same way.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Literal, Protocol, cast

from net.address import Address, SocketAddress
from net.protocol.impairment.settings import StreamImpairment
from net.protocol.impairment.stream import StreamLink
from net.sockets.commands import CONNECT_TIMEOUT
from net.sockets.tcp.closing import NO_LINGER


class PathSink(Protocol):
    """Whom a path tells. NetThread only."""

    def connected(self, path: StreamPath) -> None:
        """It has reached the target."""
        ...

    def came(self, path: StreamPath, size: int, back: bool) -> None: ...

    def passed(self, path: StreamPath, data: bytes, back: bool, delay: float) -> None: ...

    def over(self, path: StreamPath, state: str, error: OSError | None) -> None:
        """Both connections are closed. ``state`` as in `RelayClientChanged`; ``error``: the target could not
        be reached."""
        ...


class _End(asyncio.Protocol):
    """One of the two connections. ``link``: what it reads goes there."""

    def __init__(self, path: StreamPath, link: StreamLink, back: bool) -> None:
        self.link = link
        self.back = back
        self.transport: asyncio.Transport | None = None
        self.is_full = False  # it takes no more just now
        self.has_ended = False  # it has sent its end of stream, or it was told so
        self.is_lost = False
        self._path = path
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        with contextlib.suppress(OSError):  # its peer has reset it already
            # TCP's urgent byte passes like any other; otherwise it would be lost here.
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        self._path.end_made(self)

    def data_received(self, data: bytes) -> None:
        if not self.has_ended:
            self._path.take(self, data)

    def eof_received(self) -> bool:
        if not self.has_ended:
            self.has_ended = True
            self._path.take(self, b"")
        return True

    def connection_lost(self, error: Exception | None) -> None:
        self.is_lost = True
        self._path.end_lost(self, error)

    def pause_writing(self) -> None:
        self.is_full = True

    def resume_writing(self) -> None:
        self.is_full = False
        self._path.pump()

    def regulate(self) -> None:
        """Read only while its link has room."""
        wanted = self.link.is_full
        if self.transport is None or self._paused == wanted or self.transport.is_closing():
            return
        self._paused = wanted
        with contextlib.suppress(RuntimeError):  # its end of stream was read already
            (self.transport.pause_reading if wanted else self.transport.resume_reading)()

    def reset(self) -> None:
        """Close with RST."""
        if self.transport is None:
            return
        sock = self.transport.get_extra_info("socket")
        with contextlib.suppress(OSError, AttributeError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self.transport.abort()


class StreamPath:
    """NetThread only. ``candidates``: the target's addresses, tried in order."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        candidates: list[tuple[int, SocketAddress]],
        to_target: StreamImpairment,
        to_client: StreamImpairment,
        sink: PathSink,
    ) -> None:
        self.client = Address("0.0.0.0", 0)
        self.client_raw: SocketAddress = ("0.0.0.0", 0)
        self._loop = loop
        self._candidates = candidates
        self._sink = sink
        self._there = StreamLink(to_target)
        self._back = StreamLink(to_client)
        self.client_end = _End(self, self._there, back=False)
        self.target_end = _End(self, self._back, back=True)
        self._connecting: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._state = "went"
        self._error: OSError | None = None
        self._over = False

    @property
    def held(self) -> int:
        """Bytes under way."""
        return self._there.held + self._back.held

    def refuse(self) -> None:
        """Reset the client once it is there."""
        self._state = "refused"

    def change(self, to_target: StreamImpairment, to_client: StreamImpairment) -> None:
        now = self._loop.time()
        self._there.change(to_target, now)
        self._back.change(to_client, now)
        self.pump()

    def break_up(self, how: Literal["cut", "half-close", "reset"]) -> None:
        """See `net.sockets.commands.BreakRelayed`."""
        if how == "half-close":
            if not self.client_end.has_ended:
                self.client_end.has_ended = True
                self.take(self.client_end, b"")
            return
        self._forget()
        self._state = how
        for end in (self.client_end, self.target_end):
            if how == "reset":
                end.reset()
            elif end.transport is not None:
                end.transport.close()

    # --- Its two ends ---

    def end_made(self, end: _End) -> None:
        transport = end.transport
        if transport is None:
            return
        sock = transport.get_extra_info("socket")
        with contextlib.suppress(OSError, AttributeError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if end is self.client_end:
            self.client_raw = transport.get_extra_info("peername") or self.client_raw
            self.client = Address.from_socket(self.client_raw)
            if self._state == "refused":
                end.reset()
                return
            self._connecting = self._loop.create_task(self._connect())
        elif self.client_end.is_lost and self._state == "cut":
            transport.close()
        elif self.client_end.is_lost:
            end.reset()
        else:
            self._sink.connected(self)
            self.pump()

    async def _connect(self) -> None:
        try:
            for family, address in self._candidates:
                try:
                    connecting = self._loop.create_connection(
                        lambda: self.target_end, address[0], address[1], family=family
                    )
                    await asyncio.wait_for(connecting, CONNECT_TIMEOUT)
                    return
                except asyncio.TimeoutError:
                    self._error = TimeoutError("connect")
                except OSError as error:
                    self._error = error
        finally:
            self._connecting = None
        self.client_end.reset()

    def end_lost(self, end: _End, error: Exception | None) -> None:
        """One connection is gone. If that was a reset, the other end gets one too."""
        other = self.target_end if end is self.client_end else self.client_end
        if error is not None and self._state == "went":
            self._state = "reset"
        if self._connecting is not None:
            self._connecting.cancel()
        if other.transport is not None and not other.is_lost:
            if not other.transport.is_closing():
                self._forget()
                other.reset()
            return
        if not self._over:
            self._over = True
            self._forget()
            self._sink.over(self, self._state, self._error if other.transport is None else None)

    # --- Passing on ---

    def take(self, end: _End, data: bytes) -> None:
        """An end read ``data``, or its end of stream (b"")."""
        if data:
            self._sink.came(self, len(data), end.back)
        end.link.take(data, self._loop.time())
        self.pump()

    def pump(self) -> None:
        """Pass on what is due, and wait for what comes next."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._loop.time()
        times = []
        for source, receiver in (
            (self.client_end, self.target_end),
            (self.target_end, self.client_end),
        ):
            if receiver.transport is not None and not receiver.is_lost and not receiver.is_full:
                for piece, delay in source.link.leave(now):
                    self._write(receiver, piece, delay, source.back)
                at = source.link.next_time()
                if at is not None:
                    times.append(at)
            source.regulate()
        if times and not self._over:
            self._timer = self._loop.call_at(max(min(times), now), self.pump)

    def _write(self, receiver: _End, piece: bytes, delay: float, back: bool) -> None:
        transport = receiver.transport
        if transport is None or transport.is_closing():
            return
        if piece:
            transport.write(piece)
            self._sink.passed(self, piece, back, delay)
            return
        with contextlib.suppress(OSError, RuntimeError):
            transport.write_eof()
        if self.client_end.has_ended and self.target_end.has_ended:
            self._close_if_all_passed()

    def _close_if_all_passed(self) -> None:
        """Both streams have ended: nothing more can come."""
        if self._there.is_empty and self._back.is_empty:
            for end in (self.client_end, self.target_end):
                if end.transport is not None:
                    end.transport.close()

    def _forget(self) -> None:
        self._there.clear()
        self._back.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
