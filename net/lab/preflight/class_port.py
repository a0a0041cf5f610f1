"""The class port: it is opened before the class, so that a firewall asks now, and a second PC can knock.

Who connects with a browser gets one small page that says so; nothing else is served, and nothing is read
from the request.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from net.address import Address
from net.lab.preflight.mechanisms import CLASS_PORT

LARGEST_REQUEST = 8192
"""Bytes after which who sends more is hung up on."""

PATIENCE = 5.0
"""Seconds that a connection may take to end its request."""

MOST_CALLERS = 200
"""Connections at the same time; further ones are closed at once."""

_PAGE = (
    '<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Duplex</title>'
    '<body style="font: 20px/1.6 sans-serif; max-width: 30em; margin: 3em auto; padding: 0 1em">'
    "<h1>双工 Duplex</h1><p>连上了：这台电脑能到达老师的 Duplex。</p>"
    '<p lang="en">Connected: this PC can reach the teacher\'s Duplex.</p></body></html>'
).encode()
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(_PAGE), _PAGE)
)


class ClassPort:
    """NetThread only. ``on_knock`` gets the caller's host, once for each connection."""

    def __init__(self, on_knock: Callable[[str], None]) -> None:
        self.port = 0
        self._on_knock = on_knock
        self._server: asyncio.Server | None = None
        self._callers: set[_Caller] = set()

    async def open(self, port: int = CLASS_PORT) -> None:
        """Listen on every IPv4 interface, on ``port`` or, if it is taken, a free one. Raises OSError."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._caller, "0.0.0.0", port)
        except OSError:
            self._server = await loop.create_server(self._caller, "0.0.0.0", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Idempotent."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for caller in list(self._callers):
            caller.hang_up()

    def _caller(self) -> _Caller:
        return _Caller(self._callers, self._on_knock)


class _Caller(asyncio.Protocol):
    """One connection: the page is sent when the request's head has ended."""

    def __init__(self, callers: set[_Caller], on_knock: Callable[[str], None]) -> None:
        self._callers = callers
        self._on_knock = on_knock
        self._head = b""
        self._transport: asyncio.Transport | None = None
        self._clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._callers.add(self)
        if len(self._callers) > MOST_CALLERS:
            self.hang_up()
            return
        self._clock = asyncio.get_running_loop().call_later(PATIENCE, self.hang_up)
        with contextlib.suppress(TypeError, IndexError):  # who is gone again has no address
            self._on_knock(Address(*transport.get_extra_info("peername")[:2]).host)

    def data_received(self, data: bytes) -> None:
        self._head += data
        if len(self._head) > LARGEST_REQUEST:
            self.hang_up()
        elif (b"\r\n\r\n" in self._head or b"\n\n" in self._head) and self._transport is not None:
            self._transport.write(_ANSWER)
            self._transport.close()

    def hang_up(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self._callers.discard(self)
        if self._clock is not None:
            self._clock.cancel()
