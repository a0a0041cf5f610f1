"""What goes out over an open channel: gathered for one turn of the loop, then encrypted and sent."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from net.chat.wires.duplex.tls_stream import TlsStream

_SEND_PIECE = 64 * 1024  # encrypted and sent at a time: stays in the processor's cache and the heap


class Sender:
    """``on_sent(size)`` is called after each hand-over of so many plain bytes to the transport,
    ``on_failed(error)`` where TLS refuses to go on."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        transport: asyncio.Transport,
        tls: TlsStream,
        on_sent: Callable[[int], object],
        on_failed: Callable[[ssl.SSLError], object],
    ) -> None:
        self._loop = loop
        self._transport = transport
        self._tls = tls
        self._on_sent = on_sent
        self._on_failed = on_failed
        self._corked: list[bytes] = []
        self._stopped = False

    @property
    def queued(self) -> int:
        """Bytes waiting to be sent."""
        return self._transport.get_write_buffer_size() + sum(map(len, self._corked))

    def write(self, data: bytes) -> None:
        """Send whole frames; those of one turn of the loop go out together."""
        if not self._corked:
            self._loop.call_soon(self.flush)
        self._corked.append(data)

    def write_now(self, data: bytes) -> None:
        """As `write`, behind all that was written before, and not only at the end of the loop's turn."""
        if self._corked:
            self.flush()
        self._send(data)

    def write_data(self, header: bytes, data: bytes | bytearray | memoryview) -> None:
        """Send a data frame. The header is a record of its own, so that the receiver decrypts the data right
        into the frame's buffer."""
        self.flush()
        view = memoryview(data)
        try:
            if not self._stopped:
                self._tls.encrypt(header)
            for start in range(0, len(view), _SEND_PIECE):
                if self._stopped:
                    return
                self._tls.encrypt(view[start : start + _SEND_PIECE])
                self._transport.write(self._tls.take())
        except ssl.SSLError as error:
            self._on_failed(error)

    def flush(self) -> None:
        """Encrypt and send what was written."""
        if self._corked and not self._stopped:
            corked, self._corked = self._corked, []
            self._send(corked[0] if len(corked) == 1 else b"".join(corked))

    def stop(self) -> None:
        """Send nothing more, whatever still waits."""
        self._stopped = True
        self._corked.clear()

    def _send(self, data: bytes) -> None:
        if not self._stopped:
            try:
                self._tls.encrypt(data)
            except ssl.SSLError as error:
                self._on_failed(error)
            else:
                self._transport.write(self._tls.take())
                self._on_sent(len(data))
