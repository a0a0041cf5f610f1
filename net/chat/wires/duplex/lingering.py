"""Lingering: how a connection that is over on our side ends without a reset."""

from __future__ import annotations

import asyncio

CLOSE_LINGER = 0.5
"""Seconds we go on reading after our end for the peer's: a close with unread data would be a reset, and the
peer would lose our last words."""

CLOSE_TIMEOUT = 2.0
"""Seconds a peer that does not read has for our last words."""


class Lingering:
    """Sends our FIN, reads on for CLOSE_LINGER seconds, then closes the transport; a peer that has not taken
    all CLOSE_TIMEOUT seconds later is cut off. ``paused``: the transport does not read now."""

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, paused: bool) -> None:
        self._loop = loop
        self._transport = transport
        if transport.can_write_eof():
            transport.write_eof()
        if paused:
            transport.resume_reading()
        self._timer = loop.call_later(CLOSE_LINGER, self._close)

    def stop(self) -> None:
        """The connection is gone."""
        self._timer.cancel()

    def _close(self) -> None:
        self._transport.close()
        if self._transport.get_write_buffer_size():
            self._timer = self._loop.call_later(CLOSE_TIMEOUT, self._transport.abort)
